/* SPDX-License-Identifier: Apache-2.0
 * …/credential-binding-jobs, as the API's callers see them. What a link does
 * is in link.c. */
#include "api/api.h"

#include "answer.h"
#include "check.h"
#include "names.h"
#include "page.h"

#include <string.h>

const char *pk_job_state(const pk_job *job, int64_t now_ms)
{
    bool over = strcmp(job->state, "COMPLETE") == 0 || strcmp(job->state, "REVOKED") == 0;

    return !over && job->expire_ms <= now_ms ? "EXPIRED" : job->state;
}

static bool add_optional(pk_json *json, const char *name, const char *text)
{
    return !text || pk_json_add_text(json, name, text);
}

static bool add_times(pk_call *call, const pk_job *job, const char *state, pk_json *json)
{
    bool expired = strcmp(state, "EXPIRED") == 0;
    int64_t update_ms = expired ? job->expire_ms : job->update_ms;

    return pk_json_add_text(json, "expire_time", pk_time_text(&call->arena, job->expire_ms)) &&
           pk_json_add_text(json, "create_time", pk_time_text(&call->arena, job->create_ms)) &&
           pk_json_add_text(json, "update_time", pk_time_text(&call->arena, update_ms));
}

static pk_json *job_json(pk_call *call, const pk_job *job)
{
    const char *state = pk_job_state(job, call->now_ms);
    pk_json *json = pk_json_new_object();

    if (pk_json_add_text(json, "id", job->id) && pk_json_add_text(json, "realm_id", job->realm_id) &&
        pk_json_add_text(json, "tenant_id", call->realm.tenant_id) &&
        pk_json_add_text(json, "identity_id", job->identity_id) &&
        add_optional(json, "credential_id", job->credential_id) &&
        pk_json_add_text(json, "delivery_method", job->delivery_method) &&
        pk_json_add_text(json, "state", state) &&
        add_optional(json, "post_binding_redirect_uri", job->post_binding_redirect_uri) &&
        pk_json_add_text(json, "authenticator_config_id", job->config_id) &&
        add_times(call, job, state, json))
        return json;
    pk_json_free(json);
    return NULL;
}

/* ------------------------------------------------------------------- create */

static const char *read_method(pk_check *check, const pk_json *body)
{
    const char *method = pk_check_text(check, body, "job.delivery_method", true, 64);

    if (method && strcmp(method, "RETURN") != 0 && strcmp(method, "EMAIL") != 0)
        pk_check_fail(check, "job.delivery_method", "not RETURN or EMAIL");
    return method;
}

static bool is_given(const pk_json *body, const char *field)
{
    const pk_json *value = pk_json_get(body, field);

    return value && !pk_json_is_null(value);
}

static const char *read_config(pk_check *check, const pk_json *body)
{
    if (is_given(body, "job.authenticator_config")) {
        pk_check_fail(check, "job.authenticator_config",
                      "not supported by this server: name one by authenticator_config_id");
        return NULL;
    }
    if (!is_given(body, "job.authenticator_config_id")) {
        pk_check_fail(check, "job.authenticator_config_id", "empty string");
        return NULL;
    }
    return pk_check_text(check, body, "job.authenticator_config_id", true, 64);
}

static bool read_job(pk_call *call, pk_job *out)
{
    const pk_json *body = pk_call_json(call);
    pk_check check = {0};

    if (!body)
        return false;
    if (!pk_json_is_object(pk_json_get(body, "job"))) {
        pk_answer_violation(call, "job", "missing");
        return false;
    }
    *out = (pk_job){
        .id = pk_new_id(&call->arena),
        .realm_id = call->realm.id,
        .identity_id = call->identity_id,
        .delivery_method = read_method(&check, body),
        .state = "LINK_SENT",
        .config_id = read_config(&check, body),
        .post_binding_redirect_uri = pk_check_uri(&check, body, "job.post_binding_redirect_uri"),
        .create_ms = call->now_ms,
        .update_ms = call->now_ms,
        .expire_ms = call->now_ms + call->cloud->link_lifetime_ms,
    };
    return pk_check_end(&check, call);
}

static bool config_exists(pk_call *call, const pk_job *job)
{
    pk_config config;
    pk_stored found =
        pk_store_config(call->store, &call->arena, job->realm_id, job->config_id, &config);

    if (found == PK_STORED_ABSENT)
        pk_answer_violation(call, "job.authenticator_config_id", "not found");
    else if (found != PK_STORED_OK)
        pk_answer_internal(call);
    return found == PK_STORED_OK;
}

