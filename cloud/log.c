/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"

#include <stdio.h>
#include <string.h>

static pk_json *new_line(const char *event)
{
    char time[PK_RFC3339_SIZE] = "";
    pk_json *line = pk_json_new_object();

    pk_rfc3339_format(pk_clock_now_ms(), time);
    pk_json_add_text(line, "time", time);
    pk_json_add_text(line, "event", event);
    return line;
}

/* One write per line, so that lines of several processes do not mix. */
static void write_line(pk_json *line)
{
    char *text = pk_json_print(line);

    if (text)
        fprintf(stderr, "%s\n", text);
    pk_text_free(text);
    pk_json_free(line);
}

/* A method is the client's to invent; what it invents is not for the log. */
static const char *known_method(const char *method)
{
    static const char *const known[] = {"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(method, known[i]) == 0)
            return known[i];
    return "other";
}

void pk_log_call(const pk_call *call, int64_t took_ms)
{
    pk_json *line = new_line("call");

    pk_json_add_text(line, "method", known_method(call->method));
    pk_json_add_text(line, "route", call->route ? call->route : "none");
    pk_json_add_number(line, "status", call->status);
    pk_json_add_number(line, "took_ms", took_ms);
    if (call->fault)
        pk_json_add_text(line, "fault", call->fault);
    pk_json_add_text(line, "correlation_id", call->correlation_id);
    write_line(line);
}

void pk_log_failure(const char *route, const char *reason, const char *correlation_id)
{
    pk_json *line = new_line("failure");

    pk_json_add_text(line, "route", route ? route : "none");
    pk_json_add_text(line, "reason", reason);
    pk_json_add_text(line, "correlation_id", correlation_id);
    write_line(line);
}

void pk_log_event(const char *event)
{
    write_line(new_line(event));
}

void pk_log_mail(const char *event, const char *job_id, long long attempt, const char *reason,
                 const char *path)
{
    pk_json *line = new_line(event);

    pk_json_add_text(line, "job_id", job_id);
    pk_json_add_number(line, "attempt", attempt);
    if (reason)
        pk_json_add_text(line, "reason", reason);
    if (path)
        pk_json_add_text(line, "path", path);
    write_line(line);
}
