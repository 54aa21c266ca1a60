/* SPDX-License-Identifier: Apache-2.0
 *
 * At rest there is nothing: no connection, no descriptor, no state in libcurl,
 * and after some seconds no thread. So the host may fork, exit or start over
 * at any time when no operation is under way.
 *
 * One libcurl multi handle serves all, so operations may take over each
 * other's idle connections. libcurl compares what they were made with: host,
 * port, proxy, and the TLS settings with the name of the CA file (lib/url.c
 * ConnectionExists, lib/vtls/vtls.c Curl_ssl_config_matches). What it does not
 * compare http.c sees to. */
#include "registration/network.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/thread.h"

#include <string.h>

#define IDLE_MS 2000       /* how long a thread without work stays */
#define MAX_POLL_MS 600000 /* nothing depends on it */

/* libcurl looks each name up on a thread of its own: not a thousand at once,
 * and no host whose name server is dead may keep all others waiting. */
#define MAX_LOOKUPS 4
#define MAX_LOOKUPS_OF_ONE_HOST 2

static struct shared {
    pthread_mutex_t lock;
    pthread_cond_t wanted;
    bool has_thread;
    bool woken; /* there is something to look at */
    unsigned num_users;
    pk_transfer *submitted; /* newest first */
    CURLM *multi;           /* made and ended by the thread */
} shared = {.lock = PTHREAD_MUTEX_INITIALIZER, .wanted = PTHREAD_COND_INITIALIZER};

/* The thread's own: the transfers under way, oldest first. */
static pk_transfer *transfers;

/* ------------------------------------------------------------- the multi handle */

static bool have_multi(void)
{
    CURLM *made = shared.multi ? NULL : curl_multi_init();

    if (!made)
        return shared.multi;
    pthread_mutex_lock(&shared.lock);
    shared.multi = made;
    pthread_mutex_unlock(&shared.lock);
    return true;
}

static void drop_multi(void)
{
    CURLM *multi = shared.multi;

    pthread_mutex_lock(&shared.lock);
    shared.multi = NULL;
    pthread_mutex_unlock(&shared.lock);
    curl_multi_cleanup(multi);
    pk_crypto_end_thread();
}

/* ---------------------------------------------------------------- the transfers */

static void end_transfer(pk_transfer **link, passkey_status why, CURLcode code)
{
    pk_transfer *transfer = *link;

    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): link points at one in the list */
    *link = transfer->next;
    if (transfer->state != PK_TRANSFER_NEW && !transfer->is_pause)
        curl_multi_remove_handle(shared.multi, transfer->easy);
    transfer->state = PK_TRANSFER_NEW;
    transfer->ended(transfer, why, code);
}

static void stop_unwanted(void)
{
    int64_t now_ms = pk_clock_monotonic_ms();
    pk_transfer **link = &transfers;

    while (*link) {
        pk_transfer *transfer = *link;

        if (transfer->canceled && atomic_load(transfer->canceled))
            end_transfer(link, PASSKEY_CANCELED, CURLE_ABORTED_BY_CALLBACK);
        else if (now_ms >= transfer->deadline_ms)
            end_transfer(link, PASSKEY_TIMEOUT, CURLE_ABORTED_BY_CALLBACK);
        else
            link = &transfer->next;
    }
}

static bool may_look_up(const char *host)
{
    unsigned num_lookups = 0, num_of_host = 0;
    pk_transfer *other;

    for (other = transfers; other; other = other->next) {
        if (other->state != PK_TRANSFER_LOOKING_UP)
            continue;
        num_lookups++;
        if (!strcmp(other->host, host))
            num_of_host++;
    }
    return num_lookups < MAX_LOOKUPS && num_of_host < MAX_LOOKUPS_OF_ONE_HOST;
}

static bool begin(pk_transfer *transfer)
{
    transfer->state = transfer->host ? PK_TRANSFER_LOOKING_UP : PK_TRANSFER_RUNNING;
    if (!have_multi() || transfer->is_pause)
        return shared.multi;
    return curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer) == CURLE_OK &&
           curl_multi_add_handle(shared.multi, transfer->easy) == CURLM_OK;
}

static void begin_new(void)
{
    pk_transfer **link = &transfers;

    while (*link) {
        pk_transfer *transfer = *link;

        if (transfer->state == PK_TRANSFER_NEW &&
            (!transfer->host || may_look_up(transfer->host)) && !begin(transfer)) {
            transfer->state = PK_TRANSFER_NEW;
            end_transfer(link, PASSKEY_OK, CURLE_OUT_OF_MEMORY);
        } else {
            link = &transfer->next;
        }
    }
}

/* Those that wait for the same host find it in libcurl's cache. */
void pk_network_found_host(pk_transfer *transfer)
{
    const char *host = transfer->host;
    pk_transfer *other;

    if (transfer->state != PK_TRANSFER_LOOKING_UP)
        return;
    transfer->state = PK_TRANSFER_RUNNING;
    for (other = transfers; other; other = other->next)
        if (other->state == PK_TRANSFER_NEW && other->host && !strcmp(other->host, host))
            other->host = NULL;
    pthread_mutex_lock(&shared.lock);
    shared.woken = true;
    pthread_mutex_unlock(&shared.lock);
}

