/* SPDX-License-Identifier: Apache-2.0
 * Threads of the library, and waiting for them. */
#ifndef PK_THREAD_H
#define PK_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* Starts a detached thread on which all signals are blocked: a TLS write may
 * raise SIGPIPE, and the host's handlers must not run in our code. 0 or an
 * errno value. */
int pk_thread_start(void *(*run)(void *argument), void *argument);

/* Waits until stop(of) is true or timeout_ms milliseconds have passed; negative
 * waits without limit. lock is held before and after, and while stop is asked.
 * What stop(of) was last. */
bool pk_wait_until(pthread_cond_t *changed, pthread_mutex_t *lock, bool (*stop)(const void *of),
                   const void *of, int timeout_ms);

#endif
