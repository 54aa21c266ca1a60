/* SPDX-License-Identifier: Apache-2.0 */
#include "registration/jws.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"

#include <string.h>

static char *header_text(const uint8_t x[PK_P256_SIZE], const uint8_t y[PK_P256_SIZE])
{
    char *jwk = pk_jwk_text(x, y);
    pk_buffer header = {0};

    if (!jwk || !pk_buffer_printf(&header, "{\"alg\":\"ES256\",\"jwk\":%s}", jwk))
        pk_buffer_free(&header);
    pk_text_free(jwk);
    return header.len ? pk_buffer_take(&header) : NULL;
}

static char *payload_text(const pk_instruction *instruction)
{
    pk_json *payload = pk_json_new_object();
    pk_buffer subject = {0};
    char *text = NULL;

    if (pk_buffer_printf(&subject, "CN=%s, OU=%s, O=%s", instruction->identity_id,
                         instruction->realm_id, instruction->tenant_id) &&
        pk_json_add_text(payload, "sub", subject.data) &&
        pk_json_add_text(payload, "token", instruction->token))
        text = pk_json_print(payload);
    pk_buffer_free(&subject);
    pk_json_free(payload);
    return text;
}

static bool append_base64url(pk_buffer *out, const void *x, size_t x_len)
{
    char *text = pk_base64url_encode(x, x_len);
    bool done = text && pk_buffer_append_text(out, text);

    pk_text_free(text);
    return done;
}

char *pk_jws_signing_input(const uint8_t x[PK_P256_SIZE], const uint8_t y[PK_P256_SIZE],
                           const pk_instruction *instruction)
{
    char *header = header_text(x, y), *payload = payload_text(instruction);
    pk_buffer input = {0};
    bool done = header && payload && append_base64url(&input, header, strlen(header)) &&
                pk_buffer_append_text(&input, ".") &&
                append_base64url(&input, payload, strlen(payload));

    pk_text_free(header);
    pk_text_free(payload);
    if (done)
        return pk_buffer_take(&input);
    pk_buffer_free(&input);
    return NULL;
}

char *pk_jws_compact(const char *signing_input, const uint8_t signature[PK_ES256_SIZE])
{
    pk_buffer jws = {0};

    if (pk_buffer_append_text(&jws, signing_input) && pk_buffer_append_text(&jws, ".") &&
        append_base64url(&jws, signature, PK_ES256_SIZE))
        return pk_buffer_take(&jws);
    pk_buffer_free(&jws);
    return NULL;
}
