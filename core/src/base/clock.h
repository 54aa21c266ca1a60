/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PK_CLOCK_H
#define PK_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds since 1970-01-01T00:00:00Z. */
int64_t pk_clock_now_ms(void);

/* Milliseconds of a clock that never jumps; only differences mean anything. */
int64_t pk_clock_monotonic_ms(void);

#define PK_RFC3339_SIZE 32

/* RFC 3339 in UTC, as the official SDK writes local_created: no fraction when
 * the milliseconds are zero, else exactly three digits. False for a year
 * outside 0 to 9999. */
bool pk_rfc3339_format(int64_t ms, char out[PK_RFC3339_SIZE]);

#endif
