/* SPDX-License-Identifier: Apache-2.0
 * One request: how it is read, and how its answer is sent. */
#include "answer.h"
#include "base/clock.h"
#include "http/internal.h"
#include "log.h"
#include "names.h"

#include <stdlib.h>
#include <string.h>

/* A larger body than is allowed is read and forgotten up to here, so that the
 * client hears why; beyond, the connection is cut. */
#define MAX_FORGOTTEN 1048576

static void set_busy(pk_http *http, struct MHD_Connection *mhd, bool busy)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    pk_connection_set_busy(&http->connections, info ? info->socket_context : NULL, busy);
}

static pk_peer peer_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

    return pk_peer_of(info ? info->client_addr : NULL);
}

/* ------------------------------------------------------------------ request */

void *pk_exchange_begin(void *user, const char *target, struct MHD_Connection *mhd)
{
    pk_exchange *exchange = calloc(1, sizeof *exchange);

    set_busy(user, mhd, true);
    if (!exchange)
        return NULL;
    exchange->start_ms = pk_clock_monotonic_ms();
    exchange->mhd = mhd;
    exchange->peer = peer_of(mhd);
    exchange->call.target = pk_arena_text(&exchange->call.arena, target);
    return exchange;
}

static const char *header(struct MHD_Connection *mhd, pk_arena *arena, const char *name)
{
    return pk_arena_text(arena, MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, name));
}

/* What a client sends comes back to it and into the log: visible ASCII only. */
static const char *correlation_id(struct MHD_Connection *mhd, pk_arena *arena)
{
    const char *given = header(mhd, arena, "x-correlation-id");
    size_t len = given ? strlen(given) : 0;
    const char *made;

    for (size_t i = 0; i < len; i++)
        if (given[i] < '!' || given[i] > '~')
            len = 0;
    made = len > 0 && len <= 128 ? given : pk_new_uuid(arena);
    return made ? made : "none";
}

static void read_headers(pk_http *http, const char *method, pk_exchange *exchange)
{
    struct MHD_Connection *mhd = exchange->mhd;
    pk_call *call = &exchange->call;
    const char *length = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "Content-Length");

    call->cloud = http->cloud;
    call->store = http->cloud->store;
    call->now_ms = pk_clock_now_ms();
    call->from_loopback = exchange->peer.loopback;
    call->method = pk_arena_text(&call->arena, method);
    call->authorization = header(mhd, &call->arena, "Authorization");
    call->accept = header(mhd, &call->arena, "Accept");
    call->origin = header(mhd, &call->arena, "Origin");
    call->correlation_id = correlation_id(mhd, &call->arena);
    call->body_too_large = length && strtoull(length, NULL, 10) > PK_MAX_BODY;
}

static bool read_body(pk_exchange *exchange, const char *part, size_t part_len)
{
    if (exchange->body.len + part_len > PK_MAX_BODY)
        exchange->call.body_too_large = true;
    if (!exchange->call.body_too_large)
        return pk_buffer_append(&exchange->body, part, part_len);
    exchange->num_forgotten += part_len;
    return exchange->num_forgotten <= MAX_FORGOTTEN;
}

/* ------------------------------------------------------------------- answer */

static ssize_t read_half(void *user, uint64_t position, char *out, size_t out_size)
{
    const char *text = ((const pk_call *)user)->text;
    size_t half = strlen(text) / 2;

    if (position >= half)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (out_size > half - position)
        out_size = half - (size_t)position;
    memcpy(out, text + position, out_size);
    return (ssize_t)out_size;
}

/* The text is not copied: it belongs to the call, which lives until the answer
 * was sent, and is then overwritten. */
static struct MHD_Response *new_response(pk_exchange *exchange)
{
    pk_call *call = &exchange->call;
    size_t len = call->text ? strlen(call->text) : 0;
    struct MHD_Response *response =
        len > 0 && exchange->fault.action == PK_FAULT_HALF_ANSWER
            ? MHD_create_response_from_callback(len, len, read_half, call, NULL)
            : MHD_create_response_from_buffer(len, (void *)(uintptr_t)call->text,
                                              MHD_RESPMEM_PERSISTENT);

    for (size_t i = 0; response && i < call->num_headers; i++)
        MHD_add_response_header(response, call->headers[i].name, call->headers[i].value);
    return response;
}

static enum MHD_Result send_answer(pk_exchange *exchange)
{
    struct MHD_Response *response = new_response(exchange);
    enum MHD_Result result;

    if (!response)
        return MHD_NO;
    result = MHD_queue_response(exchange->mhd, (unsigned)exchange->call.status, response);
    MHD_destroy_response(response);
    return result;
}

/* What never gets to the API is answered in its shape nevertheless. */
static void begin_refusal(pk_call *call)
{
    pk_answer_header(call, "x-correlation-id", call->correlation_id);
    pk_answer_header(call, "Cache-Control", "no-store");
    pk_answer_header(call, "X-Content-Type-Options", "nosniff");
    pk_answer_header(call, "Content-Type", "application/json");
}

