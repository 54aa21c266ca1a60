/* SPDX-License-Identifier: Apache-2.0
 * What belongs to one call, freed at its end all at once: a handler has
 * nothing to clean up. All of it is overwritten, since any of it may be a
 * secret. All zero is an empty arena. */
#ifndef PK_ARENA_H
#define PK_ARENA_H

#include "base/json.h"

typedef struct pk_arena {
    struct pk_arena_item *items;
} pk_arena;

/* Each answers NULL without memory and NULL for NULL. What _take and _json are
 * given is the arena's, also on failure. */
char *pk_arena_take(pk_arena *arena, char *text);
char *pk_arena_text(pk_arena *arena, const char *text);
char *pk_arena_text_n(pk_arena *arena, const char *text, size_t text_len);
char *pk_arena_printf(pk_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
pk_json *pk_arena_json(pk_arena *arena, pk_json *json);

void pk_arena_free(pk_arena *arena);

#endif
