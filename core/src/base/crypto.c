/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crypto.h"

#include "base/memory.h"
#include "base/text.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/ecerr.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

/* One for the process: making one takes 0.3 ms. Never freed: another thread
 * may be at work while the process ends. */
static OSSL_LIB_CTX *library_context;
static EVP_MD *sha256;

static bool make_library_context(void)
{
    OSSL_LIB_CTX *made = OSSL_LIB_CTX_new();

    if (made && OSSL_PROVIDER_load(made, "default"))
        sha256 = EVP_MD_fetch(made, "SHA256", NULL);
    if (sha256)
        library_context = made;
    else
        OSSL_LIB_CTX_free(made);
    return sha256 != NULL;
}

/* NULL while there is no memory for it. */
static OSSL_LIB_CTX *context(void)
{
    static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;
    static atomic_bool made;

    if (!atomic_load(&made)) {
        pthread_mutex_lock(&making);
        if (!atomic_load(&made) && make_library_context())
            atomic_store(&made, true);
        pthread_mutex_unlock(&making);
    }
    return atomic_load(&made) ? library_context : NULL;
}

bool pk_sha256(const void *x, size_t x_len, uint8_t out[PK_SHA256_SIZE])
{
    return context() && EVP_Digest(x, x_len, out, NULL, sha256, NULL) == 1;
}

bool pk_random(void *out, size_t out_len)
{
    return context() && RAND_bytes_ex(library_context, out, out_len, 0) == 1;
}

/* Also makes the default context of the process, if it is not there: that is
 * done but once, and after a failure for want of memory OpenSSL would follow a
 * null pointer in what there is of it. */
void *pk_crypto_enter(void)
{
    return context() && OSSL_LIB_CTX_get0_global_default()
               ? OSSL_LIB_CTX_set0_default(library_context)
               : NULL;
}

void pk_crypto_leave(void *before)
{
    if (before)
        OSSL_LIB_CTX_set0_default(before);
}

/* NULL without memory and when (x, y) is not on the curve; then OpenSSL's queue
 * of errors tells which. */
