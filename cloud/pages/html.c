/* SPDX-License-Identifier: Apache-2.0 */
#include "pages/html.h"

#include "base/memory.h"

#include <string.h>

static const char *entity_of(char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

const char *pk_html(pk_arena *arena, const char *text)
{
    pk_buffer out = {0};
    bool done = pk_buffer_append(&out, "", 0);

    for (; done && text && *text; text++) {
        const char *entity = entity_of(*text);

        done = entity ? pk_buffer_append_text(&out, entity) : pk_buffer_append(&out, text, 1);
    }
    if (done)
        return pk_arena_take(arena, pk_buffer_take(&out));
    pk_buffer_free(&out);
    return NULL;
}
