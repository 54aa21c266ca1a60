/* SPDX-License-Identifier: Apache-2.0 */
#include "base/thread.h"

#include <signal.h>
#include <time.h>

/* A new thread inherits the mask that its maker has at that moment. */
int pk_thread_start(void *(*run)(void *argument), void *argument)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    pthread_t thread;
    int failure;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    failure = pthread_create(&thread, &attributes, run, argument);
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failure;
}

bool pk_wait_until(pthread_cond_t *changed, pthread_mutex_t *lock, bool (*stop)(const void *of),
                   const void *of, int timeout_ms)
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
