/* SPDX-License-Identifier: Apache-2.0 */
#include "listen/server.h"

#include "base/clock.h"
#include "base/memory.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define MEMORY_PER_CONNECTION 32768 /* the request line and all headers must fit */
#define MAX_CONNECTIONS 64
#define IDLE_TIMEOUT_S 3
#define WHOLE_TIMEOUT_MS 5000 /* for who sends, or reads, a byte now and then */
#define TICK_MS 1000

typedef struct visitor visitor;

struct handler_server {
    handler_site *site;
    struct MHD_Daemon *daemon;
    visitor *first;
    bool delivered;
};

/* A connection, and the one request on it. */
struct visitor {
    visitor *next;
    visitor *previous;
    struct MHD_Connection *mhd;
    int fd;
    int64_t since_ms; /* it was opened, or answered */
    char *target;
    bool is_waiting;
    bool is_answered;
    bool shows_outcome;
};

static visitor *visitor_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info ? info->socket_context : NULL;
}

/* -------------------------------------------------------------------- connections */

static void open_visitor(handler_server *server, struct MHD_Connection *mhd, void **context)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    visitor *added = calloc(1, sizeof *added);

    *context = added;
    if (!added)
        return; /* its request is not answered */
    added->mhd = mhd;
    added->fd = info ? info->connect_fd : -1;
    added->since_ms = pk_clock_monotonic_ms();
    added->next = server->first;
    if (added->next)
        added->next->previous = added;
    server->first = added;
}

static void close_visitor(handler_server *server, visitor *gone)
{
    if (!gone)
        return;
    if (gone->next)
        gone->next->previous = gone->previous;
    if (gone->previous)
        gone->previous->next = gone->next;
    else
        server->first = gone->next;
    pk_text_free(gone->target);
    free(gone);
}

static void on_connection(void *user, struct MHD_Connection *mhd, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        open_visitor(user, mhd, context);
    else
        close_visitor(user, *context);
}

/* The idle timeout of libmicrohttpd begins anew with each byte. */
static void cut_slow(handler_server *server)
{
    int64_t now_ms = pk_clock_monotonic_ms();

    for (visitor *each = server->first; each; each = each->next)
        if (!each->is_waiting && now_ms - each->since_ms > WHOLE_TIMEOUT_MS)
            shutdown(each->fd, SHUT_RDWR);
}

/* ------------------------------------------------------------------------ request */

static enum MHD_Result note_header(void *user, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
    handler_request *request = user;
    const struct {
        const char *name;
        handler_header *header;
    } known[] = {
        {"Host", &request->host},
        {"Origin", &request->origin},
        {"Sec-Fetch-Mode", &request->fetch_mode},
        {"Sec-Fetch-Dest", &request->fetch_dest},
        {"Sec-Fetch-Site", &request->fetch_site},
        {"User-Agent", &request->agent},
        {"Sec-Purpose", &request->ahead},
        {"Purpose", &request->ahead},
        {"X-Purpose", &request->ahead},
        {"X-Moz", &request->ahead},
        {"Content-Length", &request->body},
        {"Transfer-Encoding", &request->body},
    };

    (void)kind;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcasecmp(name, known[i].name) == 0 && known[i].header->count++ == 0)
            known[i].header->value = value ? value : "";
    return MHD_YES;
}

/* Before libmicrohttpd decodes it where it stands. */
static void *on_target(void *user, const char *target, struct MHD_Connection *mhd)
{
    visitor *from = visitor_of(mhd);

    (void)user;
    if (from && !from->target)
        from->target = pk_text_copy(target);
    return NULL;
}

/* ------------------------------------------------------------------------- answer */

static void add_headers(struct MHD_Response *response, const handler_answer *answer)
{
    const struct {
        const char *name, *value;
    } headers[] = {
        {"Content-Security-Policy",
         answer->policy ? answer->policy : "default-src 'none'; frame-ancestors 'none'"},
        {"X-Frame-Options", "DENY"},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cache-Control", "no-store"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Connection", "close"},
        {"Content-Type", answer->html ? "text/html; charset=utf-8" : NULL},
        {"Location", answer->location},
        {"Allow", answer->status == HANDLER_NOT_GET ? "GET" : NULL},
    };

    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        if (headers[i].value)
            MHD_add_response_header(response, headers[i].name, headers[i].value);
}

