/* SPDX-License-Identifier: Apache-2.0
 * The dispatch table: every endpoint, who may call it, and where it lives. */
#include "answer.h"
#include "api/api.h"
#include "base/memory.h"
#include "base/text.h"

#include <string.h>

/* A handler of the API is called with an API token of the path's tenant and an
 * existing realm; one of a link with the link that the path names. */
typedef struct route {
    const char *method;
    const char *pattern;
    void (*api)(pk_call *call);
    void (*link)(pk_call *call, const pk_link *link);
} route;

#define REALM "/v1/tenants/{tenant}/realms/{realm}"
#define IDENTITY REALM "/identities/{identity}"
#define JOB IDENTITY "/credential-binding-jobs/{id}"

static const route routes[] = {
    {"POST", REALM "/identities", pk_identity_create, NULL},
    {"GET", REALM "/identities", pk_identity_list, NULL},
    {"GET", IDENTITY, pk_identity_get, NULL},

    {"POST", IDENTITY "/credential-binding-jobs", pk_job_create, NULL},
    {"GET", IDENTITY "/credential-binding-jobs", pk_job_list, NULL},
    {"GET", JOB, pk_job_get, NULL},
    {"POST", JOB ":revoke", pk_job_revoke, NULL},

    {"GET", JOB ":invokeAuthenticator", NULL, pk_link_invoke},
    {"POST", JOB ":invokeAuthenticator", NULL, pk_link_invoke},
    {"POST", JOB ":getInfo", NULL, pk_link_get_info},
    {"POST", JOB ":bind", NULL, pk_link_bind},

    {"GET", IDENTITY "/credentials", pk_credential_list, NULL},
    {"GET", IDENTITY "/credentials/{id}", pk_credential_get, NULL},
    {"POST", IDENTITY "/credentials/{id}:revoke", pk_credential_revoke, NULL},
};
enum { NUM_ROUTES = sizeof routes / sizeof *routes };

/* ----------------------------------------------------------------- matching */

static const char **part_named(pk_call *call, const char *name)
{
    switch (*name) {
    case 't': return &call->tenant_id;
    case 'r': return &call->realm_id;
    default: return strncmp(name, "identity", 8) == 0 ? &call->identity_id : &call->id;
    }
}

/* A part of the path, percent-decoded. No id holds a plus or a NUL character,
 * so what form decoding does to those only makes an unknown id of another. */
static const char *decoded(pk_call *call, const char *part, size_t part_len)
{
    pk_buffer out = {0};
    const char *text = NULL;

    if (pk_form_decode(&out, part, part_len) && strlen(out.data) == out.len)
        text = pk_arena_text(&call->arena, out.data);
    pk_buffer_free(&out);
    return text ? text : "";
}

static bool matches(const char *pattern, const char *path, pk_call *call)
{
    while (*pattern && *path) {
        if (*pattern == '{') {
            size_t part_len = strcspn(path, "/:");

            if (part_len == 0)
                return false;
            if (call)
                *part_named(call, pattern + 1) = decoded(call, path, part_len);
            pattern = strchr(pattern, '}') + 1;
            path += part_len;
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return *pattern == *path;
}

static bool is_method(const route *candidate, const char *method)
{
    return strcmp(candidate->method, strcmp(method, "HEAD") == 0 ? "GET" : method) == 0;
}

/* The route of this path and method. Else NULL, and *out_other is one of the
 * same path, if there is one. */
static const route *find(const char *path, const char *method, const route **out_other)
{
    *out_other = NULL;
    for (int i = 0; i < NUM_ROUTES; i++) {
        if (!matches(routes[i].pattern, path, NULL))
            continue;
        if (is_method(&routes[i], method))
            return &routes[i];
        *out_other = &routes[i];
    }
    return NULL;
}

static void answer_wrong_method(pk_call *call, const char *path)
{
    pk_buffer allow = {0};
    bool done = true;

    for (int i = 0; i < NUM_ROUTES; i++)
        if (matches(routes[i].pattern, path, NULL))
            done = done && pk_buffer_printf(&allow, "%s%s", allow.len ? ", " : "",
                                            routes[i].method);
    if (done)
        pk_answer_header(call, "Allow", allow.data);
    pk_buffer_free(&allow);
    pk_answer_error(call, 405, "method_not_allowed", "method not allowed");
}

/* -------------------------------------------------------------------- paths */

/* The path of a target, which may be absolute (RFC 9112, section 3.2.2). Some
 * callers join a base URL that ends in a slash with a path: the first of two
 * slashes is dropped. NULL when there is no path. */
static const char *path_of(pk_call *call)
{
    const char *target = call->target;
    const char *authority = strstr(target, "://");
    const char *path;
    size_t path_len;

    if (*target != '/')
        target = authority ? strchr(authority + 3, '/') : NULL;
    if (!target)
        return NULL;
    while (target[0] == '/' && target[1] == '/')
        target++;
    path_len = strcspn(target, "?");
    if (target[path_len] == '?')
        call->query = target + path_len + 1;
    path = pk_arena_text_n(&call->arena, target, path_len);
    return path;
}

static void call_link(pk_call *call, const route *found)
{
    pk_link link = {0};

    if (pk_link_load(call, &link))
        found->link(call, &link);
}

static void dispatch(pk_call *call, const char *path)
{
    const route *other = NULL;
    const route *found = find(path, call->method, &other);
    const route *any = found ? found : other;

    if (!any) {
        pk_answer_not_found(call);
        return;
    }
    call->route = any->pattern;
    matches(any->pattern, path, call);
    if (!found && any->link && strcmp(call->method, "OPTIONS") == 0)
        pk_link_preflight(call);
    else if (!found)
        answer_wrong_method(call, path);
    else if (found->link)
        call_link(call, found);
    else if (pk_access_api(call))
        found->api(call);
}

void pk_route(pk_call *call)
{
    const char *path = path_of(call);

    pk_answer_header(call, "x-correlation-id", call->correlation_id);
    pk_answer_header(call, "Cache-Control", "no-store");
    pk_answer_header(call, "X-Content-Type-Options", "nosniff");
    if (call->body_too_large)
        pk_answer_error(call, 413, "payload_too_large", "the body is larger than 64 KiB");
    else if (!path)
        pk_answer_error(call, 400, "bad_request", "invalid request");
    else
        dispatch(call, path);
    if (call->text)
        pk_answer_header(call, "Content-Type", "application/json");
}
