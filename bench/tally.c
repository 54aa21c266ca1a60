/* SPDX-License-Identifier: Apache-2.0 */
#include "tally.h"

#include <stdlib.h>
#include <time.h>

int64_t bench_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

bool bench_tally_add(bench_tally *tally, int64_t took_us)
{
    if (tally->num == tally->capacity) {
        size_t capacity = tally->capacity ? tally->capacity * 2 : 1024;
        int64_t *grown = realloc(tally->took_us, capacity * sizeof *grown);

        if (!grown)
            return false;
        tally->took_us = grown;
        tally->capacity = capacity;
    }
    tally->took_us[tally->num++] = took_us;
    return true;
}

bool bench_tally_add_all(bench_tally *tally, const bench_tally *other)
{
    for (size_t i = 0; i < other->num; i++)
        if (!bench_tally_add(tally, other->took_us[i]))
            return false;
    return true;
}

void bench_tally_free(bench_tally *tally)
{
    free(tally->took_us);
    *tally = (bench_tally){0};
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

/* The nearest rank: the smallest that so many percent do not exceed. */
static long long percentile(const bench_tally *tally, size_t percent)
{
    size_t rank = (tally->num * percent + 99) / 100;

    return tally->num ? (long long)tally->took_us[rank ? rank - 1 : 0] : 0;
}

pk_json *bench_tally_json(bench_tally *tally)
{
    pk_json *json = pk_json_new_object();

    if (tally->num)
        qsort(tally->took_us, tally->num, sizeof *tally->took_us, compare);
    if (pk_json_add_number(json, "p50_us", percentile(tally, 50)) &&
        pk_json_add_number(json, "p99_us", percentile(tally, 99)) &&
        pk_json_add_number(json, "max_us", percentile(tally, 100)))
        return json;
    pk_json_free(json);
    return NULL;
}
