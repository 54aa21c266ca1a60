/* SPDX-License-Identifier: Apache-2.0 */
#include "guard.h"

#include <string.h>

static bool is(const char *header, const char *value)
{
    return header && strcmp(header, value) == 0;
}

unsigned guard_own_host_only(const request *asked, const char *own)
{
    const char *host = strstr(own, "://");

    return host && is(asked->host, host + 3) ? 0 : 421;
}

unsigned guard_same_origin_only(const request *asked, const char *own)
{
    bool is_own = asked->fetch_site ? is(asked->fetch_site, "same-origin") : is(asked->origin, own);

    if (strcmp(asked->method, "POST") != 0)
        return 404;
    return is_own ? 0 : 403;
}

unsigned guard_navigation_only(const request *asked)
{
    if (strcmp(asked->method, "GET") != 0)
        return 405;
    return is(asked->fetch_mode, "navigate") && is(asked->fetch_dest, "document") &&
                   !asked->origin && !asked->is_ahead
               ? 0
               : 403;
}

const char *guard_hint(unsigned status)
{
    switch (status) {
    case 403:
        return "Start from a page of this application, or open the link itself, in a current "
               "browser: it is not to be used by another page. Nothing was done with it.";
    case 405: return "Open the link itself.";
    case 421: return "Use the address that this application was started with.";
    default: return "Go back to the start.";
    }
}
