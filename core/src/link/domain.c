/* SPDX-License-Identifier: Apache-2.0
 * Hosts compared: with each other, with allowed_domains, with this machine. */
#include "link/domain.h"

#include "base/text.h"
#include "link/host.h"

#include <arpa/inet.h>
#include <string.h>

/* RFC 1035 section 2.3.4, without the dot of the root. */
#define MAX_NAME 253
#define MAX_LABEL 63

/* ------------------------------------------------------ names or addresses */

bool pk_host_is_same(const char *a, const char *b)
{
    struct in6_addr address_a, address_b;

    if (pk_host_ipv6(a, &address_a) && pk_host_ipv6(b, &address_b))
        return !memcmp(&address_a, &address_b, sizeof address_a);
    return pk_equal_ignoring_case(a, b);
}

static bool is_ip(const char *host)
{
    struct in_addr address;

    return *host == '[' || inet_pton(AF_INET, host, &address) == 1;
}

static bool is_name(const char *host)
{
    const char *label = host;

    if (strlen(host) > MAX_NAME)
        return false;
    for (;;) {
        size_t len = strspn(label, "abcdefghijklmnopqrstuvwxyz0123456789-_");

        if (!len || len > MAX_LABEL || (label[len] && label[len] != '.'))
            return false;
        if (!label[len])
            return true;
        label += len + 1;
    }
}

bool pk_host_is_valid(const char *host)
{
    return is_ip(host) || is_name(host);
}

/* --------------------------------------------------------- allowed_domains */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Takes the first entry off the list. One that is longer than any host would
 * match none and is passed over: it becomes "". */
static void take_entry(const char **list, char entry[MAX_NAME + 1])
{
    const char *x = *list, *end = x + strcspn(x, ",");

    *list = end + (*end == ',');
    while (x < end && is_blank(*x))
        x++;
    while (x < end && is_blank(end[-1]))
        end--;
    if (end - x > MAX_NAME)
        end = x;
    memcpy(entry, x, (size_t)(end - x));
    entry[end - x] = '\0';
}

/* Below a domain are names only: 127.0.0.1 is not in 0.0.1. */
static bool is_below(const char *host, const char *domain)
{
    size_t host_len = strlen(host), domain_len = strlen(domain);
    const char *end;

    if (is_ip(host) || host_len <= domain_len)
        return false;
    end = host + host_len - domain_len;
    return end[-1] == '.' && pk_equal_ignoring_case(end, domain);
}

bool pk_host_is_allowed(const char *host, const char *allowed_domains)
{
    char entry[MAX_NAME + 1];

    while (allowed_domains && *allowed_domains) {
        take_entry(&allowed_domains, entry);
        if (*entry && (pk_host_is_same(host, entry) || is_below(host, entry)))
            return true;
    }
    return false;
}

/* ---------------------------------------------------------------- loopback */

bool pk_host_is_loopback(const char *host)
{
    struct in_addr address;

    if (inet_pton(AF_INET, host, &address) == 1)
        return ntohl(address.s_addr) >> 24 == 127;
    return pk_host_is_same(host, "localhost") || pk_host_is_same(host, "[::1]");
}
