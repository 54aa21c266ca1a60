/* SPDX-License-Identifier: Apache-2.0
 * The URL parser of the WHATWG URL Standard, as far as it decides what a link
 * is and whom it names. Every step runs once over the text. */
#include "link/url.h"

#include "base/memory.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <stdio.h>
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

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static void lower_all(char *text)
{
    for (; *text; text++)
        *text = lower(*text);
}

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

static const char *parse_scheme(pk_url *url, const char **p)
{
    const char *end = *p;
    size_t i;

    if (is_alpha(*end))
        while (is_alpha(*end) || is_digit(*end) || (*end && strchr("+-.", *end)))
            end++;
    if (end == *p || *end != ':')
        return "it does not begin with a scheme such as https:";
    url->scheme = pk_text_copy_n(*p, (size_t)(end - *p));
    if (!url->scheme)
        return NO_MEMORY;
    lower_all(url->scheme);
    for (i = 0; i < sizeof SPECIAL / sizeof *SPECIAL; i++) {
        if (!strcmp(url->scheme, SPECIAL[i].name)) {
            url->is_special = true;
            url->port = SPECIAL[i].port;
        }
    }
    *p = end + 1;
    return NULL;
}

/* A number of an IPv4 address: decimal, 0octal or 0xhexadecimal. False when it
 * is none; too large ones become UINT32_MAX + 1. */
static bool ipv4_number(const char *x, size_t x_len, uint64_t *out)
{
    unsigned base = 10;

    if (!x_len)
        return false;
    if (x_len > 1 && x[0] == '0') {
        base = x[1] == 'x' ? 16 : 8;
        x += base / 8;
        x_len -= base / 8;
    }
    for (*out = 0; x_len; x++, x_len--) {
        unsigned digit = is_digit(*x) ? (unsigned)(*x - '0') : (unsigned)(*x - 'a') + 10;

        if (!(is_digit(*x) || (*x >= 'a' && *x <= 'f')) || digit >= base)
            return false;
        *out = *out * base + digit;
        if (*out > UINT32_MAX)
            *out = (uint64_t)UINT32_MAX + 1;
    }
    return true;
}

/* A host whose last label is a number is an IPv4 address or an error. */
static bool ends_in_number(const char *host, size_t host_len)
{
    const char *label;
    uint64_t number;

    if (host_len && host[host_len - 1] == '.')
        host_len--;
    label = memrchr(host, '.', host_len);
    label = label ? label + 1 : host;
    host_len -= (size_t)(label - host);
    return host_len && (strspn(label, "0123456789") >= host_len ||
                        ipv4_number(label, host_len, &number));
}

/* Rewrites the host as four decimal numbers. */
static const char *parse_ipv4(char **host)
{
    const char *p = *host;
    uint64_t address = 0, number;
    unsigned num_parts = 0;
    char text[INET_ADDRSTRLEN];

    do {
        size_t len = strcspn(p, ".");

        if (++num_parts > 4 || !ipv4_number(p, len, &number))
            return BAD_HOST;
        p += len + (p[len] == '.');
        if (*p ? number > 255 : number >> 8 * (5 - num_parts))
            return BAD_HOST; /* the last number fills all bytes that are left */
        address |= *p ? number << 8 * (4 - num_parts) : number;
    } while (*p);
    snprintf(text, sizeof text, "%u.%u.%u.%u", (unsigned)(address >> 24 & 255),
             (unsigned)(address >> 16 & 255), (unsigned)(address >> 8 & 255),
             (unsigned)(address & 255));
    pk_text_free(*host);
    *host = pk_text_copy(text);
    return *host ? NULL : NO_MEMORY;
}

static bool is_ipv6(const char *host)
{
    size_t len = strlen(host);
    char text[INET6_ADDRSTRLEN] = "";
    struct in6_addr address;

    if (len < 4 || len - 2 >= sizeof text || host[len - 1] != ']')
        return false;
    memcpy(text, host + 1, len - 2);
    return inet_pton(AF_INET6, text, &address) == 1;
}

/* Forbidden host code points; a domain may not hold % and controls either. */
static bool is_forbidden(char c, bool is_domain)
{
    return !c || strchr("\t\n\r #/:<>?@[\\]^|", c) ||
           (is_domain && ((unsigned char)c < ' ' || c == '%' || c == 0x7f));
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decodes in place and returns the new length. */
static size_t percent_decode(char *text)
{
    char *to = text, *start = text;

    for (; *text; text++) {
        if (*text == '%' && hex_value(text[1]) >= 0 && hex_value(text[2]) >= 0) {
            *to++ = (char)(hex_value(text[1]) << 4 | hex_value(text[2]));
            text += 2;
        } else {
            *to++ = *text;
        }
    }
    *to = '\0';
    return (size_t)(to - start);
}

/* Whether x in lower case is host. */
static bool equal_lower(const char *x, size_t x_len, const char *host)
{
    while (x_len && lower(*x) == *host)
        x++, host++, x_len--;
    return !x_len && !*host;
}

static const char *parse_host(pk_url *url, const char *x, size_t x_len)
{
    const char *reason = NULL;
    size_t len = x_len, i;

    url->host = pk_text_copy_n(x, x_len);
    if (!url->host)
        return NO_MEMORY;
    if (*url->host == '[') {
        lower_all(url->host);
        url->is_host_plain = true;
        return is_ipv6(url->host) ? NULL : BAD_HOST;
    }
    if (url->is_special) {
        len = percent_decode(url->host);
        lower_all(url->host);
    }
    for (i = 0; i < len; i++) {
        if (is_forbidden(url->host[i], url->is_special))
            return BAD_HOST;
        url->has_non_ascii |= (unsigned char)url->host[i] > 0x7f;
    }
    if (url->is_special && ends_in_number(url->host, len))
        reason = parse_ipv4(&url->host);
    url->is_host_plain = !reason && equal_lower(x, x_len, url->host);
    return reason;
}

static const char *parse_port(pk_url *url, const char *x, const char *end)
{
    int port = 0;

    if (x == end)
        return NULL;
    for (; x < end; x++) {
        if (!is_digit(*x))
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
