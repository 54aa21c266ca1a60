/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <string.h>

static const char BASE64URL[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

char *pk_base64url_encode(const void *x, size_t x_len)
{
    const uint8_t *bytes = x;
    pk_buffer out = {0};
    size_t i;

    for (i = 0; i < x_len; i += 3) {
        size_t rest = x_len - i < 3 ? x_len - i : 3;
        uint32_t group = (uint32_t)bytes[i] << 16;
        char quad[4];

        if (rest > 1)
            group |= (uint32_t)bytes[i + 1] << 8;
        if (rest > 2)
            group |= bytes[i + 2];
        quad[0] = BASE64URL[group >> 18 & 63];
        quad[1] = BASE64URL[group >> 12 & 63];
        quad[2] = BASE64URL[group >> 6 & 63];
        quad[3] = BASE64URL[group & 63];
        if (!pk_buffer_append(&out, quad, rest + 1)) {
            pk_buffer_free(&out);
            return NULL;
        }
    }
    return pk_buffer_take(&out);
}

static int base64url_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool pk_base64url_decode(const char *text, size_t text_len, pk_buffer *out)
{
    pk_buffer bytes = {0};
    uint32_t bits = 0;
    unsigned num_bits = 0;
    bool done = false;
    size_t i;

    if (text_len % 4 == 1)
        return false;
    for (i = 0; i < text_len; i++) {
        int value = base64url_value(text[i]);
        char byte;

        if (value < 0)
            goto done;
        bits = bits << 6 | (uint32_t)value;
        num_bits += 6;
        if (num_bits < 8)
            continue;
        num_bits -= 8;
        byte = (char)(bits >> num_bits & 0xff);
        if (!pk_buffer_append(&bytes, &byte, 1))
            goto done;
    }
    if (bits & ((1u << num_bits) - 1))
        goto done;
    done = pk_buffer_append(out, bytes.data, bytes.len);
done:
    pk_buffer_free(&bytes);
    return done;
}

char *pk_hex_encode(const void *x, size_t x_len)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *bytes = x;
    pk_buffer out = {0};
    size_t i;

    for (i = 0; i < x_len; i++) {
        char pair[2] = {digits[bytes[i] >> 4], digits[bytes[i] & 15]};

        if (!pk_buffer_append(&out, pair, 2)) {
            pk_buffer_free(&out);
            return NULL;
        }
    }
    return pk_buffer_take(&out);
}

static bool is_unreserved(char c)
{
    return pk_is_alpha(c) || pk_is_digit(c) || (c && strchr("-._~", c));
}

bool pk_percent_encode(pk_buffer *out, const char *text)
{
    for (; *text; text++) {
        if (!(is_unreserved(*text) ? pk_buffer_append(out, text, 1)
                                   : pk_buffer_printf(out, "%%%02X", (unsigned char)*text)))
            return false;
    }
    return true;
}

bool pk_form_decode(pk_buffer *out, const char *text, size_t text_len)
{
    size_t i;

    for (i = 0; i < text_len; i++) {
        int byte = text_len - i > 2 ? pk_percent_value(text + i) : -1;
        char c = byte >= 0 ? (char)byte : text[i] == '+' ? ' ' : text[i];

        i += byte >= 0 ? 2 : 0;
        if (!pk_buffer_append(out, &c, 1))
            return false;
    }
    return true;
}

/* 1 when the raw key decodes to key, 0 when not, -1 without memory. */
static int key_is(const char *raw, size_t raw_len, const char *key)
{
    pk_buffer decoded = {0};
    int is = -1;

    if (pk_form_decode(&decoded, raw, raw_len))
        is = decoded.len == strlen(key) && (!decoded.len || !memcmp(decoded.data, key, decoded.len));
    pk_buffer_free(&decoded);
    return is;
}

int pk_query_get(const char *query, size_t query_len, const char *key, pk_buffer *out)
{
    const char *end = query + query_len;

    while (query < end) {
        const char *pair_end = memchr(query, '&', (size_t)(end - query));
        const char *equals;
        int is;

        if (!pair_end)
            pair_end = end;
        equals = memchr(query, '=', (size_t)(pair_end - query));
        is = key_is(query, (size_t)((equals ? equals : pair_end) - query), key);
        if (is < 0)
            return -1;
        if (is && pair_end > query) {
            if (out && equals && !pk_form_decode(out, equals + 1, (size_t)(pair_end - equals - 1)))
                return -1;
            return out && !out->data && !pk_buffer_append(out, "", 0) ? -1 : 1;
        }
        query = pair_end + 1;
    }
    return 0;
}

/* The length of the well-formed sequence at s, 0 when there is none. */
/* NOLINTNEXTLINE(readability-function-cognitive-complexity): the table of RFC 3629 */
static size_t utf8_sequence(const unsigned char *s, size_t len)
{
    static const unsigned char second_min[] = {0xe0, 0xa0, 0xf0, 0x90};
    size_t need = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3
                                                               : s[0] < 0xf5   ? 4
                                                                               : 0;
    size_t i;

    if (!need || need > len)
        return 0;
    for (i = 1; i < need; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((s[0] == second_min[0] && s[1] < second_min[1]) ||
        (s[0] == second_min[2] && s[1] < second_min[3]) || (s[0] == 0xed && s[1] > 0x9f) ||
        (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    return need;
}

bool pk_utf8_valid(const char *text, size_t text_len)
{
    const unsigned char *s = (const unsigned char *)text;

    while (text_len) {
        size_t used = utf8_sequence(s, text_len);

        if (!used)
            return false;
        s += used;
        text_len -= used;
    }
    return true;
}

void pk_utf8_mend(char *text)
{
    size_t left = strlen(text);

    while (left) {
        size_t used = utf8_sequence((unsigned char *)text, left);

        if (!used) {
            *text = '?';
            used = 1;
        }
        text += used;
        left -= used;
    }
}

bool pk_has_control(const char *text, size_t text_len)
{
    size_t i;

    for (i = 0; i < text_len; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return true;
    return false;
}

bool pk_bool_parse(const char *text, bool *out)
{
    static const char *const yes[] = {"1", "true", "yes", "on"};
    static const char *const no[] = {"0", "false", "no", "off"};
    size_t i;

    for (i = 0; i < sizeof yes / sizeof *yes; i++) {
        if (pk_equal_ignoring_case(text, yes[i]) || pk_equal_ignoring_case(text, no[i])) {
            *out = pk_equal_ignoring_case(text, yes[i]);
            return true;
        }
    }
    return false;
}

bool pk_equal_ignoring_case(const char *a, const char *b)
{
    while (*a && pk_lower(*a) == pk_lower(*b))
        a++, b++;
    return pk_lower(*a) == pk_lower(*b);
}

bool pk_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool pk_is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

char pk_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

void pk_lower_all(char *text)
{
    for (; *text; text++)
        *text = pk_lower(*text);
}

int pk_hex_value(char c)
{
    if (pk_is_digit(c))
        return c - '0';
    c = pk_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int pk_percent_value(const char *x)
{
    int high = *x == '%' ? pk_hex_value(x[1]) : -1;
    int low = high < 0 ? -1 : pk_hex_value(x[2]);

    return low < 0 ? -1 : high << 4 | low;
}
