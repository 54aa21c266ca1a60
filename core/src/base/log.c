/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_MESSAGE 1024

struct pk_log_sink {
    atomic_int num_owners;
    void (*log)(void *user, passkey_log_level level, const char *message);
    void (*user_free)(void *user);
    void *user;
};

pk_log_sink *pk_log_sink_new(void (*log)(void *, passkey_log_level, const char *), void *user,
                             void (*user_free)(void *))
{
    pk_log_sink *sink = calloc(1, sizeof *sink);

    if (!sink)
        return NULL;
    atomic_init(&sink->num_owners, 1);
    sink->log = log;
    sink->user = user;
    sink->user_free = user_free;
    return sink;
}

pk_log_sink *pk_log_sink_share(pk_log_sink *sink)
{
    if (sink)
        atomic_fetch_add(&sink->num_owners, 1);
    return sink;
}

void pk_log_sink_drop(pk_log_sink *sink)
{
    if (!sink || atomic_fetch_sub(&sink->num_owners, 1) != 1)
        return;
    if (sink->user_free)
        sink->user_free(sink->user);
    free(sink);
}

void pk_log_write(const pk_log *log, passkey_log_level level, const char *format, ...)
{
    char message[MAX_MESSAGE];
    va_list arguments;

    if (!log->sink || level > log->level)
        return;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    log->sink->log(log->sink->user, level, message);
}

bool pk_log_level_parse(const char *text, passkey_log_level *out_level)
{
    static const char *const NAMES[] = {"off", "error", "warning", "info", "debug"};
    size_t i;

    for (i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        if (strcmp(text, NAMES[i]))
            continue;
        *out_level = (passkey_log_level)i;
        return true;
    }
    return false;
}
