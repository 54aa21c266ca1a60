/* SPDX-License-Identifier: Apache-2.0
 * A passkey in software, so that what is measured is the cloud and not a TPM. */
#ifndef BENCH_SOFTKEY_H
#define BENCH_SOFTKEY_H

#include "base/crypto.h"

typedef struct bench_key {
    void *pkey;
    uint8_t x[PK_P256_SIZE];
    uint8_t y[PK_P256_SIZE];
} bench_key;

/* A new P-256 key; false when OpenSSL has none to give. */
bool bench_key_new(bench_key *out);
void bench_key_free(bench_key *key);

/* ES256: r and s. */
bool bench_key_sign(const bench_key *key, const void *message, size_t message_len,
                    uint8_t out[PK_ES256_SIZE]);

/* The compact JWS of a payload, with the key's JWK in its header; to be given to
 * pk_text_free. */
char *bench_key_jws(const bench_key *key, const char *payload);

#endif
