/* SPDX-License-Identifier: Apache-2.0
 * HTTPS requests over one reused connection. Only http.c calls curl_easy_* and
 * curl_multi_*. Settings after libcurl's security guide (libcurl-security(3)):
 * TLS 1.2 or newer, verified; no redirect followed; no cookies, no netrc, no
 * proxy from the environment; answers of at most PK_HTTP_MAX_BODY bytes.
 *
 * To be used on threads of the library only: they block SIGPIPE, which a TLS
 * write to a closed connection may raise. */
#ifndef PK_HTTP_H
#define PK_HTTP_H

#include "base/memory.h"

#include <passkey/passkey.h>
#include <stdatomic.h>

#define PK_HTTP_MAX_BODY 65536
#define PK_HTTP_MAX_HEADERS 65536

typedef struct pk_http pk_http;

typedef struct pk_http_options {
    const char *ca_file; /* NULL: the system's */
    const char *proxy;   /* NULL: none */
    int timeout_ms;      /* for all requests of this pk_http together */
    const atomic_bool *canceled;
} pk_http_options;

typedef struct pk_http_request {
    const char *method; /* "GET" or "POST" */
    const char *url;    /* judged by pk_url_judge */
    const char *accept; /* NULL: none */
    const char *bearer; /* NULL: no Authorization */
    const char *body;   /* JSON; NULL: none */
} pk_http_request;

typedef struct pk_http_answer {
    long status;
    pk_buffer body;
    char correlation_id[65]; /* "" when there was none */
} pk_http_answer;

passkey_status pk_http_new(const pk_http_options *options, pk_http **out_http,
                           passkey_error **out_error);
void pk_http_free(pk_http *http);

/* Sends one request. PASSKEY_OK when an answer of any status arrived whole;
 * else NETWORK_ERROR, TLS_ERROR, TIMEOUT, CANCELED or BAD_RESPONSE (too large,
 * not HTTP). */
passkey_status pk_http_send(pk_http *http, const pk_http_request *request,
                            pk_http_answer *out_answer, passkey_error **out_error);

void pk_http_answer_free(pk_http_answer *answer);

#endif
