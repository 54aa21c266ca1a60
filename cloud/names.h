/* SPDX-License-Identifier: Apache-2.0
 * Fresh ids and tokens, and how times are written. Each answers a text of the
 * arena, or NULL without memory or randomness. */
#ifndef PK_NAMES_H
#define PK_NAMES_H

#include "arena.h"

#include <stdint.h>

/* 16 hex digits */
const char *pk_new_id(pk_arena *arena);

/* A random UUID (RFC 9562 version 4), as applications and configs have. */
const char *pk_new_uuid(pk_arena *arena);

/* 32 hex digits */
const char *pk_new_client_id(pk_arena *arena);

/* 48 random bytes: 64 characters of base64url. */
const char *pk_new_token(pk_arena *arena);

/* SHA-256 of a token, in hex: all that is ever stored of it. */
const char *pk_token_hash(pk_arena *arena, const char *token);

/* RFC 3339 in UTC with six digits of fraction. */
const char *pk_time_text(pk_arena *arena, int64_t ms);

#endif
