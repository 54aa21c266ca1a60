/* SPDX-License-Identifier: Apache-2.0
 * The least HTTP/1.1 client: one connection that is kept, one request at a time.
 * It shares the machine with the server, so it must cost little. */
#ifndef BENCH_HTTP_H
#define BENCH_HTTP_H

#include "base/memory.h"

typedef struct bench_http {
    const char *host; /* an IPv4 address, borrowed */
    int port;
    int fd; /* -1: not connected yet */
    pk_buffer out;
    pk_buffer in;
} bench_http;

typedef struct bench_answer {
    int status;
    const char *body; /* in the connection's buffer until its next request */
    size_t body_len;
} bench_answer;

/* bearer and body may be NULL. False when the connection broke: it cannot be
 * known then whether the server did what it was asked. */
bool bench_http_call(bench_http *http, const char *method, const char *target, const char *bearer,
                     const char *body, bench_answer *out_answer);

/* Closes the connection; both buffers held tokens and are overwritten. */
void bench_http_end(bench_http *http);

#endif
