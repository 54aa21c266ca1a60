/* SPDX-License-Identifier: Apache-2.0
 * The network thread: one for the process, it drives the transfers of all
 * operations. Only network.c calls curl_multi_*. */
#ifndef PK_NETWORK_H
#define PK_NETWORK_H

#include <curl/curl.h>
#include <passkey/passkey.h>
#include <stdatomic.h>
#include <stdint.h>

/* A transfer under way, and a place in the network thread's lists. Its owner
 * fills in the first part and leaves it alone until ended is called. */
typedef struct pk_transfer {
    CURL *easy;
    const char *host; /* to be looked up; NULL when there is nothing to look up */
    const atomic_bool *canceled;
    int64_t deadline_ms;
    bool is_pause; /* nothing is sent: only the deadline is waited for */
    /* On the network thread: why is CANCELED or TIMEOUT when it was stopped,
     * else OK and code says how it ended. Must not block. */
    void (*ended)(struct pk_transfer *transfer, passkey_status why, CURLcode code);

    /* the network thread's own */
    struct pk_transfer *next;
    enum { PK_TRANSFER_NEW, PK_TRANSFER_LOOKING_UP, PK_TRANSFER_RUNNING } state;
} pk_transfer;

/* Announces a user: the thread is there until pk_network_leave. False when no
 * thread can be had. */
bool pk_network_enter(void);

/* Starts a transfer; from any thread. */
void pk_network_start(pk_transfer *transfer);

/* To be called from the transfer's own callbacks: its host is looked up. */
void pk_network_found_host(pk_transfer *transfer);

/* A canceled flag was set: looks at all of them. From any thread. */
void pk_network_wake(void);

/* Ends what pk_network_enter began, with a transfer that is not under way and
 * whose easy handle is NULL. Its ended comes last: with the last user all
 * connections are closed, and the thread is out of libcurl and OpenSSL. */
void pk_network_leave(pk_transfer *transfer);

#endif
