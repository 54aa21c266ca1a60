/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http.h"

#include "base/clock.h"
#include "base/memory.h"
#include "log.h"
#include "names.h"

#include <microhttpd.h>
#include <pthread.h>
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

typedef struct connection {
    struct connection *next;
    struct connection *previous;
    int fd;
    int64_t waiting_since_ms; /* for the end of a request */
    bool in_request;
} connection;

struct pk_http {
    const pk_cloud *cloud;
    struct MHD_Daemon *daemon;
    pthread_mutex_t lock; /* of connections: the thread that ticks reads them */
    connection *connections;
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

static connection *connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info ? info->socket_context : NULL;
}

static void set_in_request(pk_http *http, struct MHD_Connection *mhd, bool in_request)
{
    connection *found = connection_of(mhd);

    if (!found)
        return;
    pthread_mutex_lock(&http->lock);
    found->in_request = in_request;
    if (!in_request)
        found->waiting_since_ms = pk_clock_monotonic_ms();
    pthread_mutex_unlock(&http->lock);
}

static void *new_connection(pk_http *http, struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    connection *added = info ? calloc(1, sizeof *added) : NULL;

    if (!added)
        return NULL;
    added->fd = info->connect_fd;
    added->waiting_since_ms = pk_clock_monotonic_ms();
    pthread_mutex_lock(&http->lock);
    added->next = http->connections;
    if (added->next)
        added->next->previous = added;
    http->connections = added;
    pthread_mutex_unlock(&http->lock);
    return added;
}

static void end_connection(pk_http *http, connection *ended)
{
    if (!ended)
        return;
    pthread_mutex_lock(&http->lock);
    if (ended->next)
        ended->next->previous = ended->previous;
    if (ended->previous)
        ended->previous->next = ended->next;
    else
        http->connections = ended->next;
    pthread_mutex_unlock(&http->lock);
    free(ended);
}

static void on_connection(void *user, struct MHD_Connection *mhd, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        *context = new_connection(user, mhd);
    else
        end_connection(user, *context);
}

/* ------------------------------------------------------------------ request */

static void *on_target(void *user, const char *target, struct MHD_Connection *mhd)
{
    pk_exchange *exchange = calloc(1, sizeof *exchange);

    set_in_request(user, mhd, true);
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

static struct MHD_Response *new_response(const pk_call *call)
{
    size_t text_len = call->text ? strlen(call->text) : 0;
    /* the cast is what the interface asks for; MUST_COPY does not write */
    struct MHD_Response *response = MHD_create_response_from_buffer(
        text_len, text_len ? (void *)(uintptr_t)call->text : NULL, MHD_RESPMEM_MUST_COPY);

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
    set_in_request(user, mhd, false);
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
    const unsigned flags = MHD_USE_AUTO_INTERNAL_THREAD | MHD_USE_ITC;

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
    pthread_mutex_init(&http->lock, NULL);
    http->daemon = start(http, listener, tls_cert, tls_key);
    if (http->daemon)
        return http;
    pthread_mutex_destroy(&http->lock);
    free(http);
    return NULL;
}

/* The idle timeout counts from the last byte, so it does not catch a client
 * that sends one now and then. Shut down here, the connection is then closed
 * by the thread that serves it; under the lock its fd cannot be another's. */
void pk_http_tick(pk_http *http)
{
    int64_t now_ms = pk_clock_monotonic_ms();

    pthread_mutex_lock(&http->lock);
    for (connection *each = http->connections; each; each = each->next)
        if (now_ms - each->waiting_since_ms > REQUEST_TIMEOUT_MS)
            shutdown(each->fd, SHUT_RDWR);
    pthread_mutex_unlock(&http->lock);
}

static bool is_busy(pk_http *http)
{
    bool busy = false;

    pthread_mutex_lock(&http->lock);
    for (connection *each = http->connections; each; each = each->next)
        busy = busy || each->in_request;
    pthread_mutex_unlock(&http->lock);
    return busy;
}

void pk_http_stop(pk_http *http)
{
    int64_t deadline_ms = pk_clock_monotonic_ms() + DRAIN_TIMEOUT_MS;
    const struct timespec pause = {0, 10000000};
    int listener = MHD_quiesce_daemon(http->daemon);

    while (is_busy(http) && pk_clock_monotonic_ms() < deadline_ms)
        nanosleep(&pause, NULL);
    MHD_stop_daemon(http->daemon);
    if (listener >= 0)
        shutdown(listener, SHUT_RDWR);
    pthread_mutex_destroy(&http->lock);
    free(http);
}
