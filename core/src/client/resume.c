/* SPDX-License-Identifier: Apache-2.0
 * passkey_client_resume: the binds that ended too early, one after the other. */
#include "base/error.h"
#include "client/client.h"
#include "client/registering.h"
#include "client/resumption.h"

#include <stdlib.h>

typedef struct resuming {
    pk_call *call;
    pk_store *store; /* NULL where there is nothing to resume */
    pk_pending_names names;
    size_t next; /* of names */
    pk_registering registering;
    passkey_resumption *report;
} resuming;

enum { BEGIN, NEXT, ASK_AGAIN, TAKE, SAVE, NUM_STEPS };

static passkey_status begin(resuming *this, passkey_error **out_error)
{
    passkey_status status = pk_options_need_home(&this->call->options, out_error);
    const char *home = this->call->options.home;

    if (!status)
        status = pk_pending_list(home, &this->names, out_error);
    if (!status && this->names.count)
        status = pk_store_open(home, &this->store, out_error);
    if (!status && !(this->report = pk_resumption_new()))
        status = pk_fail_memory(out_error);
    return status;
}

/* Tells what has become of the bind that is held, and lets go of it. A cancel
 * ends them all; what is not finished stays pending. */
static passkey_status report(resuming *this, passkey_bind_result *result, passkey_status status,
                             passkey_error *error, passkey_error **out_error)
{
    bool is_over = pk_registering_is_over(&this->registering, status), added;

    if (status == PASSKEY_CANCELED) {
        *out_error = error;
        return status;
    }
    added = pk_resumption_add(this->report, &this->registering.draft.instruction, result, is_over,
                              error);
    pk_registering_end(&this->registering, this->store, status);
    this->call->next_step = NEXT;
    return added ? PASSKEY_OK : pk_fail_memory(out_error);
}

/* Whose it is cannot be told; the error names the file. */
static passkey_status report_unusable(resuming *this, passkey_error *error,
                                      passkey_error **out_error)
{
    static char unknown[] = "";
    const pk_instruction nobody = {.identity_id = unknown, .job_id = unknown};

    return pk_resumption_add(this->report, &nobody, NULL, false, error)
               ? PASSKEY_OK
               : pk_fail_memory(out_error);
}

/* One that another operation works on is left to it; one that has noted
 * nothing leaves nothing; one that cannot be used keeps no other. False when
 * there is nothing to do for it. */
static bool hold(resuming *this, const char *name, passkey_status *out_status,
                 passkey_error **out_error)
{
    passkey_error *error = NULL;
    passkey_status status = pk_registering_hold(&this->registering, this->call->options.home,
                                                name, &error);

    *out_status = PASSKEY_OK;
    if (!status && this->registering.is_noted)
        return true;
    if (!status)
        pk_registering_end(&this->registering, this->store, PASSKEY_OK);
    if (status && status != PASSKEY_STORE_BUSY)
        *out_status = report_unusable(this, error, out_error);
    else
        passkey_error_free(error);
    return false;
}

static passkey_status ask(resuming *this, passkey_error **out_error)
{
    passkey_error *error = NULL;
    passkey_status status = pk_registering_ask(&this->registering, this->call, &error);

    if (status)
        return report(this, NULL, status, error, out_error);
    pk_http_allow_ms(this->call->http, pk_options_timeout_ms(&this->call->options));
    return PASSKEY_OK;
}

static passkey_status next(resuming *this, passkey_error **out_error)
{
    passkey_status status = PASSKEY_OK;

    while (this->next < this->names.count && !status) {
        if (hold(this, this->names.names[this->next++], &status, out_error))
            return ask(this, out_error);
    }
    this->call->next_step = NUM_STEPS;
    if (!status && !pk_resumption_finish(this->report))
        status = pk_fail_memory(out_error);
    return status;
}

static passkey_status take(resuming *this, passkey_error **out_error)
{
    passkey_error *error = NULL;
    passkey_status status = pk_registering_take(&this->registering, this->call, &error);

    return status ? report(this, NULL, status, error, out_error) : PASSKEY_OK;
}

static passkey_status save(resuming *this, passkey_error **out_error)
{
    passkey_error *error = NULL;
    passkey_bind_result *result = NULL;
    passkey_status status = pk_registering_save(&this->registering, this->store, &result, &error);

    return report(this, result, status, error, out_error);
}

static const pk_step *step_at(size_t i)
{
    static const pk_step STEPS[NUM_STEPS] = {[BEGIN] = {.name = "register"},
                                             [SAVE] = {.may_wait = true, .too_late = true}};

    return i < NUM_STEPS ? &STEPS[i] : NULL;
}

static passkey_status run(pk_call *call, void *state, size_t i, passkey_error **out_error)
{
    resuming *this = state;

    this->call = call;
    switch (i) {
    case BEGIN: return begin(this, out_error);
    case NEXT: return next(this, out_error);
    case ASK_AGAIN: return pk_registering_ask_again(&this->registering, call, out_error);
    case TAKE: return take(this, out_error);
    default: return save(this, out_error);
    }
}

static void *end(pk_call *call, void *state, passkey_status status)
{
    resuming *this = state;
    passkey_resumption *report = this->report;

    (void)call;
    pk_registering_end(&this->registering, this->store, status);
    pk_store_close(this->store);
    pk_pending_names_free(&this->names);
    free(this);
    if (!status)
        return report;
    passkey_resumption_free(report);
    return NULL;
}

static void free_result(void *result)
{
    passkey_resumption_free(result);
}

static const pk_work RESUME = {"resume", PK_OUTCOME_RESUMPTION, step_at, run, end, free_result};

passkey_status passkey_client_resume_start(passkey_client *client,
                                           passkey_operation **out_operation,
                                           passkey_error **out_error)
{
    if (!client || !out_operation)
        return pk_fail_missing("client or out_operation", out_error);
    return pk_client_start(client, &RESUME, calloc(1, sizeof(resuming)), out_operation, out_error);
}
