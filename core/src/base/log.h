/* SPDX-License-Identifier: Apache-2.0
 * What the library tells its host while it works. Never a link, a token or a
 * JWS in a message: errors hold none, and nothing else that is said comes from
 * outside. */
#ifndef PK_LOG_H
#define PK_LOG_H

#include <passkey/passkey.h>

/* The host's callback, shared by a client and its operations. */
typedef struct pk_log_sink pk_log_sink;

/* NULL without memory; user then stays the caller's. */
pk_log_sink *pk_log_sink_new(void (*log)(void *, passkey_log_level, const char *), void *user,
                             void (*user_free)(void *));
pk_log_sink *pk_log_sink_share(pk_log_sink *sink);
void pk_log_sink_drop(pk_log_sink *sink); /* the last one calls user_free */

/* A sink and how much goes into it; all zero is silence. */
typedef struct pk_log {
    pk_log_sink *sink;
    passkey_log_level level;
} pk_log;

void pk_log_write(const pk_log *log, passkey_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* off, error, warning, info or debug. */
bool pk_log_level_parse(const char *text, passkey_log_level *out_level);

#endif
