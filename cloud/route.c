/* SPDX-License-Identifier: Apache-2.0
 * The dispatch table: every endpoint, who may call it, and where it lives. */
#include "answer.h"
#include "api/api.h"
#include "base/memory.h"
#include "base/text.h"
#include "fault.h"
#include "pages/pages.h"

#include <string.h>

/* A handler of the API is called with a token that has one of scopes, in the
 * path's tenant, and an existing realm; one of a link with the link that the
 * path names; an open one with nothing. */
typedef struct route {
    const char *method;
    const char *pattern;
    const char *scopes;
    void (*api)(pk_call *call);
    void (*link)(pk_call *call, const pk_link *link);
    void (*open)(pk_call *call);
} route;

#define TENANT "/v1/tenants/{tenant}"
#define REALM TENANT "/realms/{realm}"
#define IDENTITY REALM "/identities/{identity}"
#define JOB IDENTITY "/credential-binding-jobs/{id}"
#define APPLICATION REALM "/applications/{id}"
#define CONFIG REALM "/authenticator-configs/{id}"
#define BATCHES REALM "/batch-credential-binding-jobs"

#define API(scopes, handler) scopes, handler, NULL, NULL
#define LINK(handler) NULL, NULL, handler, NULL
#define OPEN(handler) NULL, NULL, NULL, handler

/* Which of them it must be, the delivery method decides. */
#define CREATE_JOBS                                                                                \
    "credential-binding-jobs:create credential-binding-jobs:create-links"                          \
    " credential-binding-jobs:create-email"
#define CREATE_EMAIL "credential-binding-jobs:create credential-binding-jobs:create-email"

static const route routes[] = {
    {"GET", "/healthz", OPEN(pk_health)},
    {"GET", "/openapi.json", OPEN(pk_openapi)},
    {"POST", "/_fault", OPEN(pk_fault_post)},
    {"DELETE", "/_fault", OPEN(pk_fault_delete)},

    {"GET", TENANT, API("tenants:read", pk_tenant_get)},
    {"PATCH", TENANT, API("tenants:update", pk_tenant_update)},

    {"POST", TENANT "/realms", API("realms:create", pk_realm_create)},
    {"GET", TENANT "/realms", API("realms:read", pk_realm_list)},
    {"GET", REALM, API("realms:read", pk_realm_get)},
    {"PATCH", REALM, API("realms:update", pk_realm_update)},
    {"DELETE", REALM, API("realms:delete", pk_realm_delete)},
    {"GET", REALM "/themes/active", API("themes:read", pk_theme_get)},
    {"PATCH", REALM "/themes/active", API("themes:update", pk_theme_update)},

    {"POST", REALM "/identities", API("identities:create", pk_identity_create)},
    {"GET", REALM "/identities", API("identities:read", pk_identity_list)},
    {"POST", REALM "/identities:batchDelete", API("identities:delete", pk_identity_delete_batch)},
    {"GET", IDENTITY, API("identities:read", pk_identity_get)},
    {"PATCH", IDENTITY, API("identities:update", pk_identity_update)},
    {"DELETE", IDENTITY, API("identities:delete", pk_identity_delete)},

    {"POST", REALM "/applications", API("applications:create", pk_application_create)},
    {"GET", REALM "/applications", API("applications:read", pk_application_list)},
    {"GET", APPLICATION, API("applications:read", pk_application_get)},
    {"PATCH", APPLICATION, API("applications:update", pk_application_update)},
    {"DELETE", APPLICATION, API("applications:delete", pk_application_delete)},
    {"POST", APPLICATION "/token", OPEN(pk_token_issue)},
    {"POST", APPLICATION "/revoke", OPEN(pk_token_revoke)},
    {"POST", REALM "/introspect", OPEN(pk_token_introspect)},
    {"GET", APPLICATION "/.well-known/jwks.json", OPEN(pk_oauth_keys)},
    {"GET", APPLICATION "/.well-known/openid-configuration", OPEN(pk_oauth_configuration)},

    {"POST", REALM "/authenticator-configs", API("authenticator-configs:create", pk_config_create)},
    {"GET", REALM "/authenticator-configs", API("authenticator-configs:read", pk_config_list)},
    {"GET", CONFIG, API("authenticator-configs:read", pk_config_get)},
    {"PATCH", CONFIG, API("authenticator-configs:update", pk_config_update)},
    {"DELETE", CONFIG, API("authenticator-configs:delete", pk_config_delete)},

    {"POST", IDENTITY "/credential-binding-jobs", API(CREATE_JOBS, pk_job_create)},
    {"GET", IDENTITY "/credential-binding-jobs",
     API("credential-binding-jobs:read", pk_job_list)},
    {"GET", JOB, API("credential-binding-jobs:read", pk_job_get)},
    {"POST", JOB ":revoke", API("credential-binding-jobs:revoke", pk_job_revoke)},

    {"POST", BATCHES, API(CREATE_EMAIL, pk_batch_create)},
    {"GET", BATCHES "/{id}", API("credential-binding-jobs:read", pk_batch_get)},
    {"GET", BATCHES "/{id}:listResults", API("credential-binding-jobs:read", pk_batch_results)},

    {"GET", JOB ":invokeAuthenticator", LINK(pk_link_invoke)},
    {"POST", JOB ":invokeAuthenticator", LINK(pk_link_invoke)},
    {"GET", "/authenticator/bind", OPEN(pk_link_for_application)},
    {"POST", JOB ":getInfo", LINK(pk_link_get_info)},
    {"POST", JOB ":bind", LINK(pk_link_bind)},

    {"GET", IDENTITY "/credentials", API("credentials:read", pk_credential_list)},
    {"GET", IDENTITY "/credentials/{id}", API("credentials:read", pk_credential_get)},
    {"POST", IDENTITY "/credentials/{id}:revoke", API("credentials:revoke", pk_credential_revoke)},
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

/* Nothing tells whether it would be there with --fault-control. */
static bool is_hidden(const pk_call *call, const route *found)
{
    return !call->cloud->fault_control && strcmp(found->pattern, "/_fault") == 0;
}

static void dispatch(pk_call *call, const char *path)
{
    const route *other = NULL;
    const route *found = find(path, call->method, &other);
    const route *any = found ? found : other;

    if (!any || is_hidden(call, any)) {
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
    else if (found->open)
        found->open(call);
    else if (pk_access_api(call, found->scopes))
        found->api(call);
}

void pk_route_origin(pk_call *call)
{
    const char *path = path_of(call);
    const route *other = NULL;
    const route *found = path ? find(path, call->method, &other) : NULL;

    if (!found || !found->link)
        return;
    call->route = found->pattern;
    matches(found->pattern, path, call);
    pk_store_begin_work(call->store);
    pk_link_allow_origin(call);
}

/* People open links, also those that were broken on the way. */
static bool is_for_people(const pk_call *call)
{
    return !call->route || strstr(call->route, ":invokeAuthenticator") ||
           strcmp(call->route, "/authenticator/bind") == 0;
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
    if (is_for_people(call))
        pk_pages_show(call);
    if (call->text)
        pk_answer_header(call, "Content-Type",
                         call->content_type ? call->content_type : "application/json");
}
