/* SPDX-License-Identifier: Apache-2.0
 * The URL parser of the WHATWG URL Standard, as far as it decides what a link
 * is and whom it names. Every step runs once over the text. */
#include "link/url.h"

#include "base/memory.h"
#include "base/text.h"
#include "link/host.h"

#include <string.h>

/* Steps return NULL when it went well, else the reason; this one by address. */
static const char NO_MEMORY[] = "memory ran out";
static const char NO_HOST[] = "it names no host";
static const char BAD_HOST[] = "its host is malformed";
static const char BAD_PORT[] = "its port is not a number from 0 to 65535";

static const struct {
    const char *name;
    int port;
} SPECIAL[] = {{"http", 80}, {"https", 443}, {"ws", 80}, {"wss", 443}, {"ftp", 21}, {"file", -1}};

/* -------------------------------------------------------------- characters */

static bool ends_path(char c)
{
    return !c || c == '?' || c == '#';
}

static bool is_separator(const pk_url *url, char c)
{
    return c == '/' || (c == '\\' && url->is_special);
}

/* Trims control characters and spaces, drops tabs and newlines. */
static char *clean(const char *text)
{
    size_t len = strlen(text);
    char *copy, *to;

    for (; len && (unsigned char)*text <= ' '; len--)
        text++;
    while (len && (unsigned char)text[len - 1] <= ' ')
        len--;
    copy = pk_text_copy_n(text, len);
    if (!copy)
        return NULL;
    for (to = copy; len--; text++)
        if (*text != '\t' && *text != '\n' && *text != '\r')
            *to++ = *text;
    pk_wipe(to, strlen(to));
    return copy;
}

/* -------------------------------------------------------------- the scheme */

static void look_up_scheme(pk_url *url)
{
    size_t i;

    for (i = 0; i < sizeof SPECIAL / sizeof *SPECIAL; i++) {
        if (!strcmp(url->scheme, SPECIAL[i].name)) {
            url->is_special = true;
            url->port = SPECIAL[i].port;
        }
    }
}

static const char *parse_scheme(pk_url *url, const char **p)
{
    const char *end = *p;

    if (pk_is_alpha(*end))
        while (pk_is_alpha(*end) || pk_is_digit(*end) || (*end && strchr("+-.", *end)))
            end++;
    if (end == *p || *end != ':')
        return "it does not begin with a scheme such as https:";
    url->scheme = pk_text_copy_n(*p, (size_t)(end - *p));
    if (!url->scheme)
        return NO_MEMORY;
    pk_lower_all(url->scheme);
    look_up_scheme(url);
    *p = end + 1;
    return NULL;
}

/* ----------------------------------------------------------- the authority */

static const char *parse_host(pk_url *url, const char *x, size_t x_len)
{
    pk_host host;
    passkey_status status = pk_host_parse(x, x_len, url->is_special, &host);

    if (status)
        return status == PASSKEY_OUT_OF_MEMORY ? NO_MEMORY : BAD_HOST;
    url->host = host.text;
    url->is_host_plain = host.is_plain;
    url->has_non_ascii = host.has_non_ascii;
    return NULL;
}

static const char *parse_port(pk_url *url, const char *x, const char *end)
{
    int port = 0;

    if (x == end)
        return NULL;
    for (; x < end; x++) {
        if (!pk_is_digit(*x))
            return BAD_PORT;
        port = port * 10 + (*x - '0');
        if (port > 65535)
            return BAD_PORT;
    }
    url->port = port;
    return NULL;
}

/* The colon before the port, or end. */
static const char *find_port(const char *x, const char *end)
{
    bool is_in_brackets = false;

    for (; x < end && (*x != ':' || is_in_brackets); x++) {
        if (*x == '[' || *x == ']')
            is_in_brackets = *x == '[';
    }
    return x;
}

/* userinfo@host:port, as far as the path. */
static const char *parse_authority(pk_url *url, const char **p)
{
    const char *start = *p, *end = *p, *colon, *reason;

    for (; !ends_path(*end) && !is_separator(url, *end); end++) {
        if (*end == '@') {
            url->has_userinfo = true;
            start = end + 1;
        }
    }
    *p = end;
    colon = find_port(start, end);
    if (colon == start && (url->is_special || url->has_userinfo || colon < end))
        return NO_HOST;
    reason = parse_host(url, start, (size_t)(colon - start));
    return reason || colon == end ? reason : parse_port(url, colon + 1, end);
}

/* A file URL has neither userinfo nor port. (Windows drive letters mean nothing
 * to us and are not treated apart.) */
static const char *parse_file_authority(pk_url *url, const char **p)
{
    size_t len = 0;

    while (!ends_path((*p)[len]) && !is_separator(url, (*p)[len]))
        len++;
    *p += len;
    return parse_host(url, *p - len, len);
}

