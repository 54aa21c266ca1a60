/* SPDX-License-Identifier: Apache-2.0
 * JWS in compact serialisation (RFC 7515), and that of a bind: ES256, the key in
 * its own header. */
#ifndef PK_CLOUD_JWS_H
#define PK_CLOUD_JWS_H

#include "arena.h"
#include "base/crypto.h"

/* Of the text that was split; none is empty. */
typedef struct pk_jws_parts {
    const char *header;
    size_t header_len;
    const char *payload;
    size_t payload_len;
    const char *signature;
    size_t signature_len;
} pk_jws_parts;

bool pk_jws_split(const char *jws, pk_jws_parts *out);

/* A header or payload as a JSON object of the arena; NULL when it is none. */
pk_json *pk_jws_json(pk_arena *arena, const char *text, size_t text_len);

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
