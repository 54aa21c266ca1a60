/* SPDX-License-Identifier: Apache-2.0 */
#include "fault.h"

#include "answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FAULTS 64
#define MAX_NUMBER 600000 /* ten minutes of delay */

struct pk_faults {
    pk_fault all[MAX_FAULTS];
    size_t num;
};

pk_faults *pk_faults_new(void)
{
    return calloc(1, sizeof(pk_faults));
}

void pk_faults_free(pk_faults *faults)
{
    free(faults);
}

void pk_faults_clear(pk_faults *faults)
{
    faults->num = 0;
}

/* -------------------------------------------------------------------- reading */

static bool read_number(const char *text, int *out)
{
    size_t len = strlen(text);

    if (len == 0 || len > 6 || strspn(text, "0123456789") != len || atoi(text) > MAX_NUMBER)
        return false;
    *out = atoi(text);
    return true;
}

static bool read_text(const char *text, char *out, size_t out_size)
{
    return *text && snprintf(out, out_size, "%s", text) < (int)out_size;
}

static bool read_action(const char *text, pk_fault *fault)
{
    static const struct {
        const char *name;
        pk_fault_action action;
        int min, max; /* of the number; 0 and 0: none */
    } actions[] = {
        {"delay", PK_FAULT_DELAY, 1, MAX_NUMBER},      {"lose-answer", PK_FAULT_LOSE_ANSWER, 0, 0},
        {"half-answer", PK_FAULT_HALF_ANSWER, 0, 0},   {"cut", PK_FAULT_CUT, 0, 0},
        {"status", PK_FAULT_STATUS, 400, 599},         {"garbage", PK_FAULT_GARBAGE, 0, 0},
    };
    size_t len = strcspn(text, ":");

    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (strlen(actions[i].name) != len || strncmp(text, actions[i].name, len) != 0)
            continue;
        fault->action = actions[i].action;
        fault->name = actions[i].name;
        if (actions[i].max == 0)
            return text[len] == '\0';
        return text[len] == ':' && read_number(text + len + 1, &fault->number) &&
               fault->number >= actions[i].min && fault->number <= actions[i].max;
    }
    return false;
}

/* Answers what is wrong with one KEY=VALUE; NULL for nothing. */
/* NOLINTNEXTLINE(readability-function-cognitive-complexity): a table, as conditions */
static const char *read_part(const char *part, pk_fault *fault)
{
    const char *equals = strchr(part, '=');
    size_t len = equals ? (size_t)(equals - part) : 0;
    const char *value = equals ? equals + 1 : "";

    if (len == 5 && strncmp(part, "route", len) == 0)
        return read_text(value, fault->route, sizeof fault->route) ? NULL : "route is not a text";
    if (len == 6 && strncmp(part, "method", len) == 0)
        return read_text(value, fault->method, sizeof fault->method) ? NULL : "no such method";
    if (len == 4 && strncmp(part, "skip", len) == 0)
        return read_number(value, &fault->skip) ? NULL : "skip is not a number";
    if (len == 5 && strncmp(part, "times", len) == 0)
        return read_number(value, &fault->times) ? NULL : "times is not a number";
    if (len == 11 && strncmp(part, "retry-after", len) == 0)
        return read_number(value, &fault->retry_after) ? NULL : "retry-after is not a number";
    if (len == 2 && strncmp(part, "do", len) == 0)
        return read_action(value, fault) ? NULL : "no such action";
    return "not one of route= method= skip= times= do= retry-after=";
}

const char *pk_faults_add(pk_faults *faults, const char *spec)
{
    pk_fault fault = {.times = -1, .retry_after = -1};
    const char *wrong = NULL;
    char part[160];

    while (!wrong) {
        size_t len = strcspn(spec, ",");

        if (snprintf(part, sizeof part, "%.*s", (int)len, spec) >= (int)sizeof part)
            return "too long";
        wrong = read_part(part, &fault);
        if (spec[len] == '\0')
            break;
        spec += len + 1;
    }
    if (!wrong && fault.action == PK_FAULT_NONE)
        wrong = "do= is missing";
    if (!wrong && faults->num == MAX_FAULTS)
        wrong = "there are too many";
    if (!wrong)
        faults->all[faults->num++] = fault;
    return wrong;
}

/* ------------------------------------------------------------------- meeting */

static bool meets(const pk_fault *fault, const pk_call *call, const char *path)
{
    return (!*fault->method || strcmp(fault->method, call->method) == 0) &&
           strstr(path, fault->route) != NULL;
}

/* Whether it is this call's turn. */
static bool is_due(pk_fault *fault)
{
    if (fault->skip > 0) {
        fault->skip--;
        return false;
    }
    if (fault->times > 0)
        fault->times--;
    else if (fault->times == 0)
        return false;
    return true;
}

pk_fault pk_faults_take(pk_faults *faults, const pk_call *call)
{
    char path[1024];

    if (!faults)
        return (pk_fault){0};
    snprintf(path, sizeof path, "%.*s", (int)strcspn(call->target, "?"), call->target);
    for (size_t i = 0; i < faults->num && !strstr(path, "/_fault"); i++)
        if (meets(&faults->all[i], call, path) && is_due(&faults->all[i]))
            return faults->all[i];
    return (pk_fault){0};
}

/* ----------------------------------------------------------------- answering */

static const char *code_of(int status)
{
    switch (status) {
    case 400: return "bad_request";
    case 401: return "unauthorized";
    case 403: return "forbidden";
    case 404: return "not_found";
    case 409: return "conflict";
    case 422: return "unprocessable_entity";
    case 429: return "too_many_requests";
    case 503: return "service_unavailable";
    default: return status < 500 ? "error" : "internal_server_error";
    }
}

void pk_fault_answer(pk_call *call, const pk_fault *fault)
{
    char seconds[16];

    snprintf(seconds, sizeof seconds, "%d", fault->retry_after);
    if (fault->retry_after >= 0)
        pk_answer_header(call, "Retry-After", seconds);
    if (fault->action == PK_FAULT_STATUS) {
        pk_answer_error(call, fault->number, code_of(fault->number), "a fault that was asked for");
        return;
    }
    call->status = 200;
    call->text = "{\"garbage\":[";
}
