/* SPDX-License-Identifier: Apache-2.0
 * passkey_client_list_jobs: page after page. */
#include "base/error.h"
#include "client/client.h"
#include "client/job_call.h"

#include <stdlib.h>

typedef struct listing {
    pk_job_call common;
    pk_job_pages pages;
} listing;

enum { BEGIN, ASK, TAKE, NUM_STEPS };

static const pk_step *step_at(size_t i)
{
    static const pk_step STEPS[NUM_STEPS] = {[BEGIN] = {.name = "job"}};

    return i < NUM_STEPS ? &STEPS[i] : NULL;
}

static passkey_status take(pk_call *call, listing *this, passkey_error **out_error)
{
    passkey_status status = pk_job_take_page(call->http, &this->common.place, &this->pages,
                                             out_error);

    if (!status && this->pages.next_token)
        call->next_step = ASK;
    return status;
}

static passkey_status run(pk_call *call, void *state, size_t i, passkey_error **out_error)
{
    listing *this = state;

    switch (i) {
    case BEGIN: return pk_job_call_open(&this->common, call, false, out_error);
    case ASK: return pk_job_ask_page(call->http, &this->common.place, &this->pages, out_error);
    default: return take(call, this, out_error);
    }
}

static void *end(pk_call *call, void *state, passkey_status status)
{
    listing *this = state;
    passkey_job_list *list = status ? NULL : this->pages.list;

    (void)call;
    if (list)
        this->pages.list = NULL;
    pk_job_pages_free(&this->pages);
    pk_job_call_free(&this->common);
    free(this);
    return list;
}

static void free_result(void *result)
{
    passkey_job_list_free(result);
}

static const pk_work LIST_JOBS = {"list_jobs", PK_OUTCOME_JOB_LIST, step_at, run, end,
                                  free_result};

static listing *new_listing(const char *identity_id)
{
    listing *this = calloc(1, sizeof *this);

    if (!this)
        return NULL;
    this->pages.list = pk_job_list_new();
    if (pk_job_call_init(&this->common, identity_id, NULL) && this->pages.list)
        return this;
    end(NULL, this, PASSKEY_OUT_OF_MEMORY);
    return NULL;
}

passkey_status passkey_client_list_jobs_start(passkey_client *client, const char *identity_id,
                                              passkey_operation **out_operation,
                                              passkey_error **out_error)
{
    passkey_status status;

    if (!client || !identity_id || !out_operation)
        return pk_fail_missing("client, identity_id or out_operation", out_error);
    status = pk_job_call_check_id("The identity's id", identity_id, out_error);
    return status ? status
                  : pk_client_start(client, &LIST_JOBS, new_listing(identity_id), out_operation,
                                    out_error);
}
