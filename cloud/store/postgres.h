/* SPDX-License-Identifier: Apache-2.0
 * The schema in PostgreSQL's words. */
#ifndef PK_POSTGRES_H
#define PK_POSTGRES_H

#include "base/memory.h"

/* Appends a script with SQLite's names of types replaced: INTEGER has only 32 bits
 * in PostgreSQL and does not count up, and texts would be ordered by the language
 * of the database. False without memory. */
bool pk_postgres_translate(pk_buffer *out, const char *text);

#endif
