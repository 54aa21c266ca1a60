/* SPDX-License-Identifier: Apache-2.0 */
#include "client/operation.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/thread.h"
#include "client/pool.h"
#include "client/progress.h"
#include "registration/network.h"

#include <stdlib.h>

struct passkey_operation {
    pk_task task; /* first: the pool gives it back */
    pk_call call;
    const pk_work *work;

    /* of the steps alone, which run one after the other */
    void *state;
    uint64_t home; /* stands for the store and its TPM */
    int64_t begun_ms;
    passkey_status status;
    void *result;
    passkey_error *error;

    pthread_mutex_t lock; /* for all that follows */
    pthread_cond_t ended;
    int num_owners; /* the caller and the steps */
    bool done, taken;
    pk_progress progress;
    void (*on_done)(void *user);
    void (*user_free)(void *user);
    void *user;
};

static void give_back(passkey_operation *operation)
{
    int num_owners;

    pthread_mutex_lock(&operation->lock);
    num_owners = --operation->num_owners;
    pthread_mutex_unlock(&operation->lock);
    if (num_owners)
        return;
    if (operation->result)
        operation->work->result_free(operation->result);
    passkey_error_free(operation->error);
    pk_options_clear(&operation->call.options);
    pk_log_sink_drop(operation->call.log.sink);
    pthread_cond_destroy(&operation->progress.told);
    pthread_cond_destroy(&operation->ended);
    pthread_mutex_destroy(&operation->lock);
    free(operation);
}

passkey_status pk_fail_canceled(passkey_error **out_error)
{
    return pk_fail(out_error, PASSKEY_CANCELED, "The operation was canceled.");
}

passkey_status pk_call_open_http(pk_call *call, passkey_error **out_error)
{
    const pk_http_options options = {.ca_file = call->options.ca_file,
                                     .proxy = call->options.proxy,
                                     .timeout_ms = pk_options_timeout_ms(&call->options),
                                     .canceled = &call->canceled,
                                     .log = call->log};

    return call->http ? PASSKEY_OK : pk_http_new(&options, &call->http, out_error);
}

/* ------------------------------------------------------------------- the end */

static void log_end(const passkey_operation *operation)
{
    const pk_log *log = &operation->call.log;
    long long ms = (long long)(pk_clock_monotonic_ms() - operation->begun_ms);

    if (!operation->status)
        pk_log_write(log, PASSKEY_LOG_INFO, "%s: done after %lld ms", operation->work->name, ms);
    else if (operation->status == PASSKEY_CANCELED)
        pk_log_write(log, PASSKEY_LOG_INFO, "%s: canceled after %lld ms", operation->work->name,
                     ms);
    else
        pk_log_write(log, PASSKEY_LOG_ERROR, "%s: failed after %lld ms: %s", operation->work->name,
                     ms, passkey_error_text(operation->error));
}

static void call_back(void (*on_done)(void *), void *user, void (*user_free)(void *))
{
    if (on_done)
        on_done(user);
    if (user_free)
        user_free(user);
}

/* Nothing of the operation is left on any thread or in libcurl and OpenSSL:
 * once it is heard that it is done, the process may end. */
static void finish(pk_task *task)
{
    passkey_operation *operation = (passkey_operation *)(void *)task;
    void (*on_done)(void *), (*user_free)(void *), *user;

    log_end(operation);
    pthread_mutex_lock(&operation->lock);
    pk_progress_end(&operation->progress, &operation->lock);
    operation->done = true;
    on_done = operation->on_done;
    user_free = operation->user_free;
    user = operation->user;
    pthread_cond_broadcast(&operation->ended);
    pthread_mutex_unlock(&operation->lock);
    call_back(on_done, user, user_free);
    give_back(operation);
    pk_pool_leave();
}

static void hung_up(void *user)
{
    passkey_operation *operation = user;

    operation->task.run = finish;
    pk_pool_add(&operation->task, PK_TASK_QUICK);
}

static void end_steps(passkey_operation *operation)
{
    operation->result = operation->work->end(&operation->call, operation->state,
                                             operation->status);
    pk_crypto_end_thread();
    if (operation->call.http)
        pk_http_free(operation->call.http, hung_up, operation);
    else
        finish(&operation->task);
}

/* ----------------------------------------------------------------- the steps */

static void begin_step(passkey_operation *operation, const pk_step *step)
{
    if (!step->name)
        return;
    pk_log_write(&operation->call.log, PASSKEY_LOG_DEBUG, "%s: %s", operation->work->name,
                 step->name);
    pthread_mutex_lock(&operation->lock);
    pk_progress_begin(&operation->progress, &operation->lock, step->name);
    pthread_mutex_unlock(&operation->lock);
}

/* What goes on with an answer is not stopped: it may say that it is too late. */
static bool is_stopped(passkey_operation *operation, const pk_step *step)
{
    return step->name && !step->too_late && atomic_load(&operation->call.canceled);
}

static void queue_step(passkey_operation *operation, const pk_step *step)
{
    pk_task_kind kind = !step->may_wait   ? PK_TASK_QUICK
                        : step->too_late ? PK_TASK_WAITS_TOO
                                         : PK_TASK_WAITS;

    operation->task.lane = operation->home ^ (uintptr_t)step;
    pk_pool_add(&operation->task, kind);
}

static void heard(void *user)
{
    passkey_operation *operation = user;

    pk_pool_add(&operation->task, PK_TASK_QUICK);
}

