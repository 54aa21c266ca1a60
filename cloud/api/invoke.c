/* SPDX-License-Identifier: Apache-2.0
 * :invokeAuthenticator says where to bind: to a client in JSON, to a browser by
 * sending it to the application. It does not use the link up. */
#include "api/api.h"

#include "accept.h"
#include "answer.h"
#include "base/memory.h"
#include "base/text.h"

#include <string.h>

static bool wants_json(const pk_call *call)
{
    int json = pk_accept_quality(call->accept, "application/json");

    return json > 0 && json >= pk_accept_quality(call->accept, "text/html");
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
static bool append_bind(pk_buffer *location, const char *url, size_t len)
{
    bool bare = len >= 3 && strncmp(url + len - 3, "://", 3) == 0;

    if (!bare && len && url[len - 1] == '/')
        len--;
    return pk_buffer_append(location, url, len) &&
           pk_buffer_append_text(location, bare ? "bind" : "/bind");
}

/* $invoke_url/bind? and what comes before the six: a query of the invoke URL's own
 * stays the first part of the query. */
static bool begin_location(pk_buffer *location, const char *url)
{
    size_t path_len = strcspn(url, "?");

    return append_bind(location, url, path_len) &&
           (url[path_len] == '\0' || pk_buffer_append_text(location, url + path_len));
}

static bool write_location(pk_buffer *location, const char *url, const pk_json *instruction)
{
    const pk_json *member = pk_json_first(instruction);
    bool done = begin_location(location, url);
    const char *separator = strchr(url, '?') ? "&" : "?";

    for (; done && member; member = pk_json_next(member), separator = "&")
        done = pk_buffer_printf(location, "%s%s=", separator, pk_json_name(member)) &&
               pk_percent_encode(location, pk_json_text(instruction, pk_json_name(member)));
    return done;
}

static void answer_redirect(pk_call *call, const char *url, const pk_json *instruction)
{
    pk_buffer location = {0};

    if (write_location(&location, url, instruction)) {
        pk_answer_header(call, "Referrer-Policy", "no-referrer");
        pk_answer_redirect(call, location.data);
    } else {
        pk_answer_internal(call);
    }
    pk_buffer_free(&location);
}

/* A hosted_web config has none of its own: it is always this. */
static const char *invoke_url_of(pk_call *call, const pk_link *link)
{
    const char *type = pk_json_text(link->config_json, "type");

    if (type && strcmp(type, "hosted_web") == 0)
        return pk_arena_printf(&call->arena, "%s/authenticator/", call->cloud->public_url);
    return pk_json_text(link->config_json, "invoke_url");
}

/* HEAD only looks, as do the programs that check links in mail. */
static bool note_opened(pk_call *call, const pk_link *link)
{
    return strcmp(call->method, "HEAD") == 0 ||
           pk_store_job_opened(call->store, link->job.id, call->now_ms) != PK_STORED_FAILED;
}

/* Also where the links of hosted_web lead to: this server has no authenticator. */
void pk_link_for_application(pk_call *call)
{
    pk_answer_error(call, 422, "unprocessable_entity",
                    "this link is not for browsers: open it in the application that is to keep "
                    "the passkey");
}

void pk_link_invoke(pk_call *call, const pk_link *link)
{
    const char *token = pk_call_query(call, "token");
    const char *url = invoke_url_of(call, link);
    bool json = wants_json(call);
    pk_json *instruction;

    if (pk_call_num_queries(call, "token") > 1) {
        pk_answer_violation(call, "token", "given twice");
        return;
    }
    if (!pk_link_open(call, link, token, false))
        return;
    if (!json && !url) {
        pk_link_for_application(call);
        return;
    }
    instruction = pk_arena_json(&call->arena, instruction_json(call, link, token));
    if (!instruction || !note_opened(call, link))
        pk_answer_internal(call);
    else if (json)
        pk_answer(call, 200, pk_json_copy(instruction));
    else
        answer_redirect(call, url, instruction);
}
