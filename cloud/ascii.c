/* SPDX-License-Identifier: Apache-2.0
 * Every parser reads names in UTF-8, but the official JavaScript SDK 3.0.6: on
 * an answer with one character beyond ASCII it stops and never settles the
 * promise. It reads the escapes well. */
#include "ascii.h"

#include "base/text.h"

enum { REPLACEMENT = 0xfffd };

/* The length of the character at text, which is not ASCII. Reads nothing behind
 * a NUL, since that ends a sequence that is too short. */
static size_t decode(const char *text, unsigned *out_code)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    unsigned code = s[0] & (0x7fu >> len);

    if (!pk_utf8_valid(text, len)) {
        *out_code = REPLACEMENT;
        return 1;
    }
    for (size_t i = 1; i < len; i++)
        code = code << 6 | (s[i] & 0x3f);
    *out_code = code;
    return len;
}

static bool append_escape(pk_buffer *out, unsigned code)
{
    if (code < 0x10000)
        return pk_buffer_printf(out, "\\u%04x", code);
    code -= 0x10000;
    return pk_buffer_printf(out, "\\u%04x\\u%04x", 0xd800 | code >> 10, 0xdc00 | (code & 0x3ff));
}

static size_t ascii_run(const char *text)
{
    size_t len = 0;

    while (text[len] && !(text[len] & 0x80))
        len++;
    return len;
}

const char *pk_ascii_json(pk_arena *arena, const char *text)
{
    pk_buffer out = {0};
    size_t run = text ? ascii_run(text) : 0;
    bool done = true;

    if (!text || !text[run])
        return text;
    while (done && *text) {
        unsigned code;

        done = pk_buffer_append(&out, text, run);
        text += run;
        if (done && *text) {
            text += decode(text, &code);
            done = append_escape(&out, code);
        }
        run = ascii_run(text);
    }
    if (done)
        return pk_arena_take(arena, pk_buffer_take(&out));
    pk_buffer_free(&out);
    return NULL;
}
