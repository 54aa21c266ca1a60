/* SPDX-License-Identifier: Apache-2.0
 * What a URL's host is, after all the ways to write one: encoded, in upper
 * case, as numbers. */
#include "link/host.h"

#include "base/memory.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* -------------------------------------------------------------------- IPv4 */

/* What the number's beginning, 0 or 0x, says. */
static unsigned base_of(const char *x, size_t x_len)
{
    if (x_len < 2 || x[0] != '0')
        return 10;
    return x[1] == 'x' ? 16 : 8;
}

/* A number of an IPv4 address: decimal, 0octal or 0xhexadecimal. False when it
 * is none; too large ones become UINT32_MAX + 1. */
static bool ipv4_number(const char *x, size_t x_len, uint64_t *out)
{
    const unsigned base = base_of(x, x_len);
    size_t i = base == 10 ? 0 : base / 8;

    for (*out = 0; i < x_len; i++) {
        int digit = pk_hex_value(x[i]);

        if (digit < 0 || (unsigned)digit >= base)
            return false;
        *out = *out * base + (unsigned)digit;
        if (*out > UINT32_MAX)
            *out = (uint64_t)UINT32_MAX + 1;
    }
    return x_len > 0;
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

/* Up to four numbers; the last one fills all bytes that are left. */
static bool ipv4_address(const char *p, uint64_t *out)
{
    unsigned num_parts = 0;
    uint64_t number;

    *out = 0;
    do {
        size_t len = strcspn(p, ".");

        if (++num_parts > 4 || !ipv4_number(p, len, &number))
            return false;
        p += len + (p[len] == '.');
        if (*p ? number > 255 : number >> 8 * (5 - num_parts))
            return false;
        *out |= *p ? number << 8 * (4 - num_parts) : number;
    } while (*p);
    return true;
}

/* Rewrites the host as four decimal numbers. */
static passkey_status parse_ipv4(pk_host *host)
{
    char text[INET_ADDRSTRLEN];
    uint64_t address;

    if (!ipv4_address(host->text, &address))
        return PASSKEY_INVALID_LINK;
    snprintf(text, sizeof text, "%u.%u.%u.%u", (unsigned)(address >> 24 & 255),
             (unsigned)(address >> 16 & 255), (unsigned)(address >> 8 & 255),
             (unsigned)(address & 255));
    pk_text_free(host->text);
    host->text = pk_text_copy(text);
    return host->text ? PASSKEY_OK : PASSKEY_OUT_OF_MEMORY;
}

/* -------------------------------------------------------------------- IPv6 */

bool pk_host_ipv6(const char *host, struct in6_addr *out_address)
{
    char text[INET6_ADDRSTRLEN] = "";
    size_t len = strlen(host);

    if (*host == '[' && host[len - 1] == ']') {
        host++;
        len -= 2;
    }
    if (len >= sizeof text)
        return false;
    /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): text is all zero */
    memcpy(text, host, len);
    return inet_pton(AF_INET6, text, out_address) == 1;
}

static passkey_status parse_ipv6(pk_host *host)
{
    struct in6_addr address;

    pk_lower_all(host->text);
    host->is_plain = true;
    return pk_host_ipv6(host->text, &address) ? PASSKEY_OK : PASSKEY_INVALID_LINK;
}

/* ------------------------------------------------------------------- names */

/* Percent-decodes in place and returns the new length: %00 does not end it. */
static size_t percent_decode(char *text)
{
    char *to = text, *start = text;

    for (; *text; text++) {
        int byte = pk_percent_value(text);

        *to++ = byte < 0 ? *text : (char)byte;
        text += byte < 0 ? 0 : 2;
    }
    *to = '\0';
    return (size_t)(to - start);
}

/* Forbidden host code points; a domain may not hold % and controls either. */
static bool is_forbidden(char c, bool is_domain)
{
    return !c || strchr("\t\n\r #/:<>?@[\\]^|", c) ||
           (is_domain && ((unsigned char)c < ' ' || c == '%' || c == 0x7f));
}

/* Whether x in lower case is host. */
static bool equal_lower(const char *x, size_t x_len, const char *host)
{
    while (x_len && pk_lower(*x) == *host)
        x++, host++, x_len--;
    return !x_len && !*host;
}

static passkey_status parse_name(pk_host *host, bool is_special)
{
    size_t len = strlen(host->text), i;

    if (is_special) {
        len = percent_decode(host->text);
        pk_lower_all(host->text);
    }
    for (i = 0; i < len; i++) {
        if (is_forbidden(host->text[i], is_special))
            return PASSKEY_INVALID_LINK;
        host->has_non_ascii |= (unsigned char)host->text[i] > 0x7f;
    }
    return is_special && ends_in_number(host->text, len) ? parse_ipv4(host) : PASSKEY_OK;
}

passkey_status pk_host_parse(const char *x, size_t x_len, bool is_special, pk_host *out_host)
{
    pk_host host = {.text = pk_text_copy_n(x, x_len)};
    passkey_status status = PASSKEY_OUT_OF_MEMORY;

    if (host.text && *host.text == '[') {
        status = parse_ipv6(&host);
    } else if (host.text) {
        status = parse_name(&host, is_special);
        host.is_plain = !status && equal_lower(x, x_len, host.text);
    }
    if (status)
        pk_text_free(host.text);
    else
        *out_host = host;
    return status;
}
