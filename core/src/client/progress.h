/* SPDX-License-Identifier: Apache-2.0
 * Tells a callback which steps have begun: each once, in order, never two at a
 * time, also those that had begun before it was there. */
#ifndef PK_PROGRESS_H
#define PK_PROGRESS_H

#include <passkey/passkey.h>
#include <pthread.h>

#define PK_PROGRESS_MAX_STEPS 16

/* All zero but changed is the beginning. lock is its owner's, and held by the
 * caller of every function; they let go of it while they call back. */
typedef struct pk_progress {
    const char *begun[PK_PROGRESS_MAX_STEPS];
    unsigned num_begun, num_told;
    bool telling;
    bool is_set;
    bool over; /* no step will begin */
    void (*on_progress)(void *user, const char *step);
    void (*user_free)(void *user);
    void *user;
    pthread_cond_t told;
} pk_progress;

/* A step begins; name is static. */
void pk_progress_begin(pk_progress *progress, pthread_mutex_t *lock, const char *name);

/* No more steps. Returns when no callback runs and none will. */
void pk_progress_end(pk_progress *progress, pthread_mutex_t *lock);

/* False when there was one before. */
bool pk_progress_set(pk_progress *progress, pthread_mutex_t *lock,
                     void (*on_progress)(void *user, const char *step), void *user,
                     void (*user_free)(void *user));

#endif
