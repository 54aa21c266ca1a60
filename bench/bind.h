/* SPDX-License-Identifier: Apache-2.0
 * A whole bind as a client does it: a job, then the three calls of its link. */
#ifndef BENCH_BIND_H
#define BENCH_BIND_H

#include "base/json.h"
#include "http.h"
#include "tally.h"

enum { BENCH_CREATE, BENCH_INVOKE, BENCH_INFO, BENCH_BIND, BENCH_NUM_STEPS };
extern const char *const bench_step_names[BENCH_NUM_STEPS];

typedef struct bench_worker {
    const pk_json *ready; /* the ready line of passkey-cloud, with an API token */
    bench_http http;
    bench_tally steps[BENCH_NUM_STEPS];
    bool broken;      /* the connection was lost: the server is gone */
    int refused_step; /* of the last answer that was not 200 */
    int refused_status;
} bench_worker;

/* Makes a job. The link's target (path and query), to be given to pk_text_free;
 * NULL when it was refused or the connection broke. */
char *bench_create_job(bench_worker *worker);

/* Makes a job and binds its link with a new key. The credential's id, likewise. */
char *bench_bind(bench_worker *worker);

#endif
