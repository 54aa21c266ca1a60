/* SPDX-License-Identifier: Apache-2.0 */
#include "listen/judge.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

static bool is(const handler_header *header, const char *value)
{
    return header->count == 1 && strcmp(header->value, value) == 0;
}

/* The names that this machine has for itself and that nobody else's name server
 * answers for. Any other name was made to point here. */
static bool is_own_host(const handler_header *host, int port)
{
    static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};
    char own[32];

    for (size_t i = 0; host->count == 1 && i < sizeof names / sizeof *names; i++) {
        snprintf(own, sizeof own, "%s:%d", names[i], port);
        if (pk_equal_ignoring_case(host->value, own) ||
            (port == 80 && pk_equal_ignoring_case(host->value, names[i])))
            return true;
    }
    return false;
}

/* Every browser engine since Mosaic begins so, and no page can change it. */
static bool is_browser(const handler_header *agent)
{
    return agent->count != 1 || strncmp(agent->value, "Mozilla/", 8) == 0 ||
           strncmp(agent->value, "Opera/", 6) == 0;
}

static bool says_who_asks(const handler_request *request)
{
    return request->fetch_mode.count || request->fetch_dest.count || request->fetch_site.count;
}

/* Browsers send an Origin with what scripts and forms ask, never when a person
 * is taken somewhere by GET. */
static handler_verdict judge_asker(const handler_request *request)
{
    if (request->origin.count || request->ahead.count)
        return HANDLER_NOT_NAVIGATION;
    if (!says_who_asks(request))
        return is_browser(&request->agent) ? HANDLER_ASK : HANDLER_TAKE;
    return is(&request->fetch_mode, "navigate") && is(&request->fetch_dest, "document")
               ? HANDLER_TAKE
               : HANDLER_NOT_NAVIGATION;
}

handler_verdict handler_judge(const handler_request *request, int port)
{
    if (!is_own_host(&request->host, port))
        return HANDLER_FOREIGN_HOST;
    if (strlen(request->target) > HANDLER_MAX_TARGET)
        return HANDLER_TOO_LONG;
    if (strcmp(request->method, "GET") != 0)
        return HANDLER_NOT_GET;
    if (request->target[0] != '/' || request->body.count)
        return HANDLER_BAD;
    return judge_asker(request);
}
