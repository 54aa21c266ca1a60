/* SPDX-License-Identifier: Apache-2.0
 * RFC 7518, section 3.3 (RS256); RFC 7517 and 7638 (JWK). */
#include "sign.h"

#include "base/crypto.h"
#include "base/memory.h"
#include "base/text.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#define KEY_BITS 2048
#define SIGNATURE_SIZE (KEY_BITS / 8)

struct pk_signer {
    EVP_PKEY *key;
    char *n, *e; /* base64url */
    char kid[2 * PK_SHA256_SIZE + 1];
};

/* -------------------------------------------------------------------- the key */

/* OpenSSL overwrites what a memory BIO holds when it is freed. */
static char *pem_of(EVP_PKEY *key)
{
    BIO *memory = BIO_new(BIO_s_mem());
    char *pem = NULL, *data;
    long len;

    if (memory && PEM_write_bio_PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL) == 1) {
        len = BIO_get_mem_data(memory, &data);
        pem = pk_text_copy_n(data, (size_t)len);
    }
    BIO_free(memory);
    return pem;
}

const char *pk_signer_new_key(pk_arena *arena)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)KEY_BITS);
    const char *pem = key ? pk_arena_take(arena, pem_of(key)) : NULL;

    EVP_PKEY_free(key);
    return pem;
}

static EVP_PKEY *read_pem(const char *pem)
{
    BIO *memory = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = memory ? PEM_read_bio_PrivateKey(memory, NULL, NULL, NULL) : NULL;

    BIO_free(memory);
    if (key && EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) == KEY_BITS)
        return key;
    EVP_PKEY_free(key);
    return NULL;
}

static char *number_text(const EVP_PKEY *key, const char *name)
{
    uint8_t bytes[SIGNATURE_SIZE];
    BIGNUM *number = NULL;
    char *text = NULL;

    if (EVP_PKEY_get_bn_param(key, name, &number) == 1 && BN_num_bytes(number) <= SIGNATURE_SIZE)
        text = pk_base64url_encode(bytes, (size_t)BN_bn2bin(number, bytes));
    BN_free(number);
    return text;
}

static bool name_key(pk_signer *signer)
{
    uint8_t digest[PK_SHA256_SIZE];
    pk_buffer jwk = {0};
    bool named = pk_buffer_printf(&jwk, "{\"e\":\"%s\",\"kty\":\"RSA\",\"n\":\"%s\"}", signer->e,
                                  signer->n) &&
                 pk_sha256(jwk.data, jwk.len, digest);

    for (size_t i = 0; named && i < sizeof digest; i++) {
        signer->kid[2 * i] = "0123456789ABCDEF"[digest[i] >> 4];
        signer->kid[2 * i + 1] = "0123456789ABCDEF"[digest[i] & 15];
    }
    pk_buffer_free(&jwk);
    return named;
}

pk_signer *pk_signer_open(const char *pem)
{
    pk_signer *signer = calloc(1, sizeof *signer);

    if (signer && (signer->key = read_pem(pem)) != NULL) {
        signer->n = number_text(signer->key, OSSL_PKEY_PARAM_RSA_N);
        signer->e = number_text(signer->key, OSSL_PKEY_PARAM_RSA_E);
    }
    if (signer && signer->n && signer->e && name_key(signer))
        return signer;
    pk_signer_close(signer);
    return NULL;
}

void pk_signer_close(pk_signer *signer)
{
    if (!signer)
        return;
    EVP_PKEY_free(signer->key);
    pk_text_free(signer->n);
    pk_text_free(signer->e);
    free(signer);
}

const char *pk_signer_kid(const pk_signer *signer)
{
    return signer->kid;
}

pk_json *pk_signer_jwk(const pk_signer *signer)
{
    pk_json *jwk = pk_json_new_object();

    if (pk_json_add_text(jwk, "kty", "RSA") && pk_json_add_text(jwk, "use", "sig") &&
        pk_json_add_text(jwk, "alg", "RS256") && pk_json_add_text(jwk, "kid", signer->kid) &&
        pk_json_add_text(jwk, "n", signer->n) && pk_json_add_text(jwk, "e", signer->e))
        return jwk;
    pk_json_free(jwk);
    return NULL;
}

/* ------------------------------------------------------------------ signatures */

const char *pk_signer_sign(const pk_signer *signer, pk_arena *arena, const void *message,
                           size_t message_len)
{
    EVP_MD_CTX *signing = EVP_MD_CTX_new();
    uint8_t signature[SIGNATURE_SIZE];
    size_t len = sizeof signature;
    bool done = signing &&
                EVP_DigestSignInit_ex(signing, NULL, "SHA256", NULL, NULL, signer->key, NULL) ==
                    1 &&
                EVP_DigestSign(signing, signature, &len, message, message_len) == 1;

    EVP_MD_CTX_free(signing);
    return done ? pk_arena_take(arena, pk_base64url_encode(signature, len)) : NULL;
}

bool pk_signer_verify(const pk_signer *signer, const void *message, size_t message_len,
                      const void *signature, size_t signature_len)
{
    EVP_MD_CTX *verifying = EVP_MD_CTX_new();
    bool valid = verifying &&
                 EVP_DigestVerifyInit_ex(verifying, NULL, "SHA256", NULL, NULL, signer->key,
                                         NULL) == 1 &&
                 EVP_DigestVerify(verifying, signature, signature_len, message, message_len) == 1;

    EVP_MD_CTX_free(verifying);
    return valid;
}
