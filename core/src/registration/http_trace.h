/* SPDX-License-Identifier: Apache-2.0
 * How far a request came, for those who want to know why it came no further. */
#ifndef PK_HTTP_TRACE_H
#define PK_HTTP_TRACE_H

#include "registration/http.h"

typedef enum pk_http_reached {
    PK_REACHED_NOTHING, /* not even an address */
    PK_REACHED_ADDRESS,
    PK_REACHED_HOST, /* the cloud's, or the proxy */
    PK_REACHED_TLS,  /* also where the URL has none */
    PK_REACHED_ANSWER
} pk_http_reached;

/* Why a certificate was not accepted. */
typedef enum pk_http_verdict {
    PK_CERTIFICATE_FINE,
    PK_CERTIFICATE_EXPIRED,
    PK_CERTIFICATE_OF_THE_FUTURE,
    PK_CERTIFICATE_UNKNOWN_CA,
    PK_CERTIFICATE_OTHER_HOST,
    PK_CERTIFICATE_REFUSED /* for another reason */
} pk_http_verdict;

typedef struct pk_http_trace {
    pk_http_reached reached;
    pk_http_verdict verdict;
    bool failed_at_proxy;    /* it is the proxy that was not found, not reached or that refused */
    char address[48];        /* that was connected to, or tried; "" */
    int64_t date_s;          /* of the answer, since 1970; -1 when it has none */
    int64_t certificate_end_s; /* -1 when it is not known */
} pk_http_trace;

/* For the request that is prepared: on a connection of its own. False without
 * memory. */
bool pk_http_trace_begin(pk_http *http);

/* After it has ended, before pk_http_take. */
void pk_http_trace_read(const pk_http *http, pk_http_trace *out);

/* The version of libcurl at run time, static. out_weakness: what speaks against
 * it, static; NULL when nothing does. */
const char *pk_http_library(const char **out_weakness);

#endif
