/* SPDX-License-Identifier: Apache-2.0
 * What TLS is served with. */
#ifndef PK_CERTIFICATE_H
#define PK_CERTIFICATE_H

#include "arena.h"

typedef struct pk_certificate {
    const char *chain; /* PEM; NULL: no TLS */
    const char *key;   /* PEM */
} pk_certificate;

/* Reads both files; nothing when their names are NULL. 0, or 1 after saying on
 * stderr what is wrong; *out is then as before. */
int pk_certificate_read(pk_arena *arena, const char *chain_path, const char *key_path,
                        pk_certificate *out);

#endif