static enum MHD_Result refuse(pk_exchange *exchange, int status, const char *code,
                              const char *message)
{
    begin_refusal(&exchange->call);
    pk_answer_error(&exchange->call, status, code, message);
    pk_log_call(&exchange->call, 0);
    return send_answer(exchange);
}

/* Browsers read of a fault what they would read of the real answer. */
static void answer_fault(pk_exchange *exchange)
{
    begin_refusal(&exchange->call);
    pk_route_origin(&exchange->call);
    pk_fault_answer(&exchange->call, &exchange->fault);
}

static void run(pk_exchange *exchange)
{
    pk_call *call = &exchange->call;

    call->fault = exchange->fault.name;
    if (exchange->fault.action == PK_FAULT_STATUS || exchange->fault.action == PK_FAULT_GARBAGE)
        answer_fault(exchange);
    else if (exchange->fault.action != PK_FAULT_CUT)
        pk_call_run(call);
}

static enum MHD_Result answer(pk_exchange *exchange)
{
    pk_fault_action action = exchange->fault.action;

    exchange->call.body = exchange->body.data;
    exchange->call.body_len = exchange->body.len;
    run(exchange);
    pk_log_call(&exchange->call, pk_clock_monotonic_ms() - exchange->start_ms);
    return action == PK_FAULT_CUT || action == PK_FAULT_LOSE_ANSWER ? MHD_NO
                                                                    : send_answer(exchange);
}

/* ------------------------------------------------------------------- delaying */

/* The one thread that serves all must not sleep. libmicrohttpd asks again for
 * the answer when it was resumed. */
static enum MHD_Result delay(pk_http *http, pk_exchange *exchange)
{
    bool stopping;

    exchange->resume_ms = pk_clock_monotonic_ms() + exchange->fault.number;
    pthread_mutex_lock(&http->lock);
    stopping = http->stopping;
    if (!stopping) {
        exchange->next_delayed = http->delayed;
        http->delayed = exchange;
        MHD_suspend_connection(exchange->mhd);
    }
    pthread_mutex_unlock(&http->lock);
    return stopping ? answer(exchange) : MHD_YES;
}

void pk_exchange_resume(pk_http *http, bool stopping)
{
    int64_t now_ms = pk_clock_monotonic_ms();
    pk_exchange **place = &http->delayed;

    pthread_mutex_lock(&http->lock);
    http->stopping = stopping;
    while (*place) {
        pk_exchange *exchange = *place;

        if (!stopping && exchange->resume_ms > now_ms) {
            place = &exchange->next_delayed;
            continue;
        }
        *place = exchange->next_delayed;
        MHD_resume_connection(exchange->mhd);
    }
    pthread_mutex_unlock(&http->lock);
}

/* ---------------------------------------------------------------------- steps */

/* When the headers are there. Only then may be answered what does not need the
 * body, before it is sent. */
static enum MHD_Result begin_body(pk_http *http, const char *method, const char *version,
                                  pk_exchange *exchange)
{
    exchange->headers_seen = true;
    read_headers(http, method, exchange);
    if (!exchange->call.method)
        return MHD_NO;
    if (!pk_is_framed_clearly(exchange->mhd, version)) {
        pk_answer_header(&exchange->call, "Connection", "close");
        return refuse(exchange, 400, "bad_request", "it is not clear where the request ends");
    }
    if (!pk_rates_take(http->rates, &exchange->peer, exchange->start_ms)) {
        pk_answer_header(&exchange->call, "Retry-After", "1");
        return refuse(exchange, 429, "too_many_requests", "too many requests from this address");
    }
    return exchange->call.body_too_large ? answer(exchange) : MHD_YES;
}

static enum MHD_Result end_body(pk_http *http, pk_exchange *exchange)
{
    if (!exchange->fault_chosen) {
        exchange->fault_chosen = true;
        exchange->fault = pk_faults_take(http->cloud->faults, &exchange->call);
        if (exchange->fault.action == PK_FAULT_DELAY)
            return delay(http, exchange);
    }
    return answer(exchange);
}

/* Called once when the headers are there, then for each part of the body, then
 * once more. Only the first and the last of these may answer. */
enum MHD_Result pk_exchange_step(void *user, struct MHD_Connection *mhd, const char *url,
                                 const char *method, const char *version, const char *part,
                                 size_t *part_len, void **context)
{
    pk_exchange *exchange = *context;
    bool taken;

    (void)mhd;
    (void)url;
    if (!exchange || !exchange->call.target)
        return MHD_NO;
    if (!exchange->headers_seen)
        return begin_body(user, method, version, exchange);
    if (*part_len == 0)
        return end_body(user, exchange);
    taken = read_body(exchange, part, *part_len);
    *part_len = 0;
    return taken ? MHD_YES : MHD_NO;
}

void pk_exchange_end(void *user, struct MHD_Connection *mhd, void **context,
                     enum MHD_RequestTerminationCode code)
{
    pk_exchange *exchange = *context;

    (void)code;
    set_busy(user, mhd, false);
    if (!exchange)
        return;
    pk_buffer_free(&exchange->body);
    pk_arena_free(&exchange->call.arena);
    free(exchange);
    *context = NULL;
}
