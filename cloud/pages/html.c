/* SPDX-License-Identifier: Apache-2.0 */
#include "pages/html.h"

#include "web/html.h"

const char *pk_html(pk_arena *arena, const char *text)
{
    pk_buffer out = {0};

    if (pk_buffer_append(&out, "", 0) && pk_html_append(&out, text))
        return pk_arena_take(arena, pk_buffer_take(&out));
    pk_buffer_free(&out);
    return NULL;
}
