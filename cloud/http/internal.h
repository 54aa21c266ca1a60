/* SPDX-License-Identifier: Apache-2.0
 * Shared between the server (http.c) and a request in it (exchange.c). */
#ifndef PK_HTTP_INTERNAL_H
#define PK_HTTP_INTERNAL_H

#include "base/memory.h"
#include "fault.h"
#include "http/connections.h"
#include "http/http.h"

#include <microhttpd.h>

typedef struct pk_exchange pk_exchange;

struct pk_http {
    const pk_cloud *cloud;
    pk_rates *rates;
    struct MHD_Daemon *daemon;
    pk_connections connections;
    pthread_mutex_t lock; /* of what follows */
    pk_exchange *delayed;
    bool stopping; /* nothing is delayed any more */
};

/* A request while it arrives and until it is answered. */
struct pk_exchange {
    pk_call call;
    pk_peer peer;
    pk_buffer body;
    size_t num_forgotten;
    int64_t start_ms;
    bool headers_seen;
    bool fault_chosen;
    pk_fault fault;
    struct MHD_Connection *mhd;
    pk_exchange *next_delayed;
    int64_t resume_ms;
};

/* What libmicrohttpd calls, with the pk_http as user: the request line is there;
 * the headers, the parts of the body, the whole are; it is over. */
void *pk_exchange_begin(void *user, const char *target, struct MHD_Connection *mhd);
enum MHD_Result pk_exchange_step(void *user, struct MHD_Connection *mhd, const char *url,
                                 const char *method, const char *version, const char *part,
                                 size_t *part_len, void **context);
void pk_exchange_end(void *user, struct MHD_Connection *mhd, void **context,
                     enum MHD_RequestTerminationCode code);

/* Whether the headers say in one way only where the request ends. */
bool pk_is_framed_clearly(struct MHD_Connection *mhd, const char *version);

/* Goes on with those that were delayed until now; stopping: with all, and none is
 * delayed from now on. */
void pk_exchange_resume(pk_http *http, bool stopping);

#endif
