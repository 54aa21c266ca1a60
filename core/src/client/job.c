/* SPDX-License-Identifier: Apache-2.0
 * passkey_client_get_job and passkey_client_revoke_job: one question, one
 * answer. */
#include "base/error.h"
#include "client/client.h"
#include "client/job_call.h"

#include <stdlib.h>

typedef struct asking {
    pk_job_call common;
    passkey_job *job;
} asking;

static const pk_step *step_at(size_t i)
{
    static const pk_step STEPS[] = {{.name = "job"}, {0}};

    return i < sizeof STEPS / sizeof *STEPS ? &STEPS[i] : NULL;
}

static passkey_status run(pk_call *call, asking *this, size_t i, passkey_error **out_error,
                          passkey_status (*ask)(pk_http *http, const pk_job_place *place,
                                                const char *job_id, passkey_error **out_error))
{
    passkey_status status;

    if (i > 0)
        return pk_job_take(call->http, &this->common.place, &this->job, NULL, out_error);
    status = pk_job_call_open(&this->common, call, false, out_error);
    return status ? status : ask(call->http, &this->common.place, this->common.job_id, out_error);
}

static passkey_status run_get(pk_call *call, void *state, size_t i, passkey_error **out_error)
{
    return run(call, state, i, out_error, pk_job_ask);
}

static passkey_status run_revoke(pk_call *call, void *state, size_t i, passkey_error **out_error)
{
    return run(call, state, i, out_error, pk_job_ask_revoke);
}

static void *end(pk_call *call, void *state, passkey_status status)
{
    asking *this = state;
    passkey_job *job = this->job;

    (void)call, (void)status; /* without success there is none */
    pk_job_call_free(&this->common);
    free(this);
    return job;
}

static const pk_work GET_JOB = {"get_job", PK_OUTCOME_JOB,         step_at, run_get,
                                end,       pk_job_call_free_result};
static const pk_work REVOKE_JOB = {"revoke_job", PK_OUTCOME_JOB,         step_at, run_revoke,
                                   end,          pk_job_call_free_result};

static asking *new_asking(const char *identity_id, const char *job_id)
{
    asking *this = calloc(1, sizeof *this);

    if (!this || pk_job_call_init(&this->common, identity_id, job_id))
        return this;
    end(NULL, this, PASSKEY_OUT_OF_MEMORY);
    return NULL;
}

static passkey_status start(passkey_client *client, const pk_work *work, const char *identity_id,
                            const char *job_id, passkey_operation **out_operation,
                            passkey_error **out_error)
{
    passkey_status status;

    if (!client || !identity_id || !job_id || !out_operation)
        return pk_fail_missing("client, identity_id, job_id or out_operation", out_error);
    status = pk_job_call_check_id("The identity's id", identity_id, out_error);
    if (!status)
        status = pk_job_call_check_id("The job's id", job_id, out_error);
    return status ? status
                  : pk_client_start(client, work, new_asking(identity_id, job_id), out_operation,
                                    out_error);
}

passkey_status passkey_client_get_job_start(passkey_client *client, const char *identity_id,
                                            const char *job_id, passkey_operation **out_operation,
                                            passkey_error **out_error)
{
    return start(client, &GET_JOB, identity_id, job_id, out_operation, out_error);
}

passkey_status passkey_client_revoke_job_start(passkey_client *client, const char *identity_id,
                                               const char *job_id,
                                               passkey_operation **out_operation,
                                               passkey_error **out_error)
{
    return start(client, &REVOKE_JOB, identity_id, job_id, out_operation, out_error);
}
