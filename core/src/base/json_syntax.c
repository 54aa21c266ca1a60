/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_syntax.h"

#include "base/text.h"

#include <string.h>

typedef struct reader {
    const char *at, *end;
    int depth_left;
    const char *reason; /* the first thing that is wrong */
} reader;

static bool wrong(reader *r, const char *reason)
{
    if (!r->reason)
        r->reason = reason;
    return false;
}

static bool bad(reader *r)
{
    return wrong(r, "it is not JSON");
}

static bool is_next(const reader *r, char c)
{
    return r->at < r->end && *r->at == c;
}

static bool take(reader *r, char c)
{
    return is_next(r, c) ? (r->at++, true) : bad(r);
}

static void skip_space(reader *r)
{
    while (is_next(r, ' ') || is_next(r, '\t') || is_next(r, '\n') || is_next(r, '\r'))
        r->at++;
}

static bool take_word(reader *r, const char *word)
{
    size_t len = strlen(word);

    if ((size_t)(r->end - r->at) < len || memcmp(r->at, word, len))
        return bad(r);
    r->at += len;
    return true;
}

static bool take_digits(reader *r)
{
    const char *start = r->at;

    while (r->at < r->end && pk_is_digit(*r->at))
        r->at++;
    return r->at > start ? true : bad(r);
}

static bool take_number(reader *r)
{
    if (is_next(r, '-'))
        r->at++;
    if (is_next(r, '0'))
        r->at++;
    else if (!take_digits(r))
        return false;
    if (is_next(r, '.') && (r->at++, !take_digits(r)))
        return false;
    if (!is_next(r, 'e') && !is_next(r, 'E'))
        return true;
    r->at++;
    if (is_next(r, '+') || is_next(r, '-'))
        r->at++;
    return take_digits(r);
}

/* Four hexadecimal digits; -1 when they are not there. */
static int take_hex4(reader *r)
{
    int i, value = 0;

    for (i = 0; i < 4; i++) {
        int digit = r->at < r->end ? pk_hex_value(*r->at) : -1;

        if (digit < 0)
            return -1;
        value = value * 16 + digit;
        r->at++;
    }
    return value;
}

/* Behind \u. A high surrogate must be followed by a low one. */
static bool take_unicode(reader *r)
{
    int unit = take_hex4(r);

    if (unit < 0)
        return bad(r);
    if (unit == 0)
        return wrong(r, "it holds a NUL character");
    if (unit < 0xd800 || unit > 0xdfff)
        return true;
    if (unit > 0xdbff || !is_next(r, '\\'))
        return wrong(r, "it holds half a character");
    r->at++;
    if (!take(r, 'u'))
        return false;
    unit = take_hex4(r);
    return unit >= 0xdc00 && unit <= 0xdfff ? true : wrong(r, "it holds half a character");
}

static bool take_escape(reader *r)
{
    char c = r->at < r->end ? *r->at++ : '\0';

    if (c == 'u')
        return take_unicode(r);
    return c && strchr("\"\\/bfnrt", c) ? true : bad(r);
}

static bool take_string(reader *r)
{
    if (!take(r, '"'))
        return false;
    while (r->at < r->end && *r->at != '"') {
        unsigned char c = (unsigned char)*r->at++;

        if (c < 0x20)
            return wrong(r, "it holds a control character inside a string");
        if (c == '\\' && !take_escape(r))
            return false;
    }
    return take(r, '"');
}

static bool take_value(reader *r);

static bool take_member(reader *r)
{
    skip_space(r);
    if (!take_string(r))
        return false;
    skip_space(r);
    return take(r, ':') && take_value(r);
}

/* The elements of an array, or the members of an object. */
static bool take_list(reader *r, char close, bool (*take_one)(reader *r))
{
    r->at++;
    if (--r->depth_left < 0)
        return wrong(r, "it is nested too deeply");
    skip_space(r);
    if (!is_next(r, close)) {
        while (take_one(r) && is_next(r, ','))
            r->at++;
        if (r->reason)
            return false;
    }
    r->depth_left++;
    return take(r, close);
}

/* With the white space around it. The recursion is as deep as depth_left. */
static bool take_value(reader *r)
{
    bool taken;

    skip_space(r);
    if (is_next(r, '{'))
        taken = take_list(r, '}', take_member);
    else if (is_next(r, '['))
        taken = take_list(r, ']', take_value);
    else if (is_next(r, '"'))
        taken = take_string(r);
    else if (is_next(r, 't'))
        taken = take_word(r, "true");
    else if (is_next(r, 'f'))
        taken = take_word(r, "false");
    else if (is_next(r, 'n'))
        taken = take_word(r, "null");
    else
        taken = take_number(r);
    skip_space(r);
    return taken;
}

const char *pk_json_syntax(const char *text, size_t text_len, int max_depth)
{
    reader r = {text, text + text_len, max_depth, NULL};

    if (!text_len)
        return "it is empty";
    if (!pk_utf8_valid(text, text_len))
        return "it is not valid UTF-8";
    if (!take_value(&r))
        return r.reason;
    return r.at == r.end ? NULL : "something follows the JSON value";
}
