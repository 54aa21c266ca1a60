/* SPDX-License-Identifier: Apache-2.0
 *
 *     /…/bind?…     a link arrives; the browser goes on to
 *     /result/ID    what became of it, as soon as that is known
 *     /begin/ID     the person said yes
 *     /             the handler is there
 */
#include "listen/site.h"

#include "base/memory.h"
#include "listen/pages.h"

#include <stdio.h>
#include <string.h>

static void go_to_result(handler_answer *out, const handler_attempt *attempt)
{
    char location[16 + HANDLER_ID_SIZE];

    snprintf(location, sizeof location, "/result/%s", attempt->id);
    out->location = pk_text_copy(location);
    out->status = out->location ? 303 : 503;
}

/* ------------------------------------------------------------------------ routes */

/* The library reads the parameters alone; it must not matter to whom the link
 * was addressed. */
static char *link_of(const handler_request *request, int port)
{
    pk_buffer link = {0};

    if (pk_buffer_printf(&link, "http://127.0.0.1:%d", port) &&
        pk_buffer_append_text(&link, request->target))
        return pk_buffer_take(&link);
    pk_buffer_free(&link);
    return NULL;
}

static void answer_bind(handler_site *site, const handler_request *request, bool ask,
                        handler_answer *out)
{
    char *link = link_of(request, site->port);
    handler_attempt *attempt =
        link && !site->full ? handler_attempts_take(&site->attempts, link, ask) : NULL;

    pk_text_free(link);
    if (attempt)
        go_to_result(out, attempt);
    else
        handler_page_said(HANDLER_SAYS_BUSY, out);
}

static void answer_result(handler_site *site, const char *id, handler_answer *out)
{
    const handler_attempt *attempt = handler_attempts_find(&site->attempts, id);

    if (!attempt)
        handler_page_said(HANDLER_SAYS_GONE, out);
    else if (attempt->stage == HANDLER_ASKED)
        handler_page_question(site->attempts.client, attempt, out);
    else if (attempt->stage != HANDLER_DONE)
        out->wait = true;
    else if (attempt->result)
        handler_page_passkey(attempt->result, out);
    else
        handler_page_failure(attempt, out);
}

static void answer_begin(handler_site *site, const char *id, handler_answer *out)
{
    handler_attempt *attempt = handler_attempts_find(&site->attempts, id);

    if (!attempt || (site->full && attempt->stage == HANDLER_ASKED)) {
        handler_page_said(attempt ? HANDLER_SAYS_BUSY : HANDLER_SAYS_GONE, out);
        return;
    }
    handler_attempt_begin(&site->attempts, attempt);
    go_to_result(out, attempt);
}

/* ---------------------------------------------------------------------- dispatch */

static bool ends_with(const char *path, size_t path_len, const char *end)
{
    size_t len = strlen(end);

    return path_len >= len && memcmp(path + path_len - len, end, len) == 0;
}

static const char *behind(const char *target, const char *prefix)
{
    size_t len = strlen(prefix);

    return strncmp(target, prefix, len) == 0 ? target + len : NULL;
}

static void dispatch(handler_site *site, const handler_request *request, bool ask,
                     handler_answer *out)
{
    const char *target = request->target;
    const char *result = behind(target, "/result/"), *begin = behind(target, "/begin/");

    if (ends_with(target, strcspn(target, "?"), "/bind"))
        answer_bind(site, request, ask, out);
    else if (result)
        answer_result(site, result, out);
    else if (begin)
        answer_begin(site, begin, out);
    else
        handler_page_said(strcmp(target, "/") == 0 ? HANDLER_SAYS_WAITING : HANDLER_SAYS_NOT_FOUND,
                          out);
}

void handler_site_answer(handler_site *site, const handler_request *request, handler_answer *out)
{
    handler_verdict verdict = handler_judge(request, site->port);

    *out = (handler_answer){0};
    if (verdict == HANDLER_TAKE || verdict == HANDLER_ASK)
        dispatch(site, request, verdict == HANDLER_ASK, out);
    else
        handler_page_refused(verdict, out);
}
