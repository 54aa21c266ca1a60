/* SPDX-License-Identifier: Apache-2.0 */
#include "client/operation.h"

#include "base/crypto.h"
#include "base/error.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

struct passkey_operation {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    int num_owners; /* the caller and the thread */
    bool done, taken;
    atomic_bool canceled;
    pk_options options;
    const pk_work *work;
    void *ask;
    passkey_status status;
    void *result;
    passkey_error *error;
    void (*on_done)(void *user);
    void (*user_free)(void *user);
    void *user;
};

/* How many operations run in this process, for passkey_drain. */
static pthread_mutex_t running_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t running_fewer = PTHREAD_COND_INITIALIZER;
static unsigned num_running;

/* A child has none of its parent's threads: nothing runs in it. */
static void start_anew_in_child(void)
{
    pthread_mutex_init(&running_lock, NULL);
    pthread_cond_init(&running_fewer, NULL);
    num_running = 0;
}

static void watch_for_fork(void)
{
    pthread_atfork(NULL, NULL, start_anew_in_child);
}

static void count_running(int change)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, watch_for_fork);
    pthread_mutex_lock(&running_lock);
    num_running += (unsigned)change;
    pthread_cond_broadcast(&running_fewer);
    pthread_mutex_unlock(&running_lock);
}

/* Waits for *stop to be true; lock is held before and after. */
static bool wait_until(pthread_cond_t *changed, pthread_mutex_t *lock,
                       bool (*stop)(const void *of), const void *of, int timeout_ms)
{
    struct timespec end;
    int failure = 0;

    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += timeout_ms / 1000;
    end.tv_nsec += timeout_ms % 1000 * 1000000L;
    if (end.tv_nsec >= 1000000000L) {
        end.tv_sec++;
        end.tv_nsec -= 1000000000L;
    }
    while (!stop(of) && !failure) {
        if (timeout_ms < 0)
            pthread_cond_wait(changed, lock);
        else
            failure = pthread_cond_clockwait(changed, lock, CLOCK_MONOTONIC, &end);
    }
    return stop(of);
}

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
    operation->work->ask_free(operation->ask);
    pk_options_clear(&operation->options);
    pthread_cond_destroy(&operation->ended);
    pthread_mutex_destroy(&operation->lock);
    free(operation);
}

static void call_back(void (*on_done)(void *), void *user, void (*user_free)(void *))
{
    if (on_done)
        on_done(user);
    if (user_free)
        user_free(user);
}

static void *run(void *argument)
{
    passkey_operation *operation = argument;
    void (*on_done)(void *), (*user_free)(void *), *user;
    void *result = NULL;
    passkey_error *error = NULL;
    passkey_status status = operation->work->run(&operation->options, operation->ask,
                                                 &operation->canceled, &result, &error);

    /* before anybody hears of the end: the process may end at once */
    pk_crypto_end_thread();
    pthread_mutex_lock(&operation->lock);
    operation->status = status;
    operation->result = result;
    operation->error = error;
    operation->done = true;
    on_done = operation->on_done;
    user_free = operation->user_free;
    user = operation->user;
    pthread_cond_broadcast(&operation->ended);
    pthread_mutex_unlock(&operation->lock);
    call_back(on_done, user, user_free);
    give_back(operation);
    count_running(-1);
    return NULL;
}

/* A new thread inherits the mask that its maker has at that moment. */
static int start_thread(passkey_operation *operation)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    pthread_t thread;
    int failure;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    failure = pthread_create(&thread, &attributes, run, operation);
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failure;
}

passkey_status pk_operation_start(const pk_options *options, const pk_work *work, void *ask,
                                  passkey_operation **out_operation, passkey_error **out_error)
{
    passkey_operation *operation = calloc(1, sizeof *operation);
    passkey_status status;

    if (!operation) {
        work->ask_free(ask);
        return pk_fail_memory(out_error);
    }
    pthread_mutex_init(&operation->lock, NULL);
    pthread_cond_init(&operation->ended, NULL);
    operation->num_owners = 1;
    operation->work = work;
    operation->ask = ask;
    status = pk_options_copy(options, &operation->options, out_error);
    if (!status) {
        operation->num_owners = 2;
        count_running(1);
        if (start_thread(operation) != 0) {
            count_running(-1);
            operation->num_owners = 1;
            status = pk_fail_memory(out_error);
        }
    }
    if (status)
        give_back(operation);
    else
        *out_operation = operation;
    return status;
}

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
    done = wait_until(&operation->ended, &operation->lock, is_done, operation, timeout_ms);
    pthread_mutex_unlock(&operation->lock);
    return done;
}

void passkey_operation_cancel(passkey_operation *operation)
{
    if (operation)
        atomic_store(&operation->canceled, true);
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

passkey_status pk_operation_take(passkey_operation *operation, const pk_work *work,
                                 void **out_result, passkey_error **out_error)
{
    passkey_status status;

    if (!operation || operation->work != work)
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

passkey_status pk_operation_run(const pk_options *options, const pk_work *work, void *ask,
                                void **out_result, passkey_error **out_error)
{
    passkey_operation *operation = NULL;
    passkey_status status = pk_operation_start(options, work, ask, &operation, out_error);

    if (status)
        return status;
    passkey_operation_wait(operation, -1);
    status = pk_operation_take(operation, work, out_result, out_error);
    passkey_operation_free(operation);
    return status;
}

static bool is_quiet(const void *of)
{
    (void)of;
    return num_running == 0;
}

bool passkey_drain(int timeout_ms)
{
    bool quiet;

    pthread_mutex_lock(&running_lock);
    quiet = wait_until(&running_fewer, &running_lock, is_quiet, NULL, timeout_ms);
    pthread_mutex_unlock(&running_lock);
    return quiet;
}
