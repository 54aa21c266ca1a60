/* SPDX-License-Identifier: Apache-2.0 */
#include "client/progress.h"

/* Whoever comes while another one tells leaves the telling to that one. */
static void tell(pk_progress *progress, pthread_mutex_t *lock)
{
    if (!progress->on_progress || progress->telling)
        return;
    progress->telling = true;
    while (progress->num_told < progress->num_begun) {
        const char *name = progress->begun[progress->num_told++];

        pthread_mutex_unlock(lock);
        progress->on_progress(progress->user, name);
        pthread_mutex_lock(lock);
    }
    progress->telling = false;
    pthread_cond_broadcast(&progress->told);
}

/* Once all is over and told. */
static void let_go(pk_progress *progress, pthread_mutex_t *lock)
{
    void (*user_free)(void *user) = progress->user_free;

    progress->user_free = NULL;
    pthread_mutex_unlock(lock);
    if (user_free)
        user_free(progress->user);
    pthread_mutex_lock(lock);
}

void pk_progress_begin(pk_progress *progress, pthread_mutex_t *lock, const char *name)
{
    if (progress->num_begun < PK_PROGRESS_MAX_STEPS)
        progress->begun[progress->num_begun++] = name;
    tell(progress, lock);
}

void pk_progress_end(pk_progress *progress, pthread_mutex_t *lock)
{
    while (progress->telling)
        pthread_cond_wait(&progress->told, lock);
    progress->over = true;
    let_go(progress, lock);
}

bool pk_progress_set(pk_progress *progress, pthread_mutex_t *lock,
                     void (*on_progress)(void *user, const char *step), void *user,
                     void (*user_free)(void *user))
{
    if (progress->is_set)
        return false;
    progress->is_set = true;
    progress->on_progress = on_progress;
    progress->user = user;
    progress->user_free = user_free;
    tell(progress, lock);
    if (progress->over)
        let_go(progress, lock);
    return true;
}
