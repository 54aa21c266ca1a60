/* SPDX-License-Identifier: Apache-2.0
 * The HTTPS requests of one operation, one after the other. Only http.c and
 * http_setup.c call curl_easy_*. Settings after libcurl's security guide (libcurl-security(3)):
 * TLS 1.2 or newer, verified; no redirect followed; no cookies, no netrc, no
 * proxy from the environment; answers of at most as many bytes as are expected.
 *
 * A request is prepared and its answer taken on a worker; between the two it
 * is the network thread's, and nobody waits for it. */
#ifndef PK_HTTP_H
#define PK_HTTP_H

#include "base/log.h"
#include "base/memory.h"

#include <passkey/passkey.h>
#include <stdatomic.h>

#define PK_HTTP_MAX_BODY 65536
#define PK_HTTP_MAX_HEADERS 65536

typedef struct pk_http pk_http;

typedef struct pk_http_options {
    const char *ca_file; /* NULL: the system's */
    const char *proxy;   /* NULL: none */
    int timeout_ms;      /* for the time under way of all its requests together */
    const atomic_bool *canceled; /* pk_network_wake after a change */
    pk_log log;
} pk_http_options;

typedef struct pk_http_request {
    const char *method; /* "GET" or "POST" */
    const char *url;    /* judged by pk_url_judge */
    const char *accept; /* NULL: none */
    const char *bearer; /* NULL: no Authorization */
    const char *body;   /* JSON; NULL: none */
    size_t max_answer;  /* bytes of its body; 0: PK_HTTP_MAX_BODY */
} pk_http_request;

typedef struct pk_http_answer {
    long status;
    pk_buffer body;
    char correlation_id[65]; /* "" when there was none */
    int retry_after_s;       /* 0 when the cloud did not say */
} pk_http_answer;

passkey_status pk_http_new(const pk_http_options *options, pk_http **out_http,
                           passkey_error **out_error);

/* Calls freed(user) when nothing of it is left, and of its connection nothing
 * that only it had: on the network thread. Not while a request is under way. */
void pk_http_free(pk_http *http, void (*freed)(void *user), void *user);

/* Gets a request ready; copies it. What was prepared or answered before is
 * forgotten. */
passkey_status pk_http_prepare(pk_http *http, const pk_http_request *request,
                               passkey_error **out_error);
bool pk_http_is_prepared(const pk_http *http);

/* Gets a pause ready, to be submitted as a request is; it ends early only when
 * it is canceled. Not part of the time under way. */
void pk_http_prepare_pause(pk_http *http, int64_t pause_ms);

/* Gives what comes next so much time, whatever was used before. */
void pk_http_allow_ms(pk_http *http, int64_t allowed_ms);

/* Sends what was prepared and returns; heard(user) is called on the network
 * thread when it has ended, well or not. */
void pk_http_submit(pk_http *http, void (*heard)(void *user), void *user);

/* Whether the request perhaps arrived and only its answer got lost. */
bool pk_http_answer_lost(const pk_http *http);

/* PASSKEY_OK when an answer of any status arrived whole; else NETWORK_ERROR,
 * TLS_ERROR, TIMEOUT, CANCELED or BAD_RESPONSE (too large, not HTTP). */
passkey_status pk_http_take(pk_http *http, pk_http_answer *out_answer, passkey_error **out_error);

void pk_http_answer_free(pk_http_answer *answer);

#endif
