/* SPDX-License-Identifier: Apache-2.0
 * Links in the outbox are sealed with a key that is not in the database: a copy
 * of the database alone opens none. */
#ifndef PK_SEAL_H
#define PK_SEAL_H

#include "arena.h"

#include <stdint.h>

#define PK_SEAL_KEY_SIZE 32

typedef struct pk_seal_key {
    uint8_t bytes[PK_SEAL_KEY_SIZE];
    const char *id; /* tells keys apart, and nothing about them */
} pk_seal_key;

/* Reads DIR/mail.key, or makes it (mode 0600). 0 or an errno value; EINVAL when
 * the file is no such key. */
int pk_seal_key_read(pk_arena *arena, const char *folder, pk_seal_key *out);

/* AES-256-GCM in base64url. about is not sealed, but opening takes the same
 * one: what was sealed for one message opens in no other. NULL when it cannot. */
const char *pk_seal(pk_arena *arena, const pk_seal_key *key, const char *about, const char *text);
const char *pk_unseal(pk_arena *arena, const pk_seal_key *key, const char *about,
                      const char *sealed);

#endif
