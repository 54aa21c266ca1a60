/* SPDX-License-Identifier: Apache-2.0
 * Access tokens: JWTs (RFC 7519) that this cloud signs with RS256. */
#ifndef PK_JWT_H
#define PK_JWT_H

#include "arena.h"
#include "sign.h"

#include <stdint.h>

/* claims signed; NULL when it cannot. jku is where the key can be found. */
const char *pk_jwt_sign(const pk_signer *signer, pk_arena *arena, const char *jku,
                        const pk_json *claims);

/* The claims of a token that we signed and that is valid now; NULL for any
 * other text. Whether it was revoked is not its own to say. */
const pk_json *pk_jwt_verify(const pk_signer *signer, pk_arena *arena, const char *jwt,
                             int64_t now_ms);

#endif
