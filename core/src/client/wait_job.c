/* SPDX-License-Identifier: Apache-2.0
 * passkey_client_wait_job: asks again and again; in between it is on no thread. */
#include "base/clock.h"
#include "base/error.h"
#include "client/client.h"
#include "client/job_call.h"
#include "client/patience.h"

#include <stdlib.h>

typedef struct waiting {
    pk_job_call common;
    unsigned wait_ms; /* 0: without limit */
    int64_t deadline_ms;
    pk_patience patience;
    passkey_job *job;
} waiting;

enum { BEGIN, ASK, TAKE, NUM_STEPS };

static const pk_step *step_at(size_t i)
{
    static const pk_step STEPS[NUM_STEPS] = {[BEGIN] = {.name = "job"}};

    return i < NUM_STEPS ? &STEPS[i] : NULL;
}

static int64_t left_ms(const waiting *this)
{
    return this->wait_ms ? this->deadline_ms - pk_clock_monotonic_ms() : INT64_MAX;
}

static passkey_status fail_timeout(const waiting *this, passkey_error **out_error)
{
    pk_fail(out_error, PASSKEY_TIMEOUT, "The job has not ended within %u ms.", this->wait_ms);
    pk_error_set_hint(out_error, "Wait longer; the job goes on meanwhile.");
    return PASSKEY_TIMEOUT;
}

/* Each question has the time that the option timeout_ms allows, but no more
 * than is left of the wait. */
static passkey_status ask(pk_call *call, waiting *this, passkey_error **out_error)
{
    int64_t allowed_ms = pk_options_timeout_ms(&call->options), rest_ms = left_ms(this);

    if (atomic_load(&call->canceled))
        return pk_fail_canceled(out_error);
    if (rest_ms <= 0)
        return fail_timeout(this, out_error);
    pk_http_allow_ms(call->http, rest_ms < allowed_ms ? rest_ms : allowed_ms);
    return pk_job_ask(call->http, &this->common.place, this->common.job_id, out_error);
}

static void ask_again(pk_call *call, const waiting *this, int64_t pause_ms)
{
    int64_t rest_ms = left_ms(this);

    pk_http_prepare_pause(call->http, rest_ms < pause_ms ? rest_ms : pause_ms);
    call->next_step = ASK;
}

static passkey_status bear(pk_call *call, waiting *this, passkey_status status, int retry_after_s,
                           passkey_error *error, passkey_error **out_error)
{
    int64_t pause_ms = pk_patience_after(&this->patience, status, retry_after_s);

    if (status == PASSKEY_TIMEOUT && left_ms(this) <= 0) {
        passkey_error_free(error);
        return fail_timeout(this, out_error);
    }
    if (pause_ms < 0) {
        if (out_error)
            *out_error = error;
        return status;
    }
    pk_log_write(&call->log, PASSKEY_LOG_WARNING, "wait_job: %s, asking again",
                 passkey_status_name(status));
    passkey_error_free(error);
    ask_again(call, this, pause_ms);
    return PASSKEY_OK;
}

static passkey_status take(pk_call *call, waiting *this, passkey_error **out_error)
{
    passkey_error *error = NULL;
    passkey_job *job = NULL;
    int retry_after_s = 0;
    passkey_status status = pk_job_take(call->http, &this->common.place, &job, &retry_after_s,
                                        &error);

    if (status)
        return bear(call, this, status, retry_after_s, error, out_error);
    if (pk_job_has_ended(job)) {
        this->job = job;
        return PASSKEY_OK;
    }
    passkey_job_free(job);
    ask_again(call, this, pk_patience_after(&this->patience, PASSKEY_OK, retry_after_s));
    return PASSKEY_OK;
}

static passkey_status run(pk_call *call, void *state, size_t i, passkey_error **out_error)
{
    switch (i) {
    case BEGIN: return pk_job_call_open(&((waiting *)state)->common, call, false, out_error);
    case ASK: return ask(call, state, out_error);
    default: return take(call, state, out_error);
    }
}

static void *end(pk_call *call, void *state, passkey_status status)
{
    waiting *this = state;
    passkey_job *job = this->job;

    (void)call, (void)status; /* without success there is none */
    pk_job_call_free(&this->common);
    free(this);
    return job;
}

static const pk_work WAIT_JOB = {"wait_job", PK_OUTCOME_JOB,         step_at, run,
                                 end,        pk_job_call_free_result};

static waiting *new_waiting(const char *identity_id, const char *job_id, unsigned wait_ms)
{
    waiting *this = calloc(1, sizeof *this);

    if (!this)
        return NULL;
    this->wait_ms = wait_ms;
    this->deadline_ms = pk_clock_monotonic_ms() + wait_ms;
    if (pk_job_call_init(&this->common, identity_id, job_id))
        return this;
    end(NULL, this, PASSKEY_OUT_OF_MEMORY);
    return NULL;
}

passkey_status passkey_client_wait_job_start(passkey_client *client, const char *identity_id,
                                             const char *job_id, unsigned wait_ms,
                                             passkey_operation **out_operation,
                                             passkey_error **out_error)
{
    passkey_status status;

    if (!client || !identity_id || !job_id || !out_operation)
        return pk_fail_missing("client, identity_id, job_id or out_operation", out_error);
    status = pk_job_call_check_id("The identity's id", identity_id, out_error);
    if (!status)
        status = pk_job_call_check_id("The job's id", job_id, out_error);
    return status ? status
                  : pk_client_start(client, &WAIT_JOB, new_waiting(identity_id, job_id, wait_ms),
                                    out_operation, out_error);
}
