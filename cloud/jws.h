/* SPDX-License-Identifier: Apache-2.0
 * The JWS of a bind: compact, ES256, the key in its own header. */
#ifndef PK_CLOUD_JWS_H
#define PK_CLOUD_JWS_H

#include "arena.h"
#include "base/crypto.h"

/* What a bind JWS says, once its signature was verified. */
typedef struct pk_bind_jws {
    uint8_t x[PK_P256_SIZE];
    uint8_t y[PK_P256_SIZE];
    const char *subject;
    const char *token;
} pk_bind_jws;

/* Verifies it by the key in its header. False when there is anything wrong
 * with it; *out_fault (static) then says what, without any of its content. */
bool pk_bind_jws_verify(pk_arena *arena, const char *jws, pk_bind_jws *out,
                        const char **out_fault);

#endif
