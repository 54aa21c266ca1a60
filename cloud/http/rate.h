/* SPDX-License-Identifier: Apache-2.0
 * How many requests each address may make: so many per second on average, and
 * twice as many at once. */
#ifndef PK_RATE_H
#define PK_RATE_H

#include "http/peer.h"

typedef struct pk_rates pk_rates;

/* NULL without memory. per_second 0: any number. */
pk_rates *pk_rates_new(int per_second, bool count_loopback);
void pk_rates_free(pk_rates *rates);

/* Whether the peer may make another request now; counts it. Else it may within a
 * second. */
bool pk_rates_take(pk_rates *rates, const pk_peer *peer, int64_t now_ms);

#endif
