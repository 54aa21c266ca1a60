/* SPDX-License-Identifier: Apache-2.0
 * JSON in ASCII alone. */
#ifndef PK_ASCII_H
#define PK_ASCII_H

#include "arena.h"

/* The same JSON with each character beyond ASCII as \uXXXX (RFC 8259 section 7),
 * text itself when it has none; what is not UTF-8 becomes U+FFFD. The arena's;
 * NULL for NULL and without memory. */
const char *pk_ascii_json(pk_arena *arena, const char *text);

#endif