static EVP_PKEY *public_key(const uint8_t x[PK_P256_SIZE], const uint8_t y[PK_P256_SIZE])
{
    EVP_PKEY_CTX *making = EVP_PKEY_CTX_new_from_name(library_context, "EC", NULL);
    uint8_t point[1 + 2 * PK_P256_SIZE];
    char group[] = "P-256";
    OSSL_PARAM parameters[3];
    EVP_PKEY *key = NULL;

    point[0] = 4; /* uncompressed */
    memcpy(point + 1, x, PK_P256_SIZE);
    memcpy(point + 1 + PK_P256_SIZE, y, PK_P256_SIZE);
    parameters[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
    parameters[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point);
    parameters[2] = OSSL_PARAM_construct_end();
    if (making && EVP_PKEY_fromdata_init(making) == 1)
        EVP_PKEY_fromdata(making, &key, EVP_PKEY_PUBLIC_KEY, parameters);
    EVP_PKEY_CTX_free(making);
    return key;
}

/* Whether OpenSSL has just found that a point is none of the curve. */
static bool is_bad_point(unsigned long error)
{
    int reason = ERR_GET_REASON(error);

    return ERR_GET_LIB(error) == ERR_LIB_EC &&
           (reason == EC_R_POINT_IS_NOT_ON_CURVE || reason == EC_R_INVALID_ENCODING ||
            reason == EC_R_COORDINATES_OUT_OF_RANGE);
}

/* Empties OpenSSL's queue of errors: is the point to blame? OpenSSL blames it
 * also when there was no memory to find out. */
static bool was_bad_point(void)
{
    unsigned long error;
    bool bad = false, no_memory = false;

    while ((error = ERR_get_error())) {
        bad = bad || is_bad_point(error);
        no_memory = no_memory || ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE;
    }
    return bad && !no_memory;
}

/* r || s as the DER SEQUENCE that OpenSSL verifies; its length, 0 on failure. */
static int signature_der(const uint8_t signature[PK_ES256_SIZE], uint8_t **out_der)
{
    BIGNUM *r = BN_bin2bn(signature, PK_ES256_SIZE / 2, NULL);
    BIGNUM *s = BN_bin2bn(signature + PK_ES256_SIZE / 2, PK_ES256_SIZE / 2, NULL);
    ECDSA_SIG *pair = ECDSA_SIG_new();
    int len = 0;

    if (r && s && pair && ECDSA_SIG_set0(pair, r, s)) {
        r = s = NULL;
        len = i2d_ECDSA_SIG(pair, out_der);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(pair);
    return len > 0 ? len : 0;
}

/* Over the digest and not the message: only so does OpenSSL tell a signature
 * that is wrong (0) from one that it could not verify (less). */
static pk_judgement judge(EVP_PKEY *key, const uint8_t digest[PK_SHA256_SIZE],
                          const uint8_t signature[PK_ES256_SIZE])
{
    EVP_PKEY_CTX *verifying = EVP_PKEY_CTX_new_from_pkey(library_context, key, NULL);
    uint8_t *der = NULL;
    int der_len = signature_der(signature, &der);
    int verified = -1;

    if (verifying && der_len && EVP_PKEY_verify_init(verifying) == 1)
        verified = EVP_PKEY_verify(verifying, der, (size_t)der_len, digest, PK_SHA256_SIZE);
    OPENSSL_free(der);
    EVP_PKEY_CTX_free(verifying);
    return verified == 1 ? PK_VALID : verified == 0 ? PK_WRONG : PK_UNDECIDED;
}

pk_judgement pk_es256_judge(const uint8_t x[PK_P256_SIZE], const uint8_t y[PK_P256_SIZE],
                            const void *message, size_t message_len,
                            const uint8_t signature[PK_ES256_SIZE])
{
    uint8_t digest[PK_SHA256_SIZE];
    pk_judgement judgement = PK_UNDECIDED;
    EVP_PKEY *key;

    if (!pk_sha256(message, message_len, digest))
        return PK_UNDECIDED;
    ERR_clear_error();
    key = public_key(x, y);
    if (key)
        judgement = judge(key, digest, signature);
    else if (was_bad_point())
        judgement = PK_WRONG;
    EVP_PKEY_free(key);
    ERR_clear_error();
    return judgement;
}

bool pk_es256_verify(const uint8_t x[PK_P256_SIZE], const uint8_t y[PK_P256_SIZE],
                     const void *message, size_t message_len,
                     const uint8_t signature[PK_ES256_SIZE])
{
    return pk_es256_judge(x, y, message, message_len, signature) == PK_VALID;
}

char *pk_jwk_text(const uint8_t x[PK_P256_SIZE], const uint8_t y[PK_P256_SIZE])
{
    char *x_text = pk_base64url_encode(x, PK_P256_SIZE);
    char *y_text = pk_base64url_encode(y, PK_P256_SIZE);
    pk_buffer jwk = {0};

    if (!x_text || !y_text ||
        !pk_buffer_printf(&jwk, "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}",
                          x_text, y_text))
        pk_buffer_free(&jwk);
    pk_text_free(x_text);
    pk_text_free(y_text);
    return jwk.len ? pk_buffer_take(&jwk) : NULL;
}

char *pk_jwk_thumbprint(const uint8_t x[PK_P256_SIZE], const uint8_t y[PK_P256_SIZE])
{
    char *jwk = pk_jwk_text(x, y);
    uint8_t digest[PK_SHA256_SIZE];
    char *thumbprint = NULL;

    if (jwk && pk_sha256(jwk, strlen(jwk), digest))
        thumbprint = pk_base64url_encode(digest, sizeof digest);
    pk_text_free(jwk);
    return thumbprint;
}

void pk_crypto_end_thread(void)
{
    if (context())
        OPENSSL_thread_stop_ex(library_context);
    OPENSSL_thread_stop(); /* libcurl's */
}

bool pk_equal_constant_time(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}

const char *pk_crypto_library(const char **out_weakness)
{
    *out_weakness = OpenSSL_version_num() >= OPENSSL_VERSION_NUMBER
                        ? NULL
                        : "it is older than the one that libpasskey was built with "
                          "(" OPENSSL_VERSION_STR ")";
    return OpenSSL_version(OPENSSL_VERSION_STRING);
}
