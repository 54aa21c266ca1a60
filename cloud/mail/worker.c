/* SPDX-License-Identifier: Apache-2.0
 * The thread that sends what is due in the outbox. */
#include "mail/internal.h"

#include "base/clock.h"
#include "base/crypto.h"

#include <stdlib.h>
#include <time.h>

#define STOP_MS 3000

bool pk_mail_wait(pk_mail_worker *worker, int ms)
{
    struct timespec until;
    bool stopping;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&worker->lock);
    while (ms > 0 && !worker->stopping &&
           pthread_cond_timedwait(&worker->woken, &worker->lock, &until) == 0)
        continue;
    stopping = worker->stopping;
    pthread_mutex_unlock(&worker->lock);
    return stopping;
}

static void *work(void *user)
{
    pk_mail_worker *worker = user;

    while (!pk_mail_wait(worker, pk_mail_work(worker)))
        continue;
    pk_crypto_end_thread();
    return NULL;
}

static void init_waiting(pk_mail_worker *worker)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&worker->woken, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&worker->lock, NULL);
}

static void free_worker(pk_mail_worker *worker)
{
    pk_smtp_free(worker->smtp);
    pthread_cond_destroy(&worker->woken);
    pthread_mutex_destroy(&worker->lock);
    free(worker);
}

pk_mail_worker *pk_mail_start(const pk_mail *mail, pk_store *store)
{
    pk_mail_worker *worker = calloc(1, sizeof *worker);

    if (!worker)
        return NULL;
    worker->mail = mail;
    worker->store = store;
    init_waiting(worker);
    if (mail->has_smtp)
        worker->smtp = pk_smtp_new(&mail->smtp, &worker->abort_at_ms);
    if ((worker->smtp || !mail->has_smtp) &&
        pthread_create(&worker->thread, NULL, work, worker) == 0)
        return worker;
    free_worker(worker);
    return NULL;
}

void pk_mail_stop(pk_mail_worker *worker)
{
    if (!worker)
        return;
    atomic_store(&worker->abort_at_ms, pk_clock_monotonic_ms() + STOP_MS);
    pthread_mutex_lock(&worker->lock);
    worker->stopping = true;
    pthread_cond_signal(&worker->woken);
    pthread_mutex_unlock(&worker->lock);
    pthread_join(worker->thread, NULL);
    free_worker(worker);
}
