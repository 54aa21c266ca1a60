/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/mime.h"

#include "base/text.h"

#include <string.h>
#include <time.h>

#define MAX_PLAIN_WORDS 60   /* with the field's name below the 78 of RFC 5322 */
#define MAX_ENCODED_BYTES 45 /* 60 characters of base64: below the 75 of RFC 2047 */
#define MAX_LINE 998         /* RFC 5322, section 2.1.1 */
#define MAX_QUOTED_LINE 75   /* and "=" (RFC 2045, section 6.7) */

/* Not strftime, whose names are the locale's. */
bool pk_mime_date(pk_buffer *out, int64_t ms)
{
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t seconds = (time_t)(ms / 1000);
    struct tm utc;

    return gmtime_r(&seconds, &utc) &&
           pk_buffer_printf(out, "%s, %02d %s %04d %02d:%02d:%02d +0000", days[utc.tm_wday],
                            utc.tm_mday, months[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour,
                            utc.tm_min, utc.tm_sec);
}

/* -------------------------------------------------------------------- headers */

static bool is_plain(const char *text)
{
    size_t len = strlen(text);

    if (len == 0 || len > MAX_PLAIN_WORDS || text[0] == ' ' || text[len - 1] == ' ' ||
        strstr(text, "  "))
        return false;
    for (size_t i = 0; i < len; i++)
        if (!pk_is_alpha(text[i]) && !pk_is_digit(text[i]) && !strchr(" -'_", text[i]))
            return false;
    return true;
}

static bool append_base64(pk_buffer *out, const uint8_t *x, size_t x_len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bool done = true;

    for (size_t i = 0; done && i < x_len; i += 3) {
        size_t rest = x_len - i;
        uint32_t group = (uint32_t)x[i] << 16 | (rest > 1 ? (uint32_t)x[i + 1] << 8 : 0) |
                         (rest > 2 ? x[i + 2] : 0);
        char quad[4] = {digits[group >> 18 & 63], digits[group >> 12 & 63],
                        rest > 1 ? digits[group >> 6 & 63] : '=', rest > 2 ? digits[group & 63] : '='};

        done = pk_buffer_append(out, quad, sizeof quad);
    }
    return done;
}

/* An encoded word holds whole characters (RFC 2047, section 5). */
static size_t word_len(const char *text)
{
    size_t len = strlen(text);

    if (len <= MAX_ENCODED_BYTES)
        return len;
    len = MAX_ENCODED_BYTES;
    while (len > 1 && ((unsigned char)text[len] & 0xc0) == 0x80)
        len--;
    return len;
}

static bool append_encoded(pk_buffer *out, const char *text)
{
    uint8_t word[MAX_ENCODED_BYTES] = {0};
    bool done = true;

    for (const char *separator = ""; done && *text; separator = "\r\n ") {
        size_t len = word_len(text);

        for (size_t i = 0; i < len; i++)
            word[i] = pk_has_control(text + i, 1) ? ' ' : (uint8_t)text[i];
        done = pk_buffer_printf(out, "%s=?utf-8?B?", separator) && append_base64(out, word, len) &&
               pk_buffer_append_text(out, "?=");
        text += len;
    }
    pk_wipe(word, sizeof word);
    return done;
}

bool pk_mime_words(pk_buffer *out, const char *text)
{
    return is_plain(text) ? pk_buffer_append_text(out, text) : append_encoded(out, text);
}

/* ----------------------------------------------------------------------- body */

static bool may_stay(const char *text)
{
    size_t line_len = 0;

    for (; *text; text++) {
        line_len = *text == '\n' ? 0 : line_len + 1;
        if ((unsigned char)*text > '~' || line_len > MAX_LINE ||
            (*text != '\n' && pk_has_control(text, 1)))
            return false;
    }
    return true;
}

static bool append_as_is(pk_buffer *out, const char *text)
{
    bool done = true;

    while (done && *text) {
        size_t len = strcspn(text, "\n");

        done = pk_buffer_append(out, text, len) && pk_buffer_append_text(out, "\r\n");
        text += len + (text[len] == '\n');
    }
    return done;
}

/* A space at the end of a line would be lost on the way. */
static bool must_quote(char c, bool last)
{
    return c == '=' || c < ' ' || c > '~' || (c == ' ' && last);
}

static bool append_quoted_line(pk_buffer *out, const char *line, size_t len)
{
    size_t width = 0;
    bool done = true;

    for (size_t i = 0; done && i < len; i++) {
        bool quote = must_quote(line[i], i + 1 == len);
        size_t needed = quote ? 3 : 1;

        if (width + needed > MAX_QUOTED_LINE) {
            done = pk_buffer_append_text(out, "=\r\n");
            width = 0;
        }
        done = done && pk_buffer_printf(out, quote ? "=%02X" : "%c", (unsigned char)line[i]);
        width += needed;
    }
    return done && pk_buffer_append_text(out, "\r\n");
}

static bool append_quoted(pk_buffer *out, const char *text)
{
    bool done = true;

    while (done && *text) {
        size_t len = strcspn(text, "\n");

        done = append_quoted_line(out, text, len);
        text += len + (text[len] == '\n');
    }
    return done;
}

bool pk_mime_text_part(pk_buffer *out, const char *subtype, const char *text)
{
    bool stays = may_stay(text);

    return pk_buffer_printf(out,
                            "Content-Type: text/%s; charset=utf-8\r\n"
                            "Content-Transfer-Encoding: %s\r\n\r\n",
                            subtype, stays ? "7bit" : "quoted-printable") &&
           (stays ? append_as_is(out, text) : append_quoted(out, text));
}
