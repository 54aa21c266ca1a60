/* SPDX-License-Identifier: Apache-2.0
 * …/batch-credential-binding-jobs: EMAIL jobs for up to 1000 identities. All of
 * them are made at once; then the mail goes out. */
#include "api/api.h"

#include "answer.h"
#include "names.h"
#include "page.h"

#include <string.h>

#define WRAPPER "batch_credential_binding_job"
#define MAX_QUEUED 1000

/* -------------------------------------------------------------------- answering */

static const char *state_of(const pk_batch *batch)
{
    if (batch->pending > 0)
        return "RUNNING";
    if (batch->failed == 0)
        return "SUCCESS";
    return batch->succeeded == 0 ? "FAILED" : "PARTIAL_SUCCESS";
}

typedef struct telling {
    pk_json *ids;
    pk_json *errors;
} telling;

static bool add_item(const char *identity_id, const char *fault, void *user)
{
    telling *t = user;
    pk_json *error;
    bool filled;

    if (!pk_json_add_text(t->ids, NULL, identity_id))
        return false;
    if (!fault)
        return true;
    error = pk_json_new_object();
    filled = pk_json_add_text(error, "last_error", fault) &&
             pk_json_add_bool(error, "failed_permanently", true);
    return pk_json_add(t->errors, identity_id, error) && filled;
}

/* Takes errors over. */
static bool add_commentary(pk_json *json, pk_json *errors)
{
    pk_json *commentary;
    bool done;

    if (!pk_json_first(errors)) {
        pk_json_free(errors);
        return true;
    }
    commentary = pk_json_new_object();
    done = pk_json_add(commentary, "errors", errors);
    return pk_json_add(json, "state_commentary", commentary) && done;
}

static bool fill(pk_call *call, const pk_batch *batch, pk_json *json)
{
    telling t = {pk_json_new_array(), pk_json_new_object()};
    bool told = pk_store_batch_items(call->store, batch->id, add_item, &t) == PK_STORED_OK;
    bool done = pk_json_add_text(json, "id", batch->id) &&
                pk_json_add_text(json, "tenant_id", call->realm.tenant_id) &&
                pk_json_add_text(json, "realm_id", batch->realm_id);

    done = pk_json_add(json, "identity_ids", t.ids) && done;
    done = pk_json_add_text(json, "state", state_of(batch)) && done;
    done = add_commentary(json, t.errors) && done;
    return told && done &&
           pk_json_add(json, "job_template",
                       pk_json_parse(batch->job_template, strlen(batch->job_template), NULL)) &&
           pk_json_add_text(json, "create_time", pk_time_text(&call->arena, batch->create_ms)) &&
           pk_json_add_text(json, "update_time", pk_time_text(&call->arena, batch->update_ms));
}

static bool find_batch(pk_call *call, const char *id, pk_batch *out_batch)
{
    pk_stored found =
        pk_store_batch(call->store, &call->arena, call->realm.id, id, out_batch);

    if (found == PK_STORED_ABSENT)
        pk_answer_resource(call, 404, "not_found", "BatchCredentialBindingJob", id,
                           "batch credential binding job not found");
    else if (found != PK_STORED_OK)
        pk_answer_internal(call);
    return found == PK_STORED_OK;
}

static pk_json *batch_json(pk_call *call, const pk_batch *batch)
{
    pk_json *json = pk_json_new_object();

    if (fill(call, batch, json))
        return json;
    pk_json_free(json);
    return NULL;
}

