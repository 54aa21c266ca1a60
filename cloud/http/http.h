/* SPDX-License-Identifier: Apache-2.0
 * The HTTP server. Only http.c and exchange.c call MHD_*. */
#ifndef PK_CLOUD_HTTP_H
#define PK_CLOUD_HTTP_H

#include "call.h"
#include "http/rate.h"

typedef struct pk_http pk_http;

/* Serves on a socket that listens already and stays the caller's. All calls run
 * on one thread, one after the other, so a store needs no lock. tls_cert and
 * tls_key are PEM texts, both or neither. NULL when it cannot. */
pk_http *pk_http_start(const pk_cloud *cloud, pk_rates *rates, int listener, const char *tls_cert,
                       const char *tls_key);

/* To be called about every second, with faults more often: closes connections on
 * which no request was completed for too long, however busily they drip, and
 * answers what was delayed. */
void pk_http_tick(pk_http *http);

/* Takes no more connections, lets requests that were begun end (but not for
 * long), then stops. Who connects meanwhile waits for what the caller does with
 * the socket. */
void pk_http_stop(pk_http *http);

#endif
