/* SPDX-License-Identifier: Apache-2.0 */
#include "web/uri.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#define ADDRESS_SIZE 48

/* -------------------------------------------------------------------- authority */

static bool is_address(int family, const char *text, size_t len)
{
    char copy[ADDRESS_SIZE];
    unsigned char bytes[16];

    if (len >= sizeof copy)
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return inet_pton(family, copy, bytes) == 1;
}

static bool is_label(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!pk_is_alpha(text[i]) && !pk_is_digit(text[i]) && text[i] != '-' && text[i] != '_')
            return false;
    return len > 0;
}

/* Browsers read such a host as an IPv4 address, whatever is in front of it. */
static bool is_number(const char *label, size_t len)
{
    bool hex = len > 1 && label[0] == '0' && pk_lower(label[1]) == 'x';

    for (size_t i = hex ? 2 : 0; i < len; i++)
        if (hex ? pk_hex_value(label[i]) < 0 : !pk_is_digit(label[i]))
            return false;
    return true;
}

/* Labels with single dots between them; the last dot may be the root's. */
static bool is_name(const char *host, size_t host_len)
{
    size_t len = host_len && host[host_len - 1] == '.' ? host_len - 1 : host_len;
    const char *label = host, *end = host + len;

    for (;;) {
        const char *dot = memchr(label, '.', (size_t)(end - label));
        size_t label_len = (size_t)((dot ? dot : end) - label);

        if (!is_label(label, label_len))
            return false;
        if (!dot)
            return !is_number(label, label_len) || is_address(AF_INET, host, host_len);
        label = dot + 1;
    }
}

static bool is_host(const char *host, size_t len)
{
    if (len > 2 && host[0] == '[' && host[len - 1] == ']')
        return is_address(AF_INET6, host + 1, len - 2);
    return len <= 254 && is_name(host, len);
}

static bool is_port(const char *text, size_t len)
{
    long port = 0;

    for (size_t i = 0; i < len; i++) {
        if (!pk_is_digit(text[i]) || len > 5)
            return false;
        port = port * 10 + (text[i] - '0');
    }
    return port >= 1 && port <= 65535;
}

bool pk_uri_is_authority(const char *text, size_t text_len)
{
    const char *bracket = text_len && *text == '[' ? memchr(text, ']', text_len) : NULL;
    const char *from = bracket ? bracket : text;
    const char *colon = memchr(from, ':', text_len - (size_t)(from - text));
    size_t host_len = colon ? (size_t)(colon - text) : text_len;

    return is_host(text, host_len) &&
           (!colon || is_port(colon + 1, text_len - host_len - 1));
}

/* ------------------------------------------------------------------------ scheme */

/* RFC 3986, section 3.1 */
static size_t scheme_len(const char *uri)
{
    size_t len = strspn(uri, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

    return pk_is_alpha(*uri) && uri[len] == ':' ? len : 0;
}

static bool is_scheme(const char *uri, const char *scheme)
{
    size_t len = strlen(scheme);

    return strncasecmp(uri, scheme, len) == 0 && uri[len] == ':';
}

/* They run what they carry, show files of the machine or the inside of the browser,
 * or hide another scheme behind their own. */
static bool is_refused_scheme(const char *uri)
{
    static const char *const schemes[] = {"javascript", "data",  "vbscript",   "blob",
                                          "file",       "about", "filesystem", "view-source",
                                          "chrome",     "edge",  "resource",   "jar",
                                          "mhtml",      "feed",  "pcast"};

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (is_scheme(uri, schemes[i]))
            return true;
    return false;
}

/* Of what stands behind the scheme of an http or https URI. */
static const char *web_fault(const char *rest)
{
    size_t len = strncmp(rest, "//", 2) == 0 ? strcspn(rest + 2, "/?#") : 0;

    if (len && memchr(rest + 2, '@', len))
        return "user not allowed";
    return pk_uri_is_authority(rest + 2, len) ? NULL : "host or port not valid";
}

/* ------------------------------------------------------------------------- whole */

const char *pk_uri_fault(const char *uri)
{
    size_t len = scheme_len(uri);

    if (len == 0 || strpbrk(uri, " \"<>\\^`{|}") || pk_has_control(uri, strlen(uri)))
        return "not an absolute URI";
    if (is_refused_scheme(uri))
        return "scheme not allowed";
    return is_scheme(uri, "http") || is_scheme(uri, "https") ? web_fault(uri + len + 1) : NULL;
}

const char *pk_uri_redirect_fault(const char *uri)
{
    const char *fault = pk_uri_fault(uri);

    for (const char *c = uri; !fault && *c; c++)
        if ((unsigned char)*c > '~')
            fault = "not ASCII: other characters are percent-encoded";
    return fault;
}

const char *pk_uri_invoke_fault(const char *uri)
{
    static const char *const names[] = {"api_base_url", "tenant_id", "realm_id",
                                        "identity_id",  "job_id",    "token"};
    const char *fault = pk_uri_redirect_fault(uri);
    const char *query = strchr(uri, '?');

    if (!fault && strchr(uri, '#'))
        fault = "fragment not allowed";
    for (size_t i = 0; !fault && query && i < sizeof names / sizeof *names; i++)
        if (pk_query_get(query + 1, strlen(query + 1), names[i], NULL) != 0)
            fault = "its query has a parameter that links bring";
    return fault;
}