void pk_batch_get(pk_call *call)
{
    pk_batch batch;

    if (find_batch(call, call->id, &batch))
        pk_answer(call, 200, batch_json(call, &batch));
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

static pk_json *results_json(pk_call *call, const pk_list *list, const pk_page *page,
                             const pk_batch *batch, pk_json *items)
{
    pk_json *json = pk_page_json(call, list, page, items);

    if (pk_json_add_number(json, "total_success_count", batch->succeeded) &&
        pk_json_add_number(json, "total_failure_count", batch->failed) &&
        pk_json_add_number(json, "total_pending_count", batch->pending))
        return json;
    pk_json_free(json);
    return NULL;
}

void pk_batch_results(pk_call *call)
{
    pk_list list = {.name = "job_results"};
    listing found = {call, NULL};
    pk_batch batch;
    pk_page page;

    if (!find_batch(call, call->id, &batch) || !pk_page_read(call, &list, &page))
        return;
    found.items = pk_json_new_array();
    if (pk_store_batch_jobs(call->store, &call->arena, batch.id, &page, add_to_list, &found) ==
        PK_STORED_OK) {
        pk_answer(call, 200, results_json(call, &list, &page, &batch, found.items));
        return;
    }
    pk_json_free(found.items);
    pk_answer_internal(call);
}

/* --------------------------------------------------------------------- creating */

/* As it was given, without what is not kept. */
static const char *template_text(pk_call *call, const pk_job *job)
{
    pk_json *json = pk_arena_json(&call->arena, pk_json_new_object());
    pk_json *own = pk_json_new_object();
    bool done = true;

    if (job->config_id)
        done = pk_json_add_text(json, "authenticator_config_id", job->config_id);
    if (job->config) {
        done = pk_json_add(own, "config", pk_json_parse(job->config, strlen(job->config), NULL));
        done = pk_json_add(json, "authenticator_config", own) && done;
    } else {
        pk_json_free(own);
    }
    if (job->post_binding_redirect_uri)
        done = pk_json_add_text(json, "post_binding_redirect_uri",
                                job->post_binding_redirect_uri) &&
               done;
    return done ? pk_arena_take(&call->arena, pk_json_print(json)) : NULL;
}

static const pk_json *read_batch(pk_call *call, pk_job *out_template)
{
    const pk_json *body = pk_check_body(call, WRAPPER);
    pk_check check = {0};

    if (!body)
        return NULL;
    *out_template = (pk_job){.delivery_method = "EMAIL"};
    pk_check_ids(&check, body, WRAPPER ".identity_ids");
    if (pk_json_is_object(pk_json_get(body, WRAPPER ".job_template")))
        pk_job_read_template(call, &check, body, WRAPPER ".job_template", out_template);
    else
        pk_check_fail(&check, WRAPPER ".job_template", "missing");
    return pk_check_end(&check, call) ? pk_json_get(body, WRAPPER ".identity_ids") : NULL;
}

static bool has_room(pk_call *call, long long num_more)
{
    long long num_queued = 0, num_over;
    pk_arena *arena = &call->arena;
    const char *message, *remaining;

    if (pk_store_num_queued(call->store, call->realm.id, &num_queued) != PK_STORED_OK) {
        pk_answer_internal(call);
        return false;
    }
    num_over = num_queued + num_more - MAX_QUEUED;
    if (num_over <= 0)
        return true;
    message = pk_arena_printf(arena,
                              "Maximum queue sized reached. Maximum: %d Current Total: %lld"
                              " Overage: %lld",
                              MAX_QUEUED, num_queued, num_over);
    remaining = pk_arena_printf(arena, "%lld",
                                num_queued < MAX_QUEUED ? MAX_QUEUED - num_queued : 0);
    pk_answer_header(call, "RateLimit-Limit", "1000");
    pk_answer_header(call, "RateLimit-Remaining", remaining ? remaining : "0");
    pk_answer_error(call, 429, "too_many_requests", message ? message : "queue full");
    return false;
}

/* One that is asked for twice gets one job. */
static bool add_one(pk_call *call, const pk_batch *batch, pk_job job, const char *identity_id)
{
    pk_identity identity;
    pk_stored found = pk_store_identity(call->store, &call->arena, call->realm.id, identity_id,
                                        call->now_ms, &identity);
    const char *fault = found == PK_STORED_OK ? pk_job_fault(call, &job, &identity)
                                              : "identity not found";
    pk_stored added;

    if (found == PK_STORED_FAILED)
        return false;
    added = pk_store_add_batch_item(call->store, batch->id, identity_id, fault);
    if (added != PK_STORED_OK)
        return added == PK_STORED_EXISTS;
    job.batch_id = batch->id;
    return fault || pk_job_add(call, &job, &identity);
}

static bool add_all(pk_call *call, const pk_batch *batch, const pk_job *job, const pk_json *ids)
{
    if (!batch->id || !batch->job_template ||
        pk_store_add_batch(call->store, batch) != PK_STORED_OK)
        return false;
    for (const pk_json *id = pk_json_first(ids); id; id = pk_json_next(id))
        if (!add_one(call, batch, *job, pk_json_string(id)))
            return false;
    return true;
}

static void create(pk_call *call)
{
    pk_batch batch, made;
    pk_json *json;
    pk_job job;
    const pk_json *ids = read_batch(call, &job);

    if (!ids || !has_room(call, (long long)pk_json_count(ids)))
        return;
    batch = (pk_batch){
        .id = pk_new_id(&call->arena),
        .realm_id = call->realm.id,
        .job_template = template_text(call, &job),
        .create_ms = call->now_ms,
    };
    if (!add_all(call, &batch, &job, ids)) {
        pk_answer_internal(call);
        return;
    }
    if (!find_batch(call, batch.id, &made))
        return;
    json = batch_json(call, &made);
    if (json && pk_store_commit(call->store)) {
        pk_answer(call, 200, json);
        return;
    }
    pk_json_free(json);
    pk_answer_internal(call);
}

void pk_batch_create(pk_call *call)
{
    if (!pk_store_begin(call->store)) {
        pk_answer_internal(call);
        return;
    }
    create(call);
    pk_store_rollback(call->store); /* nothing, when it was committed */
}
