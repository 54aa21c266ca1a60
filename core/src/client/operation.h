/* SPDX-License-Identifier: Apache-2.0
 * An operation: steps on the worker threads, with the network in between. All
 * network and TPM work runs on threads of the library, also that of the
 * blocking calls: there all signals are blocked, so that neither a handler of
 * the host runs in our code nor a SIGPIPE ends the process. */
#ifndef PK_OPERATION_H
#define PK_OPERATION_H

#include "client/options.h"
#include "registration/http.h"

#include <stdatomic.h>

/* What every step may use. */
typedef struct pk_call {
    pk_options options;
    pk_log log;
    atomic_bool canceled;
    pk_http *http; /* NULL until pk_call_open_http */
    size_t next_step; /* a step may set it, to have an earlier one again */
} pk_call;

/* For the requests of this operation; does nothing the second time. */
passkey_status pk_call_open_http(pk_call *call, passkey_error **out_error);

passkey_status pk_fail_canceled(passkey_error **out_error);

/* One step. When it leaves call->http prepared, the request is sent, or the
 * pause begins, and the next step comes when that has ended. A step that is to
 * be had again has no name: on_progress hears of each once. */
typedef struct pk_step {
    const char *name; /* for on_progress; NULL: goes on with the one before */
    bool may_wait;    /* for the TPM, or for another process */
    bool too_late;    /* to be canceled */
} pk_step;

/* What an operation ends with. */
typedef enum pk_outcome {
    PK_OUTCOME_BIND,
    PK_OUTCOME_INFO,
    PK_OUTCOME_LIST,
    PK_OUTCOME_PASSKEY,
    PK_OUTCOME_DELETED, /* no result */
    PK_OUTCOME_JOB,
    PK_OUTCOME_JOB_LIST,
    PK_OUTCOME_EXAMINATION,
    PK_OUTCOME_RESUMPTION,
    PK_OUTCOME_PROVISIONING
} pk_outcome;

/* What an operation does with its state. */
typedef struct pk_work {
    const char *name;
    pk_outcome outcome;
    const pk_step *(*step)(size_t i); /* NULL behind the last one */
    passkey_status (*run)(pk_call *call, void *state, size_t i, passkey_error **out_error);
    /* Frees the state, puts right what a failure left, returns the result. */
    void *(*end)(pk_call *call, void *state, passkey_status status);
    void (*result_free)(void *result);
} pk_work;

/* Takes options, the log's sink and state over, also on failure. */
passkey_status pk_operation_start(pk_options *options, const pk_log *log, const pk_work *work,
                                  void *state, passkey_operation **out_operation,
                                  passkey_error **out_error);

/* Takes the outcome of work that has ended; INVALID_ARGUMENT before, for
 * another kind of outcome, and the second time. */
passkey_status pk_operation_take(passkey_operation *operation, pk_outcome outcome,
                                 void **out_result, passkey_error **out_error);

#endif
