/* SPDX-License-Identifier: Apache-2.0
 * …/credential-binding-jobs, as the API's callers see them. What a link does
 * is in link.c, how they are made in job_create.c. */
#include "api/api.h"

#include "answer.h"
#include "check.h"
#include "names.h"
#include "page.h"

#include <string.h>

const char *pk_job_state(const pk_job *job, int64_t now_ms)
{
    bool over = strcmp(job->state, "COMPLETE") == 0 || strcmp(job->state, "REVOKED") == 0 ||
                strcmp(job->state, "FAILED_TO_SEND") == 0;

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

static bool add_config(const pk_job *job, pk_json *json)
{
    pk_json *config;
    bool done;

    if (!job->config)
        return add_optional(json, "authenticator_config_id", job->config_id);
    config = pk_json_new_object();
    done = pk_json_add(config, "config", pk_json_parse(job->config, strlen(job->config), NULL));
    return pk_json_add(json, "authenticator_config", config) && done;
}

pk_json *pk_job_json(pk_call *call, const pk_job *job)
{
    const char *state = pk_job_state(job, call->now_ms);
    pk_json *json = pk_json_new_object();

    if (pk_json_add_text(json, "id", job->id) && pk_json_add_text(json, "realm_id", job->realm_id) &&
        pk_json_add_text(json, "tenant_id", call->realm.tenant_id) &&
        pk_json_add_text(json, "identity_id", job->identity_id) &&
        add_optional(json, "credential_id", job->credential_id) &&
        add_optional(json, "batch_id", job->batch_id) &&
        pk_json_add_text(json, "delivery_method", job->delivery_method) &&
        pk_json_add_text(json, "state", state) &&
        add_optional(json, "post_binding_redirect_uri", job->post_binding_redirect_uri) &&
        add_config(job, json) && add_times(call, job, state, json))
        return json;
    pk_json_free(json);
    return NULL;
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
        pk_answer(call, 200, pk_job_json(call, &job));
}

typedef struct listing {
    pk_call *call;
    pk_json *items;
} listing;

static bool add_to_list(const pk_job *job, void *user)
{
    listing *list = user;

    return pk_json_add(list->items, NULL, pk_job_json(list->call, job));
}

void pk_job_list(pk_call *call)
{
    pk_list list = {.name = "credential_binding_jobs"};
    listing found = {call, NULL};
    pk_page page;

    if (!pk_identity_exists(call) || !pk_page_read(call, &list, &page))
        return;
    found.items = pk_json_new_array();
    if (pk_store_jobs(call->store, &call->arena, call->realm.id, pk_call_identity(call), &page,
                      add_to_list, &found) == PK_STORED_OK) {
        pk_page_answer(call, &list, &page, found.items);
        return;
    }
    pk_json_free(found.items);
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
        pk_answer(call, 200, pk_job_json(call, &job));
    else
        pk_answer_resource(call, 409, "conflict", "CredentialBindingJob", job.id,
                           "credential binding job is complete");
}
