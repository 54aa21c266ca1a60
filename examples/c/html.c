/* SPDX-License-Identifier: Apache-2.0 */
#include "html.h"

#include <stdarg.h>
#include <string.h>

static void write_escaped(FILE *out, const char *text)
{
    for (; text && *text; text++)
        switch (*text) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        case '\'': fputs("&#39;", out); break;
        default: fputc(*text, out);
        }
}

void html_write(FILE *out, const char *template_, ...)
{
    const char *next;
    va_list texts;

    va_start(texts, template_);
    while ((next = strstr(template_, "%s"))) {
        fwrite(template_, 1, (size_t)(next - template_), out);
        write_escaped(out, va_arg(texts, const char *));
        template_ = next + 2;
    }
    va_end(texts);
    fputs(template_, out);
}
