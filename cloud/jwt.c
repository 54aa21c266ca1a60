/* SPDX-License-Identifier: Apache-2.0 */
#include "jwt.h"

#include "base/memory.h"
#include "base/text.h"
#include "jws.h"

#include <string.h>

static pk_json *new_header(const pk_signer *signer, const char *jku)
{
    pk_json *header = pk_json_new_object();

    if (pk_json_add_text(header, "typ", "JWT") && pk_json_add_text(header, "alg", "RS256") &&
        pk_json_add_text(header, "kid", pk_signer_kid(signer)) &&
        pk_json_add_text(header, "jku", jku))
        return header;
    pk_json_free(header);
    return NULL;
}

static const char *encoded(pk_arena *arena, const pk_json *json)
{
    char *text = pk_json_print(json);
    const char *encoded = text ? pk_arena_take(arena, pk_base64url_encode(text, strlen(text)))
                               : NULL;

    pk_text_free(text);
    return encoded;
}

const char *pk_jwt_sign(const pk_signer *signer, pk_arena *arena, const char *jku,
                        const pk_json *claims)
{
    const char *header = encoded(arena, pk_arena_json(arena, new_header(signer, jku)));
    const char *payload = encoded(arena, claims);
    const char *input =
        header && payload ? pk_arena_printf(arena, "%s.%s", header, payload) : NULL;
    const char *signature = input ? pk_signer_sign(signer, arena, input, strlen(input)) : NULL;

    return signature ? pk_arena_printf(arena, "%s.%s", input, signature) : NULL;
}

static bool is(const pk_json *json, const char *name, const char *wanted)
{
    const char *text = pk_json_text(json, name);

    return text && strcmp(text, wanted) == 0;
}

/* The algorithm and the key are ours: a header only says whether it means them. */
static bool is_ours(const pk_signer *signer, pk_arena *arena, const pk_jws_parts *parts)
{
    const pk_json *header = pk_jws_json(arena, parts->header, parts->header_len);
    size_t signed_len = parts->header_len + 1 + parts->payload_len;
    pk_buffer signature = {0};
    bool valid = is(header, "alg", "RS256") && is(header, "kid", pk_signer_kid(signer)) &&
                 !pk_json_get(header, "crit") &&
                 pk_base64url_decode(parts->signature, parts->signature_len, &signature) &&
                 pk_signer_verify(signer, parts->header, signed_len, signature.data,
                                  signature.len);

    pk_buffer_free(&signature);
    return valid;
}

const pk_json *pk_jwt_verify(const pk_signer *signer, pk_arena *arena, const char *jwt,
                             int64_t now_ms)
{
    const pk_json *claims;
    long long exp = 0, nbf = 0;
    pk_jws_parts parts;

    if (!pk_jws_split(jwt, &parts) || !is_ours(signer, arena, &parts))
        return NULL;
    claims = pk_jws_json(arena, parts.payload, parts.payload_len);
    if (!pk_json_number(claims, "exp", &exp) || !pk_json_number(claims, "nbf", &nbf))
        return NULL;
    return nbf * 1000 <= now_ms && now_ms < exp * 1000 ? claims : NULL;
}
