/* SPDX-License-Identifier: Apache-2.0 */
#include "web/page.h"

#include "base/text.h"

#include <string.h>
#include <strings.h>

/* What the sources of a policy may have (CSP level 3, section 2.3.1): no user (@),
 * nothing encoded, neither underscores nor IPv6 addresses. */
#define HOST_AND_PORT                                                                              \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:"

static size_t scheme_len(const char *url)
{
    if (strncasecmp(url, "https://", 8) == 0)
        return 8;
    return strncasecmp(url, "http://", 7) == 0 ? 7 : 0;
}

size_t pk_web_origin_len(const char *url)
{
    size_t begin = url ? scheme_len(url) : 0;
    size_t len = begin ? strcspn(url + begin, "/?#") : 0;

    if (!len || strspn(url + begin, HOST_AND_PORT) < len || strpbrk(url, " \"'<>\\") ||
        pk_has_control(url, strlen(url)))
        return 0;
    return begin + len;
}