/* Everything between the scheme and the path. */
static const char *skip_to_path(pk_url *url, const char **p)
{
    bool has_two = is_separator(url, (*p)[0]) && is_separator(url, (*p)[1]);

    if (!url->is_special) {
        url->is_opaque = **p != '/';
        *p += has_two ? 2 : 0;
        return has_two ? parse_authority(url, p) : NULL;
    }
    if (!strcmp(url->scheme, "file")) {
        *p += has_two ? 2 : 0;
        return has_two ? parse_file_authority(url, p) : NULL;
    }
    while (is_separator(url, **p))
        (*p)++;
    return parse_authority(url, p);
}

/* -------------------------------------------------- the path and the query */

/* 1 for a single dot segment, 2 for a double one, else 0. */
static int count_dots(const char *x, size_t x_len)
{
    int num_dots = 0;

    while (x_len) {
        size_t len = *x == '.' ? 1
                     : x_len > 2 && x[0] == '%' && x[1] == '2' && (x[2] | 0x20) == 'e' ? 3
                                                                                       : 0;
        if (!len || ++num_dots > 2)
            return 0;
        x += len;
        x_len -= len;
    }
    return num_dots;
}

/* Appends the segment; a dot segment changes what is there instead. */
static bool add_segment(pk_buffer *path, const char *x, size_t x_len, bool is_last)
{
    int num_dots = count_dots(x, x_len);
    const char *slash = num_dots == 2 && path->len ? memrchr(path->data, '/', path->len) : NULL;

    if (slash)
        path->len = (size_t)(slash - path->data);
    if (num_dots && !is_last)
        return true;
    return pk_buffer_append(path, "/", 1) && pk_buffer_append(path, x, num_dots ? 0 : x_len);
}

static const char *parse_path(pk_url *url, const char **p)
{
    pk_buffer path = {0};
    bool is_last = !url->is_special && ends_path(**p); /* the only way to an empty path */
    bool is_fine = true;

    *p += is_separator(url, **p);
    while (!is_last && is_fine) {
        const char *segment = *p;

        while (!ends_path(**p) && !is_separator(url, **p))
            (*p)++;
        is_last = ends_path(**p);
        is_fine = add_segment(&path, segment, (size_t)(*p - segment), is_last);
        *p += !is_last;
    }
    url->path = is_fine ? pk_buffer_take(&path) : NULL;
    pk_buffer_free(&path);
    return url->path ? NULL : NO_MEMORY;
}

static const char *parse_query(pk_url *url, const char *p)
{
    if (*p != '?')
        return NULL;
    url->query = pk_text_copy_n(p + 1, strcspn(p + 1, "#"));
    return url->query ? NULL : NO_MEMORY;
}

/* --------------------------------------------------------------- the whole */

static const char *parse(pk_url *url, const char *text)
{
    const char *p, *start, *reason;

    url->port = -1;
    url->text = clean(text);
    if (!url->text)
        return NO_MEMORY;
    p = url->text;
    reason = parse_scheme(url, &p);
    start = p;
    if (!reason)
        reason = skip_to_path(url, &p);
    if (!reason)
        reason = parse_path(url, &p);
    for (; !reason && start < p; start++)
        url->has_non_ascii |= (unsigned char)*start > 0x7f;
    if (!reason && !url->host && !(url->host = pk_text_copy("")))
        reason = NO_MEMORY;
    return reason ? reason : parse_query(url, p);
}

passkey_status pk_url_parse(const char *text, pk_url *out_url, const char **out_reason)
{
    pk_url url = {0};
    const char *reason = parse(&url, text);

    if (reason) {
        pk_url_free(&url);
        *out_reason = reason;
        return reason == NO_MEMORY ? PASSKEY_OUT_OF_MEMORY : PASSKEY_INVALID_LINK;
    }
    *out_url = url;
    return PASSKEY_OK;
}

void pk_url_free(pk_url *url)
{
    pk_text_free(url->text);
    pk_text_free(url->scheme);
    pk_text_free(url->host);
    pk_text_free(url->path);
    pk_text_free(url->query);
    memset(url, 0, sizeof *url);
}

char *pk_url_origin(const char *url)
{
    const char *reason;
    pk_url parts;
    pk_buffer origin = {0};
    bool is_fine;

    if (pk_url_parse(url, &parts, &reason))
        return NULL;
    is_fine = pk_buffer_printf(&origin, "%s://%s", parts.scheme, parts.host) &&
              (parts.port == (!strcmp(parts.scheme, "http") ? 80 : 443) ||
               pk_buffer_printf(&origin, ":%d", parts.port));
    pk_url_free(&parts);
    if (is_fine)
        return pk_buffer_take(&origin);
    pk_buffer_free(&origin);
    return NULL;
}