/* Mail is not sent yet: what can be said of EMAIL is what is wrong with it. */
static void answer_email(pk_call *call, const pk_identity *identity)
{
    pk_json *traits = pk_arena_json(
        &call->arena, pk_json_parse(identity->traits, strlen(identity->traits), NULL));

    if (!pk_json_text(traits, "primary_email_address"))
        pk_answer_resource(call, 422, "unprocessable_entity", "Identity", identity->id,
                           "Identity missing email address");
    else
        pk_answer_error(call, 422, "unprocessable_entity",
                        "delivery_method EMAIL is not supported by this server yet: use RETURN");
}

static bool may_bind(pk_call *call, const pk_job *job)
{
    pk_identity identity;

    if (pk_store_identity(call->store, &call->arena, job->realm_id, job->identity_id, call->now_ms,
                          &identity) != PK_STORED_OK)
        pk_answer_internal(call);
    else if (strcmp(identity.status, "active") != 0)
        pk_answer_resource(call, 422, "unprocessable_entity", "Identity", identity.id,
                           "Identity is suspended");
    else if (strcmp(job->delivery_method, "RETURN") != 0)
        answer_email(call, &identity);
    else
        return true;
    return false;
}

static const char *link_text(pk_call *call, const pk_job *job, const char *token)
{
    return pk_arena_printf(&call->arena,
                           "%s/v1/tenants/%s/realms/%s/identities/%s/credential-binding-jobs/"
                           "%s:invokeAuthenticator?token=%s",
                           call->cloud->public_url, call->realm.tenant_id, job->realm_id,
                           job->identity_id, job->id, token);
}

static void answer_created(pk_call *call, const pk_job *job, const char *token)
{
    pk_json *json = pk_json_new_object();

    if (!pk_json_add(json, "credential_binding_job", job_json(call, job)) ||
        !pk_json_add_text(json, "credential_binding_link", link_text(call, job, token))) {
        pk_json_free(json);
        json = NULL;
    }
    pk_answer(call, 200, json);
}

void pk_job_create(pk_call *call)
{
    const char *token = pk_new_token(&call->arena);
    pk_job job;

    if (!pk_call_identity(call)) {
        pk_answer_resource(call, 404, "not_found", "Identity", "-", "identity not found");
        return;
    }
    if (!pk_identity_exists(call) || !read_job(call, &job) || !config_exists(call, &job) ||
        !may_bind(call, &job))
        return;
    job.token_hash = pk_token_hash(&call->arena, token);
    if (job.id && job.token_hash && pk_store_add_job(call->store, &job) == PK_STORED_OK)
        answer_created(call, &job, token);
    else
        pk_answer_internal(call);
}

/* -------------------------------------------------------- get, list, revoke */

static bool find_job(pk_call *call, pk_job *out_job)
{
    pk_stored found;

    if (!pk_identity_exists(call))
        return false;
    found = pk_store_job(call->store, &call->arena, call->realm.id, pk_call_identity(call),
                         call->id, out_job);
    if (found == PK_STORED_ABSENT)
        pk_answer_resource(call, 404, "not_found", "CredentialBindingJob", call->id,
                           "credential binding job not found");
    else if (found != PK_STORED_OK)
        pk_answer_internal(call);
    return found == PK_STORED_OK;
}

void pk_job_get(pk_call *call)
{
    pk_job job;

    if (find_job(call, &job))
        pk_answer(call, 200, job_json(call, &job));
}

typedef struct listing {
    pk_call *call;
    pk_json *items;
} listing;

static bool add_to_list(const pk_job *job, void *user)
{
    listing *list = user;

    return pk_json_add(list->items, NULL, job_json(list->call, job));
}

void pk_job_list(pk_call *call)
{
    listing list = {call, NULL};
    pk_page page;

    if (!pk_identity_exists(call) || !pk_page_read(call, "credential_binding_jobs", &page))
        return;
    list.items = pk_json_new_array();
    if (pk_store_jobs(call->store, &call->arena, call->realm.id, pk_call_identity(call), &page,
                      add_to_list, &list) == PK_STORED_OK) {
        pk_page_answer(call, "credential_binding_jobs", &page, list.items);
        return;
    }
    pk_json_free(list.items);
    pk_answer_internal(call);
}

/* Whether a job that just became complete wins over us is the store's to say:
 * the state is asked for after the attempt. */
void pk_job_revoke(pk_call *call)
{
    pk_job job;

    if (!find_job(call, &job))
        return;
    if (pk_store_job_revoked(call->store, job.id, call->now_ms) == PK_STORED_FAILED)
        pk_answer_internal(call);
    else if (!find_job(call, &job))
        return;
    else if (strcmp(job.state, "REVOKED") == 0)
        pk_answer(call, 200, job_json(call, &job));
    else
        pk_answer_resource(call, 409, "conflict", "CredentialBindingJob", job.id,
                           "credential binding job is complete");
}
