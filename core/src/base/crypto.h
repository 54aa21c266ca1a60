/* SPDX-License-Identifier: Apache-2.0
 * Hashes, random bytes and ES256. Only crypto.c calls EVP_*. It works in an
 * OpenSSL library context of its own, so that a provider which the host
 * application loads (tpm2, FIPS, …) is neither used nor disturbed. */
#ifndef PK_CRYPTO_H
#define PK_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PK_SHA256_SIZE 32
#define PK_P256_SIZE 32
#define PK_ES256_SIZE 64

bool pk_sha256(const void *x, size_t x_len, uint8_t out[PK_SHA256_SIZE]);

/* Cryptographically secure random bytes. */
bool pk_random(void *out, size_t out_len);

/* Makes our library context the calling thread's default one, for the TPM
 * software stack, which works in the default one only: a provider of the host
 * (tpm2, above all, which itself asks the stack) must not be asked for its
 * keys. Returns what pk_crypto_leave gives back, on the same thread; NULL
 * without memory. */
void *pk_crypto_enter(void);
void pk_crypto_leave(void *before);

typedef enum pk_judgement {
    PK_VALID,
    PK_WRONG,
    PK_UNDECIDED, /* it could not be computed: memory ran out */
} pk_judgement;

/* VALID when (x, y) is a point on P-256 and signature (r || s, RFC 7518 section
 * 3.4) is a valid ES256 signature of message by it. */
pk_judgement pk_es256_judge(const uint8_t x[PK_P256_SIZE], const uint8_t y[PK_P256_SIZE],
                            const void *message, size_t message_len,
                            const uint8_t signature[PK_ES256_SIZE]);

/* For those to whom UNDECIDED is as bad as WRONG: true when it is VALID. */
bool pk_es256_verify(const uint8_t x[PK_P256_SIZE], const uint8_t y[PK_P256_SIZE],
                     const void *message, size_t message_len,
                     const uint8_t signature[PK_ES256_SIZE]);

/* {"crv":"P-256","kty":"EC","x":…,"y":…}: the JWK in the order of RFC 7638, to
 * be given to pk_text_free. */
char *pk_jwk_text(const uint8_t x[PK_P256_SIZE], const uint8_t y[PK_P256_SIZE]);

/* RFC 7638 SHA-256 thumbprint, base64url without padding; pk_text_free. */
char *pk_jwk_thumbprint(const uint8_t x[PK_P256_SIZE], const uint8_t y[PK_P256_SIZE]);

/* Frees what OpenSSL keeps for this thread, which is about to end. */
void pk_crypto_end_thread(void);

/* The version of OpenSSL at run time, static. out_weakness: what speaks against
 * it, static; NULL when nothing does. */
const char *pk_crypto_library(const char **out_weakness);

/* Takes as long whether or not they are equal. */
bool pk_equal_constant_time(const void *a, const void *b, size_t len);

#endif
