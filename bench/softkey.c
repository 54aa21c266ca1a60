/* SPDX-License-Identifier: Apache-2.0 */
#include "softkey.h"

#include "base/memory.h"
#include "base/text.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <string.h>

static bool read_coordinate(EVP_PKEY *pkey, const char *name, uint8_t out[PK_P256_SIZE])
{
    BIGNUM *number = NULL;
    bool done = EVP_PKEY_get_bn_param(pkey, name, &number) == 1 &&
                BN_bn2binpad(number, out, PK_P256_SIZE) == PK_P256_SIZE;

    BN_free(number);
    return done;
}

bool bench_key_new(bench_key *out)
{
    out->pkey = EVP_EC_gen("P-256");
    return out->pkey && read_coordinate(out->pkey, OSSL_PKEY_PARAM_EC_PUB_X, out->x) &&
           read_coordinate(out->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, out->y);
}

void bench_key_free(bench_key *key)
{
    EVP_PKEY_free(key->pkey);
    key->pkey = NULL;
}

/* From the DER that OpenSSL makes to the form of RFC 7518, section 3.4. */
static bool to_raw(const uint8_t *der, size_t der_len, uint8_t out[PK_ES256_SIZE])
{
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)der_len);
    bool done = pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, 32) == 32 &&
                BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + 32, 32) == 32;

    ECDSA_SIG_free(pair);
    return done;
}

bool bench_key_sign(const bench_key *key, const void *message, size_t message_len,
                    uint8_t out[PK_ES256_SIZE])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t der[80];
    size_t der_len = sizeof der;
    bool done = context && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key->pkey) == 1 &&
                EVP_DigestSign(context, der, &der_len, message, message_len) == 1 &&
                to_raw(der, der_len, out);

    EVP_MD_CTX_free(context);
    return done;
}

static bool append_encoded(pk_buffer *out, const void *x, size_t x_len)
{
    char *text = pk_base64url_encode(x, x_len);
    bool done = text && pk_buffer_append_text(out, text);

    pk_text_free(text);
    return done;
}

static bool append_header(pk_buffer *out, const bench_key *key)
{
    char *jwk = pk_jwk_text(key->x, key->y);
    pk_buffer header = {0};
    bool done = jwk && pk_buffer_printf(&header, "{\"alg\":\"ES256\",\"jwk\":%s}", jwk) &&
                append_encoded(out, header.data, header.len);

    pk_buffer_free(&header);
    pk_text_free(jwk);
    return done;
}

char *bench_key_jws(const bench_key *key, const char *payload)
{
    uint8_t signature[PK_ES256_SIZE];
    pk_buffer jws = {0};

    if (append_header(&jws, key) && pk_buffer_append_text(&jws, ".") &&
        append_encoded(&jws, payload, strlen(payload)) &&
        bench_key_sign(key, jws.data, jws.len, signature) && pk_buffer_append_text(&jws, ".") &&
        append_encoded(&jws, signature, sizeof signature))
        return pk_buffer_take(&jws);
    pk_buffer_free(&jws);
    return NULL;
}
