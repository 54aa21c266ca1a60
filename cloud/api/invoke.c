/* SPDX-License-Identifier: Apache-2.0
 * :invokeAuthenticator says where to bind: to a client in JSON, to a browser by
 * sending it to the application. It does not use the link up. */
#include "api/api.h"

#include "answer.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The q of a media type in an Accept header (RFC 9110, section 12.5.1) in
 * thousandths; -1 when it is not named there. */
static int accept_quality(const char *accept, const char *type)
{
    while (accept && *accept) {
        const char *entry = accept + strspn(accept, " \t,");
        size_t entry_len = strcspn(entry, ",");
        size_t type_len = strcspn(entry, "; \t,");
        const char *q = memmem(entry, entry_len, "q=", 2);

        if (type_len == strlen(type) && strncasecmp(entry, type, type_len) == 0)
            return q ? (int)(strtod(q + 2, NULL) * 1000) : 1000;
        accept = entry + entry_len;
    }
    return -1;
}

static bool wants_json(const pk_call *call)
{
    int json = accept_quality(call->accept, "application/json");

    return json > 0 && json >= accept_quality(call->accept, "text/html");
}

static pk_json *instruction_json(pk_call *call, const pk_link *link, const char *token)
{
    pk_json *json = pk_json_new_object();

    if (pk_json_add_text(json, "api_base_url", call->cloud->public_url) &&
        pk_json_add_text(json, "tenant_id", call->realm.tenant_id) &&
        pk_json_add_text(json, "realm_id", call->realm.id) &&
        pk_json_add_text(json, "identity_id", link->job.identity_id) &&
        pk_json_add_text(json, "job_id", link->job.id) && pk_json_add_text(json, "token", token))
        return json;
    pk_json_free(json);
    return NULL;
}

/* The slash that an invoke URL may end with is not doubled, but the two of a
 * bare scheme (acme://) are its own. */
static size_t invoke_url_len(const char *url)
{
    size_t len = strlen(url);
    bool bare = len >= 3 && strcmp(url + len - 3, "://") == 0;

    return !bare && len && url[len - 1] == '/' ? len - 1 : len;
}

static bool begin_location(pk_buffer *location, const char *url)
{
    size_t len = invoke_url_len(url);

    return pk_buffer_append(location, url, len) &&
           pk_buffer_append_text(location, len && url[len - 1] == '/' ? "bind" : "/bind");
}

/* $invoke_url/bind and the six members of the instruction as its query */
static bool write_location(pk_buffer *location, const char *url, const pk_json *instruction)
{
    const pk_json *member = pk_json_first(instruction);
    bool done = url && begin_location(location, url);
    const char *separator = "?";

    for (; done && member; member = pk_json_next(member), separator = "&")
        done = pk_buffer_printf(location, "%s%s=", separator, pk_json_name(member)) &&
               pk_percent_encode(location, pk_json_text(instruction, pk_json_name(member)));
    return done;
}

static void answer_redirect(pk_call *call, const pk_link *link, const char *token)
{
    pk_json *instruction = pk_arena_json(&call->arena, instruction_json(call, link, token));
    pk_buffer location = {0};

    if (instruction &&
        write_location(&location, pk_json_text(link->config_json, "invoke_url"), instruction)) {
        pk_answer_header(call, "Referrer-Policy", "no-referrer");
        pk_answer_redirect(call, location.data);
    } else {
        pk_answer_internal(call);
    }
    pk_buffer_free(&location);
}

void pk_link_invoke(pk_call *call, const pk_link *link)
{
    const char *token = pk_call_query(call, "token");
    bool only_looks = strcmp(call->method, "HEAD") == 0;

    if (!pk_link_open(call, link, token, false))
        return;
    if (!only_looks &&
        pk_store_job_opened(call->store, link->job.id, call->now_ms) == PK_STORED_FAILED)
        pk_answer_internal(call);
    else if (wants_json(call))
        pk_answer(call, 200, instruction_json(call, link, token));
    else
        answer_redirect(call, link, token);
}
