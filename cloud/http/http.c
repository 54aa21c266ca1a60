/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http.h"

#include "base/clock.h"
#include "base/memory.h"
#include "http/connections.h"
#include "log.h"
#include "names.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define MEMORY_PER_CONNECTION 32768 /* the request line and headers must fit */
#define MAX_CONNECTIONS 500
#define IDLE_TIMEOUT_S 30
#define REQUEST_TIMEOUT_MS 60000
#define DRAIN_TIMEOUT_MS 5000
/* A larger body than is allowed is read and forgotten up to here, so that the
 * client hears why; beyond, the connection is cut. */
#define MAX_FORGOTTEN 1048576

struct pk_http {
    const pk_cloud *cloud;
    struct MHD_Daemon *daemon;
    pk_connections connections;
};

/* A request while it arrives. */
typedef struct pk_exchange {
    pk_call call;
    pk_buffer body;
    size_t num_forgotten;
    int64_t start_ms;
    bool headers_seen;
} pk_exchange;

/* -------------------------------------------------------------- connections */

static pk_connection *connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info ? info->socket_context : NULL;
}

static int fd_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);

    return info ? info->connect_fd : -1;
}

static void set_busy(pk_http *http, struct MHD_Connection *mhd, bool busy)
{
    pk_connection_set_busy(&http->connections, connection_of(mhd), busy);
}

static void on_connection(void *user, struct MHD_Connection *mhd, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    pk_http *http = user;

    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        *context = pk_connection_add(&http->connections, fd_of(mhd));
    else
        pk_connection_remove(&http->connections, *context);
}

/* ------------------------------------------------------------------ request */

static void *on_target(void *user, const char *target, struct MHD_Connection *mhd)
{
    pk_exchange *exchange = calloc(1, sizeof *exchange);

    set_busy(user, mhd, true);
    if (!exchange)
        return NULL;
    exchange->start_ms = pk_clock_monotonic_ms();
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

static void read_headers(pk_http *http, struct MHD_Connection *mhd, const char *method,
                         pk_call *call)
{
    const char *length = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "Content-Length");

    call->cloud = http->cloud;
    call->store = http->cloud->store;
    call->now_ms = pk_clock_now_ms();
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

/* The text is not copied: it belongs to the call, which lives until the answer
 * was sent, and is then overwritten. */
static struct MHD_Response *new_response(const pk_call *call)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        call->text ? strlen(call->text) : 0, (void *)(uintptr_t)call->text,
        MHD_RESPMEM_PERSISTENT);

    for (size_t i = 0; response && i < call->num_headers; i++)
        MHD_add_response_header(response, call->headers[i].name, call->headers[i].value);
    return response;
}

static enum MHD_Result answer(struct MHD_Connection *mhd, pk_exchange *exchange)
{
    pk_call *call = &exchange->call;
    struct MHD_Response *response;
    enum MHD_Result result;

    call->body = exchange->body.data;
    call->body_len = exchange->body.len;
    pk_route(call);
    pk_log_call(call, pk_clock_monotonic_ms() - exchange->start_ms);
    response = new_response(call);
    if (!response)
        return MHD_NO;
    result = MHD_queue_response(mhd, (unsigned)call->status, response);
    MHD_destroy_response(response);
    return result;
}

/* Called once when the headers are there, then for each part of the body, then
 * once more. Only the first and the last of these may answer. */
static enum MHD_Result on_request(void *user, struct MHD_Connection *mhd, const char *url,
                                  const char *method, const char *version, const char *part,
                                  size_t *part_len, void **context)
{
    pk_exchange *exchange = *context;

    (void)url;
    (void)version;
    if (!exchange || !exchange->call.target)
        return MHD_NO;
    if (!exchange->headers_seen) {
        exchange->headers_seen = true;
        read_headers(user, mhd, method, &exchange->call);
        if (!exchange->call.method)
            return MHD_NO;
        return exchange->call.body_too_large ? answer(mhd, exchange) : MHD_YES;
    }
    if (*part_len > 0) {
        bool taken = read_body(exchange, part, *part_len);

        *part_len = 0;
        return taken ? MHD_YES : MHD_NO;
    }
    return answer(mhd, exchange);
}

static void on_completed(void *user, struct MHD_Connection *mhd, void **context,
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

/* -------------------------------------------------------------------- server */

static struct MHD_Daemon *start(pk_http *http, int listener, const char *tls_cert,
                                const char *tls_key)
{
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)tls_cert},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)tls_key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
        {MHD_OPTION_END, 0, NULL},
    };
    /* Not epoll: MHD uses it edge-triggered and overlooks an end of stream that
     * comes together with data, so such connections would linger. */
    const unsigned flags = MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_ITC;

    if (!tls_cert)
        tls[0].option = MHD_OPTION_END;
    return MHD_start_daemon(
        flags | (tls_cert ? MHD_USE_TLS : 0), 0, NULL, NULL, on_request, http,
        MHD_OPTION_ARRAY, tls,
        MHD_OPTION_LISTEN_SOCKET, listener,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_PER_CONNECTION,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)MAX_CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_TIMEOUT_S,
        MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_URI_LOG_CALLBACK, on_target, http,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, http,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, http,
        MHD_OPTION_END);
}

pk_http *pk_http_start(const pk_cloud *cloud, int listener, const char *tls_cert,
                       const char *tls_key)
{
    pk_http *http = calloc(1, sizeof *http);

    if (!http)
        return NULL;
    http->cloud = cloud;
    pk_connections_init(&http->connections);
    http->daemon = start(http, listener, tls_cert, tls_key);
    if (http->daemon)
        return http;
    pk_connections_free(&http->connections);
    free(http);
    return NULL;
}

/* The idle timeout counts from the last byte, so it does not catch a client
 * that sends one now and then. */
void pk_http_tick(pk_http *http)
{
    pk_connections_shut_down(&http->connections, REQUEST_TIMEOUT_MS);
}

void pk_http_stop(pk_http *http)
{
    int64_t deadline_ms = pk_clock_monotonic_ms() + DRAIN_TIMEOUT_MS;
    const struct timespec pause = {0, 10000000};
    int listener = MHD_quiesce_daemon(http->daemon);

    while (pk_connections_busy(&http->connections) && pk_clock_monotonic_ms() < deadline_ms)
        nanosleep(&pause, NULL);
    MHD_stop_daemon(http->daemon);
    if (listener >= 0)
        shutdown(listener, SHUT_RDWR);
    pk_connections_free(&http->connections);
    free(http);
}
