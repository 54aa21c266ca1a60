/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_ms(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t pk_clock_now_ms(void)
{
    return read_ms(CLOCK_REALTIME);
}

int64_t pk_clock_monotonic_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}

bool pk_rfc3339_format(int64_t ms, char out[PK_RFC3339_SIZE])
{
    int fraction = (int)((ms % 1000 + 1000) % 1000);
    time_t seconds = (time_t)((ms - fraction) / 1000);
    struct tm utc;
    int len;

    if (!gmtime_r(&seconds, &utc) || utc.tm_year < -1900 || utc.tm_year > 8099)
        return false;
    len = snprintf(out, PK_RFC3339_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d", utc.tm_year + 1900,
                   utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
    if (len <= 0 || len > PK_RFC3339_SIZE - 6)
        return false;
    if (fraction)
        snprintf(out + len, (size_t)(PK_RFC3339_SIZE - len), ".%03dZ", fraction);
    else
        snprintf(out + len, (size_t)(PK_RFC3339_SIZE - len), "Z");
    return true;
}
