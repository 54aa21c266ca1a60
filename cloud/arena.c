/* SPDX-License-Identifier: Apache-2.0 */
#include "arena.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct pk_arena_item {
    struct pk_arena_item *next;
    char *text;
    pk_json *json;
} pk_arena_item;

static bool adopt(pk_arena *arena, char *text, pk_json *json)
{
    pk_arena_item *item = calloc(1, sizeof *item);

    if (!item) {
        pk_text_free(text);
        pk_json_free(json);
        return false;
    }
    *item = (pk_arena_item){.next = arena->items, .text = text, .json = json};
    arena->items = item;
    return true;
}

char *pk_arena_take(pk_arena *arena, char *text)
{
    return text && adopt(arena, text, NULL) ? text : NULL;
}

char *pk_arena_text(pk_arena *arena, const char *text)
{
    return pk_arena_take(arena, pk_text_copy(text));
}

char *pk_arena_text_n(pk_arena *arena, const char *text, size_t text_len)
{
    return !text ? NULL : pk_arena_take(arena, pk_text_copy_n(text, text_len));
}

char *pk_arena_printf(pk_arena *arena, const char *format, ...)
{
    char *text = NULL;
    va_list values;
    int len;

    va_start(values, format);
    len = vasprintf(&text, format, values);
    va_end(values);
    return len < 0 ? NULL : pk_arena_take(arena, text);
}

pk_json *pk_arena_json(pk_arena *arena, pk_json *json)
{
    return json && adopt(arena, NULL, json) ? json : NULL;
}

void pk_arena_free(pk_arena *arena)
{
    while (arena->items) {
        pk_arena_item *item = arena->items;

        arena->items = item->next;
        pk_text_free(item->text);
        pk_json_free(item->json);
        free(item);
    }
}
