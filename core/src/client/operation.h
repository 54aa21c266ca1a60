/* SPDX-License-Identifier: Apache-2.0
 * Work on a thread of the library. All network and TPM work runs there, also
 * that of the blocking calls: there all signals are blocked, so that neither a
 * handler of the host runs in our code nor a SIGPIPE ends the process. */
#ifndef PK_OPERATION_H
#define PK_OPERATION_H

#include "client/options.h"

#include <stdatomic.h>

/* What an operation does; ask is its own, to be freed with ask_free. */
typedef struct pk_work {
    passkey_status (*run)(const pk_options *options, const void *ask, const atomic_bool *canceled,
                          void **out_result, passkey_error **out_error);
    void (*ask_free)(void *ask);
    void (*result_free)(void *result);
} pk_work;

/* Starts work with a copy of options. Takes ask over, also on failure. */
passkey_status pk_operation_start(const pk_options *options, const pk_work *work, void *ask,
                                  passkey_operation **out_operation, passkey_error **out_error);

/* Takes the outcome of work that has ended; INVALID_ARGUMENT before, for other
 * work, and the second time. */
passkey_status pk_operation_take(passkey_operation *operation, const pk_work *work,
                                 void **out_result, passkey_error **out_error);

/* Starts, waits, takes: the blocking form. */
passkey_status pk_operation_run(const pk_options *options, const pk_work *work, void *ask,
                                void **out_result, passkey_error **out_error);

#endif
