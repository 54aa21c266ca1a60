/* SPDX-License-Identifier: Apache-2.0
 * How long things took. All are kept, so that percentiles are exact. */
#ifndef BENCH_TALLY_H
#define BENCH_TALLY_H

#include "base/json.h"

#include <stddef.h>
#include <stdint.h>

typedef struct bench_tally {
    int64_t *took_us;
    size_t num;
    size_t capacity;
} bench_tally;

/* Microseconds of a clock that never jumps. */
int64_t bench_now_us(void);

bool bench_tally_add(bench_tally *tally, int64_t took_us);
bool bench_tally_add_all(bench_tally *tally, const bench_tally *other);
void bench_tally_free(bench_tally *tally);

/* {"p50_us","p99_us","max_us"}, NULL without memory; sorts the tally. */
pk_json *bench_tally_json(bench_tally *tally);

#endif
