/* SPDX-License-Identifier: Apache-2.0
 * The cloud's verifiers of JWS: that of a bind, and that of access tokens. An
 * input with a newline is header and payload as JSON, which are encoded here
 * with a signature that counts as valid; any other is the whole text. */
#include "fuzz.h"

#include "base/memory.h"
#include "base/text.h"
#include "jws.h"
#include "jwt.h"

static bool any_signature_is_valid;

bool __real_pk_es256_verify(const uint8_t *x, const uint8_t *y, const void *message,
                            size_t message_len, const uint8_t *signature);
bool __wrap_pk_es256_verify(const uint8_t *x, const uint8_t *y, const void *message,
                            size_t message_len, const uint8_t *signature);
bool __real_pk_signer_verify(const pk_signer *signer, const void *message, size_t message_len,
                             const void *signature, size_t signature_len);
bool __wrap_pk_signer_verify(const pk_signer *signer, const void *message, size_t message_len,
                             const void *signature, size_t signature_len);
const char *__wrap_pk_signer_kid(const pk_signer *signer);

bool __wrap_pk_es256_verify(const uint8_t *x, const uint8_t *y, const void *message,
                            size_t message_len, const uint8_t *signature)
{
    return any_signature_is_valid ||
           __real_pk_es256_verify(x, y, message, message_len, signature);
}

bool __wrap_pk_signer_verify(const pk_signer *signer, const void *message, size_t message_len,
                             const void *signature, size_t signature_len)
{
    return any_signature_is_valid ||
           __real_pk_signer_verify(signer, message, message_len, signature, signature_len);
}

const char *__wrap_pk_signer_kid(const pk_signer *signer)
{
    (void)signer;
    return "kid";
}

static void verify(const pk_signer *signer, const char *text)
{
    const char *fault = NULL;
    pk_arena arena = {0};
    pk_bind_jws jws = {.subject = NULL};
    const pk_json *claims = pk_jwt_verify(signer, &arena, text, 1700000000000);
    bool valid = pk_bind_jws_verify(&arena, text, &jws, &fault);

    REQUIRE(valid ? !fault && jws.subject && jws.token : fault && *fault);
    REQUIRE(!claims || (any_signature_is_valid && pk_json_is_object(claims)));
    pk_arena_free(&arena);
}

static void verify_encoded(const pk_signer *signer, const char *json, size_t json_len)
{
    const char *newline = memchr(json, '\n', json_len);
    size_t header_len = (size_t)(newline - json);
    char *header = pk_base64url_encode(json, header_len);
    char *payload = pk_base64url_encode(newline + 1, json_len - header_len - 1);
    char *signature = pk_base64url_encode("0123456789012345678901234567890123456789012345678901234567"
                                          "890123", 64);
    pk_buffer text = {0};

    REQUIRE(pk_buffer_printf(&text, "%s.%s.%s", header, payload, signature));
    any_signature_is_valid = true;
    verify(signer, text.data);
    any_signature_is_valid = false;
    pk_buffer_free(&text);
    pk_text_free(header);
    pk_text_free(payload);
    pk_text_free(signature);
}

/* Making the key takes longer than all else. */
static const pk_signer *the_signer(void)
{
    static pk_signer *signer;
    pk_arena arena = {0};

    if (!signer)
        signer = pk_signer_open(pk_signer_new_key(&arena));
    REQUIRE(signer);
    pk_arena_free(&arena);
    return signer;
}

int LLVMFuzzerTestOneInput(const uint8_t *x, size_t x_len)
{
    char *text = fuzz_text(x, x_len);

    verify(the_signer(), text);
    if (memchr(text, '\n', x_len))
        verify_encoded(the_signer(), text, x_len);
    free(text);
    return 0;
}
