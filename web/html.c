/* SPDX-License-Identifier: Apache-2.0 */
#include "web/html.h"

#include <string.h>

static const char *entity_of(char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    default: return "&#39;";
    }
}

bool pk_html_append(pk_buffer *out, const char *text)
{
    if (!text)
        return true;
    while (*text) {
        size_t len = strcspn(text, "&<>\"'");

        if (!pk_buffer_append(out, text, len))
            return false;
        text += len;
        if (*text && !pk_buffer_append_text(out, entity_of(*text++)))
            return false;
    }
    return true;
}