static enum MHD_Result send_answer(visitor *to, const handler_answer *answer)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        answer->html ? strlen(answer->html) : 0, answer->html, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result result;

    if (!response)
        return MHD_NO;
    add_headers(response, answer);
    to->is_answered = true;
    to->shows_outcome = answer->shows_outcome;
    to->since_ms = pk_clock_monotonic_ms();
    result = MHD_queue_response(to->mhd, answer->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer_visitor(handler_server *server, visitor *to, const char *method)
{
    handler_request request = {.method = method, .target = to->target};
    enum MHD_Result result = MHD_YES;
    handler_answer answer;

    MHD_get_connection_values(to->mhd, MHD_HEADER_KIND, note_header, &request);
    handler_site_answer(server->site, &request, &answer);
    to->is_waiting = answer.wait;
    if (answer.wait)
        MHD_suspend_connection(to->mhd);
    else
        result = send_answer(to, &answer);
    pk_text_free(answer.html);
    pk_text_free(answer.policy);
    pk_text_free(answer.location);
    return result;
}

static bool announces_body(struct MHD_Connection *mhd)
{
    return MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "Content-Length") ||
           MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "Transfer-Encoding");
}

/* Called when the headers are there, then once more, and again after having
 * waited. No body is read: what announces one is refused at once. */
static enum MHD_Result on_request(void *user, struct MHD_Connection *mhd, const char *url,
                                  const char *method, const char *version, const char *part,
                                  size_t *part_len, void **context)
{
    visitor *from = visitor_of(mhd);

    (void)url;
    (void)version;
    (void)part;
    if (!from || !from->target || *part_len || from->is_answered)
        return MHD_NO;
    if (!*context) {
        *context = from;
        return announces_body(mhd) ? answer_visitor(user, from, method) : MHD_YES;
    }
    return answer_visitor(user, from, method);
}

static void on_completed(void *user, struct MHD_Connection *mhd, void **context,
                         enum MHD_RequestTerminationCode code)
{
    handler_server *server = user;
    const visitor *to = *context;

    (void)mhd;
    if (to && to->shows_outcome && code == MHD_REQUEST_TERMINATED_COMPLETED_OK)
        server->delivered = true;
}

/* ------------------------------------------------------------------------- server */

handler_server *handler_server_start(int listener, handler_site *site)
{
    handler_server *server = calloc(1, sizeof *server);

    if (!server)
        return NULL;
    server->site = site;
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, server,
        MHD_OPTION_LISTEN_SOCKET, listener,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_PER_CONNECTION,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)MAX_CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_TIMEOUT_S,
        MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_URI_LOG_CALLBACK, on_target, server,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
        MHD_OPTION_END);
    if (server->daemon)
        return server;
    free(server);
    return NULL;
}

int handler_server_fd(const handler_server *server)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);

    return info ? info->epoll_fd : -1;
}

int handler_server_timeout_ms(const handler_server *server)
{
    MHD_UNSIGNED_LONG_LONG timeout_ms = 0;

    if (MHD_get_timeout(server->daemon, &timeout_ms) == MHD_YES && timeout_ms < TICK_MS)
        return (int)timeout_ms;
    return server->first ? TICK_MS : -1;
}

void handler_server_run(handler_server *server)
{
    cut_slow(server);
    MHD_run(server->daemon);
}

void handler_server_wake(handler_server *server)
{
    for (visitor *each = server->first; each; each = each->next) {
        if (!each->is_waiting)
            continue;
        each->is_waiting = false;
        MHD_resume_connection(each->mhd);
    }
}

bool handler_server_is_busy(const handler_server *server)
{
    for (const visitor *each = server->first; each; each = each->next)
        if (each->target)
            return true;
    return false;
}

void handler_server_expect(handler_server *server)
{
    server->delivered = false;
}

bool handler_server_delivered(const handler_server *server)
{
    return server->delivered;
}

void handler_server_stop(handler_server *server)
{
    if (!server)
        return;
    handler_server_wake(server);
    MHD_stop_daemon(server->daemon);
    free(server);
}