static void run_step(pk_task *task)
{
    passkey_operation *operation = (passkey_operation *)(void *)task;
    size_t i = operation->call.next_step++;
    const pk_step *step = operation->work->step(i);

    if (is_stopped(operation, step)) {
        operation->status = pk_fail_canceled(&operation->error);
    } else {
        begin_step(operation, step);
        operation->status = operation->work->run(&operation->call, operation->state, i,
                                                 &operation->error);
    }
    pk_crypto_end_thread(); /* the next step may be another worker's */
    step = operation->status ? NULL : operation->work->step(operation->call.next_step);
    if (!step)
        end_steps(operation);
    else if (operation->call.http && pk_http_is_prepared(operation->call.http))
        pk_http_submit(operation->call.http, heard, operation);
    else
        queue_step(operation, step);
}

/* FNV-1a: stores that happen to have the same number only take turns. */
static uint64_t number_of(const char *text)
{
    uint64_t number = 0xcbf29ce484222325u;

    for (; text && *text; text++)
        number = (number ^ (unsigned char)*text) * 0x100000001b3u;
    return number;
}

passkey_status pk_operation_start(pk_options *options, const pk_log *log, const pk_work *work,
                                  void *state, passkey_operation **out_operation,
                                  passkey_error **out_error)
{
    passkey_operation *operation = calloc(1, sizeof *operation);

    if (!operation || !pk_pool_enter()) {
        free(operation);
        work->end(NULL, state, PASSKEY_OUT_OF_MEMORY);
        pk_options_clear(options);
        pk_log_sink_drop(log->sink);
        return pk_fail_memory(out_error);
    }
    pthread_mutex_init(&operation->lock, NULL);
    pthread_cond_init(&operation->ended, NULL);
    pthread_cond_init(&operation->progress.told, NULL);
    operation->num_owners = 2;
    operation->call.options = *options;
    operation->call.log = *log;
    operation->work = work;
    operation->state = state;
    operation->begun_ms = pk_clock_monotonic_ms();
    operation->task.run = run_step;
    operation->task.canceled = &operation->call.canceled;
    operation->home = number_of(operation->call.options.home);
    *options = (pk_options){0};
    *out_operation = operation;
    pk_pool_add(&operation->task, PK_TASK_QUICK);
    return PASSKEY_OK;
}

/* ------------------------------------------------------------------- public */

static bool is_done(const void *of)
{
    return ((const passkey_operation *)of)->done;
}

bool passkey_operation_wait(passkey_operation *operation, int timeout_ms)
{
    bool done;

    if (!operation)
        return false;
    pthread_mutex_lock(&operation->lock);
    done = pk_wait_until(&operation->ended, &operation->lock, is_done, operation, timeout_ms);
    pthread_mutex_unlock(&operation->lock);
    return done;
}

void passkey_operation_cancel(passkey_operation *operation)
{
    if (!operation)
        return;
    atomic_store(&operation->call.canceled, true);
    pk_pool_hurry(&operation->task);
    pk_network_wake();
}

passkey_status passkey_operation_on_done(passkey_operation *operation,
                                         void (*on_done)(void *user), void *user,
                                         void (*user_free)(void *user), passkey_error **out_error)
{
    bool done;

    if (!operation || !on_done)
        return pk_fail(out_error, PASSKEY_INVALID_ARGUMENT,
                       "An operation and a callback are needed.");
    pthread_mutex_lock(&operation->lock);
    if (operation->on_done) {
        pthread_mutex_unlock(&operation->lock);
        return pk_fail(out_error, PASSKEY_INVALID_ARGUMENT,
                       "The operation has a callback already.");
    }
    done = operation->done;
    operation->on_done = on_done;
    operation->user = user;
    operation->user_free = user_free;
    pthread_mutex_unlock(&operation->lock);
    if (done)
        call_back(on_done, user, user_free);
    return PASSKEY_OK;
}

passkey_status passkey_operation_on_progress(passkey_operation *operation,
                                             void (*on_progress)(void *user, const char *step),
                                             void *user, void (*user_free)(void *user),
                                             passkey_error **out_error)
{
    bool set;

    if (!operation || !on_progress)
        return pk_fail(out_error, PASSKEY_INVALID_ARGUMENT,
                       "An operation and a callback are needed.");
    pthread_mutex_lock(&operation->lock);
    operation->num_owners++; /* on_progress may free the operation, here and now */
    set = pk_progress_set(&operation->progress, &operation->lock, on_progress, user, user_free);
    pthread_mutex_unlock(&operation->lock);
    give_back(operation);
    return set ? PASSKEY_OK
               : pk_fail(out_error, PASSKEY_INVALID_ARGUMENT,
                         "The operation has a callback for its progress already.");
}

passkey_status pk_operation_take(passkey_operation *operation, pk_outcome outcome,
                                 void **out_result, passkey_error **out_error)
{
    passkey_status status;

    if (!operation || operation->work->outcome != outcome)
        return pk_fail(out_error, PASSKEY_INVALID_ARGUMENT, "The operation is not of this kind.");
    pthread_mutex_lock(&operation->lock);
    if (!operation->done || operation->taken) {
        status = pk_fail(out_error, PASSKEY_INVALID_ARGUMENT,
                         operation->taken ? "The outcome was taken already."
                                          : "The operation has not ended.");
    } else {
        operation->taken = true;
        status = operation->status;
        if (!status) {
            *out_result = operation->result;
            operation->result = NULL;
        } else if (out_error) {
            *out_error = operation->error;
            operation->error = NULL;
        }
    }
    pthread_mutex_unlock(&operation->lock);
    return status;
}

void passkey_operation_free(passkey_operation *operation)
{
    if (operation)
        give_back(operation);
}

bool passkey_drain(int timeout_ms)
{
    return pk_pool_drain(timeout_ms);
}