static void end_finished(void)
{
    pk_transfer *transfer = NULL, **link;
    CURLMsg *message;
    int num_left;

    while ((message = curl_multi_info_read(shared.multi, &num_left))) {
        CURLcode code = message->data.result;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): what curl works on is in the list */
        for (link = &transfers; *link != transfer; link = &(*link)->next)
            ;
        end_transfer(link, PASSKEY_OK, code);
    }
}

static int ms_until_a_deadline(void)
{
    int64_t now_ms = pk_clock_monotonic_ms(), wait_ms = MAX_POLL_MS;
    pk_transfer *transfer;

    for (transfer = transfers; transfer; transfer = transfer->next)
        if (transfer->deadline_ms - now_ms < wait_ms)
            wait_ms = transfer->deadline_ms - now_ms;
    return wait_ms > 0 ? (int)wait_ms : 0;
}

/* ------------------------------------------------------------------- the thread */

static bool has_work(const void *of)
{
    (void)of;
    return shared.submitted || shared.woken;
}

/* False, and no thread any more, when there was nothing to do for long. */
static bool wait_for_work(void)
{
    bool work;

    pthread_mutex_lock(&shared.lock);
    do
        work = transfers ||
               pk_wait_until(&shared.wanted, &shared.lock, has_work, NULL, IDLE_MS);
    while (!work && shared.num_users);
    shared.has_thread = work;
    pthread_mutex_unlock(&shared.lock);
    return work;
}

static bool leave(void)
{
    unsigned num_users;

    pthread_mutex_lock(&shared.lock);
    num_users = --shared.num_users;
    pthread_mutex_unlock(&shared.lock);
    return num_users == 0;
}

/* The order among those that arrived together does not matter. */
static void take_submitted(void)
{
    pk_transfer *transfer, *next, **end = &transfers;

    pthread_mutex_lock(&shared.lock);
    transfer = shared.submitted;
    shared.submitted = NULL;
    shared.woken = false;
    pthread_mutex_unlock(&shared.lock);
    while (*end)
        end = &(*end)->next;
    for (; transfer; transfer = next) {
        next = transfer->next;
        transfer->next = NULL;
        if (!transfer->easy) {
            if (leave())
                drop_multi();
            transfer->ended(transfer, PASSKEY_OK, CURLE_OK);
        } else {
            *end = transfer;
            end = &transfer->next;
        }
    }
}

static bool anything_new(void)
{
    bool work;

    pthread_mutex_lock(&shared.lock);
    work = has_work(NULL);
    pthread_mutex_unlock(&shared.lock);
    return work;
}

/* What comes in after the look at shared wakes the poll: the multi handle is
 * there by then. */
static void drive(void)
{
    int num_running;

    curl_multi_perform(shared.multi, &num_running);
    end_finished();
    if (transfers && !anything_new())
        curl_multi_poll(shared.multi, NULL, 0, ms_until_a_deadline(), NULL);
}

static void *run(void *unused)
{
    (void)unused;
    while (wait_for_work()) {
        take_submitted();
        stop_unwanted();
        begin_new();
        if (transfers)
            drive();
    }
    return NULL;
}

/* ------------------------------------------------------------- from other threads */

/* In a child only the thread that forked goes on. What the parent's transfers
 * hold is left alone: closing a connection would speak on it. */
static void start_over(void)
{
    shared = (struct shared){.lock = PTHREAD_MUTEX_INITIALIZER,
                             .wanted = PTHREAD_COND_INITIALIZER};
    transfers = NULL;
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, start_over);
}

bool pk_network_enter(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    bool entered;

    pthread_once(&once, watch_forks);
    pthread_mutex_lock(&shared.lock);
    if (!shared.has_thread)
        shared.has_thread = pk_thread_start(run, NULL) == 0;
    entered = shared.has_thread;
    shared.num_users += entered;
    pthread_mutex_unlock(&shared.lock);
    return entered;
}

/* Once is enough until the thread has looked. */
static void wake(void)
{
    if (shared.woken)
        return;
    shared.woken = true;
    pthread_cond_signal(&shared.wanted);
    if (shared.multi)
        curl_multi_wakeup(shared.multi);
}

void pk_network_start(pk_transfer *transfer)
{
    pthread_mutex_lock(&shared.lock);
    transfer->next = shared.submitted;
    shared.submitted = transfer;
    wake();
    pthread_mutex_unlock(&shared.lock);
}

void pk_network_leave(pk_transfer *transfer)
{
    pk_network_start(transfer);
}

void pk_network_wake(void)
{
    pthread_mutex_lock(&shared.lock);
    if (shared.num_users)
        wake();
    pthread_mutex_unlock(&shared.lock);
}
