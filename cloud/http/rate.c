/* SPDX-License-Identifier: Apache-2.0
 * A token bucket for each address, in a table of fixed size: a flood of addresses
 * makes it forget others, but takes no memory. */
#include "http/rate.h"

#include "base/crypto.h"

#include <stdlib.h>
#include <string.h>

#define NUM_BUCKETS 4096
#define NUM_TRIED 8
#define MS 1000

/* Thousandths of a request are counted, so that whole numbers do. */
typedef struct bucket {
    uint8_t key[16];
    int64_t level; /* thousandths that are left */
    int64_t at_ms; /* when that was; 0: an unused bucket */
} bucket;

struct pk_rates {
    int per_second;
    bool count_loopback;
    uint64_t seed; /* nobody can know which addresses share a bucket */
    bucket buckets[NUM_BUCKETS];
};

pk_rates *pk_rates_new(int per_second, bool count_loopback)
{
    pk_rates *rates = calloc(1, sizeof *rates);

    if (!rates)
        return NULL;
    rates->per_second = per_second;
    rates->count_loopback = count_loopback;
    if (pk_random(&rates->seed, sizeof rates->seed))
        return rates;
    free(rates);
    return NULL;
}

void pk_rates_free(pk_rates *rates)
{
    free(rates);
}

/* FNV-1a */
static size_t place_of(const pk_rates *rates, const uint8_t key[16])
{
    uint64_t hash = 14695981039346656037u ^ rates->seed;

    for (int i = 0; i < 16; i++)
        hash = (hash ^ key[i]) * 1099511628211u;
    return (size_t)((hash ^ hash >> 32) % NUM_BUCKETS);
}

/* Its own bucket; else a new one in place of the one that rested longest. */
static bucket *bucket_of(pk_rates *rates, const uint8_t key[16], int64_t now_ms)
{
    size_t place = place_of(rates, key);
    bucket *oldest = &rates->buckets[place];

    for (size_t i = 0; i < NUM_TRIED; i++) {
        bucket *each = &rates->buckets[(place + i) % NUM_BUCKETS];

        if (each->at_ms != 0 && memcmp(each->key, key, sizeof each->key) == 0)
            return each;
        if (each->at_ms < oldest->at_ms)
            oldest = each;
    }
    *oldest = (bucket){.level = 2LL * rates->per_second * MS, .at_ms = now_ms};
    memcpy(oldest->key, key, sizeof oldest->key);
    return oldest;
}

/* After two seconds any bucket is full. */
static void fill(bucket *own, int per_second, int64_t now_ms)
{
    int64_t passed_ms = now_ms - own->at_ms;
    int64_t full = 2LL * per_second * MS;

    own->level += (passed_ms > 2LL * MS ? 2LL * MS : passed_ms) * per_second;
    if (own->level > full)
        own->level = full;
    own->at_ms = now_ms;
}

bool pk_rates_take(pk_rates *rates, const pk_peer *peer, int64_t now_ms)
{
    bucket *own;

    if (rates->per_second == 0 || (peer->loopback && !rates->count_loopback))
        return true;
    own = bucket_of(rates, peer->key, now_ms);
    fill(own, rates->per_second, now_ms);
    if (own->level < MS)
        return false;
    own->level -= MS;
    return true;
}
