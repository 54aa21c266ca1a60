/* SPDX-License-Identifier: Apache-2.0
 * A passkey creation link in use, up to the bind: :invokeAuthenticator says
 * where to bind, :getInfo says what. */
#include "api/api.h"

#include "answer.h"
#include "base/crypto.h"
#include "base/memory.h"
#include "base/text.h"
#include "names.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ------------------------------------------------------------------ finding */

static pk_stored find(pk_call *call, pk_link *link)
{
    pk_stored found = pk_store_realm(call->store, &call->arena, call->tenant_id, call->realm_id,
                                     &call->realm);

    if (found == PK_STORED_OK)
        found = pk_store_job(call->store, &call->arena, call->realm.id, call->identity_id, call->id,
                             &link->job);
    if (found == PK_STORED_OK)
        found = pk_store_identity(call->store, &call->arena, call->realm.id, link->job.identity_id,
                                  call->now_ms, &link->identity);
    if (found == PK_STORED_OK)
        found = pk_store_config(call->store, &call->arena, call->realm.id, link->job.config_id,
                                &link->config);
    if (found != PK_STORED_OK)
        return found;
    link->config_json = pk_arena_json(
        &call->arena, pk_json_parse(link->config.config, strlen(link->config.config), NULL));
    return link->config_json ? PK_STORED_OK : PK_STORED_FAILED;
}

bool pk_link_load(pk_call *call, pk_link *out_link)
{
    switch (find(call, out_link)) {
    case PK_STORED_OK:
        pk_cors_allow(call, out_link->config_json);
        return true;
    case PK_STORED_ABSENT:
        pk_answer_resource(call, 404, "not_found", "CredentialBindingJob", call->id,
                           "credential binding job not found");
        return false;
    default:
        pk_answer_internal(call);
        return false;
    }
}

/* A preflight carries no token, so it must not tell whether there is a job. */
void pk_link_preflight(pk_call *call)
{
    pk_link link = {0};

    if (find(call, &link) == PK_STORED_OK)
        pk_cors_preflight(call, link.config_json);
    else
        pk_answer_nothing(call);
}

/* ------------------------------------------------------------------ judging */

static bool is_token_of(pk_call *call, const pk_job *job, const char *token)
{
    const char *hash = pk_token_hash(&call->arena, token);
    size_t len = strlen(job->token_hash);

    return hash && strlen(hash) == len && pk_equal_constant_time(hash, job->token_hash, len);
}

bool pk_link_usable(pk_call *call, const pk_job *job, bool allow_complete)
{
    const char *state = pk_job_state(job, call->now_ms);

    if (strcmp(state, "REVOKED") == 0)
        pk_answer_resource(call, 410, "link_revoked", "CredentialBindingJob", job->id,
                           "the link was revoked");
    else if (strcmp(state, "EXPIRED") == 0)
        pk_answer_resource(call, 410, "link_expired", "CredentialBindingJob", job->id,
                           "the link has expired");
    else if (strcmp(state, "COMPLETE") == 0 && !allow_complete)
        pk_answer_resource(call, 409, "conflict", "CredentialBindingJob", job->id,
                           "the link was used already");
    else
        return true;
    return false;
}

bool pk_link_open(pk_call *call, const pk_link *link, const char *token, bool allow_complete)
{
    if (!token || !is_token_of(call, &link->job, token)) {
        pk_answer_unauthorized(call);
        return false;
    }
    if (!pk_link_usable(call, &link->job, allow_complete))
        return false;
    if (strcmp(link->identity.status, "active") != 0) {
        pk_answer_resource(call, 403, "forbidden", "Identity", link->identity.id,
                           "the identity is suspended");
        return false;
    }
    return true;
}

/* ------------------------------------------------------ invokeAuthenticator */

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

/* ------------------------------------------------------------------ getInfo */

static bool add_named(pk_json *info, const char *name, const char *display_name)
{
    pk_json *json = pk_json_new_object();
    bool named = pk_json_add_text(json, "display_name", display_name);

    return pk_json_add(info, name, json) && named;
}

static bool add_identity(pk_call *call, const pk_identity *identity, pk_json *info)
{
    pk_json *all = pk_arena_json(&call->arena,
                                 pk_json_parse(identity->traits, strlen(identity->traits), NULL));
    const char *email = pk_json_text(all, "primary_email_address");
    pk_json *traits = pk_json_new_object();
    bool filled = pk_json_add_text(traits, "type", "traits_v0") &&
                  pk_json_add_text(traits, "username", identity->username) &&
                  (!email || pk_json_add_text(traits, "primary_email_address", email));

    if (!add_named(info, "identity", identity->display_name)) {
        pk_json_free(traits);
        return false;
    }
    return pk_json_add(pk_json_get(info, "identity"), "traits", traits) && filled;
}

/* A realm has no theme of its own yet; the members must be there. */
static bool add_theme(pk_json *info)
{
    pk_json *theme = pk_json_new_object();
    bool filled = pk_json_add_text(theme, "logo_url_light", "") &&
                  pk_json_add_text(theme, "logo_url_dark", "") &&
                  pk_json_add_text(theme, "support_url", "");

    return pk_json_add(info, "theme", theme) && filled;
}

static bool add_config(pk_call *call, const pk_link *link, pk_json *info)
{
    pk_json *config = pk_json_new_object();
    bool filled = pk_json_add_text(config, "id", link->config.id) &&
                  pk_json_add_text(config, "realm_id", link->config.realm_id) &&
                  pk_json_add_text(config, "tenant_id", call->realm.tenant_id) &&
                  pk_json_add_text(config, "display_name", link->config.display_name);

    filled = pk_json_add(config, "config", pk_json_copy(link->config_json)) && filled;
    return pk_json_add(info, "authenticator_config", config) && filled;
}

static bool add_optional(pk_call *call, const pk_link *link, pk_json *info)
{
    const char *uri = link->job.post_binding_redirect_uri;
    const char *application_id = NULL;
    pk_stored found = pk_store_application_of(call->store, &call->arena, link->config.id,
                                              &application_id);

    return found != PK_STORED_FAILED &&
           (!uri || pk_json_add_text(info, "post_binding_redirect_uri", uri)) &&
           (!application_id || pk_json_add_text(info, "application_id", application_id));
}

static pk_json *info_json(pk_call *call, const pk_link *link)
{
    pk_json *info = pk_json_new_object();

    if (add_named(info, "tenant", call->realm.tenant_display_name) &&
        add_named(info, "realm", call->realm.display_name) &&
        add_identity(call, &link->identity, info) && add_theme(info) &&
        add_config(call, link, info) && add_optional(call, link, info))
        return info;
    pk_json_free(info);
    return NULL;
}

void pk_link_get_info(pk_call *call, const pk_link *link)
{
    if (!pk_link_open(call, link, pk_call_bearer(call), false))
        return;
    if (pk_store_job_delivered(call->store, link->job.id, call->now_ms) == PK_STORED_FAILED)
        pk_answer_internal(call);
    else
        pk_answer(call, 200, info_json(call, link));
}
