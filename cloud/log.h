/* SPDX-License-Identifier: Apache-2.0
 * The log: JSON lines on stderr. A call is logged by its route's pattern, not
 * by its target, since targets hold tokens. */
#ifndef PK_LOG_H
#define PK_LOG_H

#include "call.h"

void pk_log_call(const pk_call *call, int64_t took_ms);
void pk_log_failure(const char *route, const char *reason, const char *correlation_id);
void pk_log_event(const char *event);

/* What became of a message: with a reason, the path of a file, or NULL. */
void pk_log_mail(const char *event, const char *job_id, long long attempt, const char *reason,
                 const char *path);

#endif
