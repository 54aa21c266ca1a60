/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"

#include <microhttpd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CONNECTIONS 32
#define IDLE_SECONDS 30

/* One request, from its first byte to the end of its answer. */
typedef struct exchange {
    char *target; /* as it came: path and query, nothing decoded */
    bool is_whole;
} exchange;

/* ---------------------------------------------------------------------- request */

/* Before libmicrohttpd decodes it where it stands. */
static void *on_target(void *user, const char *target, struct MHD_Connection *connection)
{
    exchange *begun = calloc(1, sizeof *begun);

    (void)user;
    (void)connection;
    if (begun)
        begun->target = strdup(target);
    return begun;
}

static void on_end(void *user, struct MHD_Connection *connection, void **context,
                   enum MHD_RequestTerminationCode why)
{
    exchange *ended = *context;

    (void)user;
    (void)connection;
    (void)why;
    if (ended && ended->target)
        explicit_bzero(ended->target, strlen(ended->target)); /* it may hold a link */
    if (ended)
        free(ended->target);
    free(ended);
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static request read_request(struct MHD_Connection *connection, const char *method,
                            const exchange *from)
{
    return (request){
        .method = method,
        .target = from->target,
        .host = header(connection, "Host"),
        .origin = header(connection, "Origin"),
        .fetch_site = header(connection, "Sec-Fetch-Site"),
        .fetch_mode = header(connection, "Sec-Fetch-Mode"),
        .fetch_dest = header(connection, "Sec-Fetch-Dest"),
        .is_ahead = header(connection, "Sec-Purpose") || header(connection, "Purpose") ||
                    header(connection, "X-Purpose") || header(connection, "X-Moz"),
    };
}

/* ----------------------------------------------------------------------- answer */

static void add_headers(struct MHD_Response *response, const answer *given)
{
    MHD_add_response_header(response, "Content-Type", given->type);
    MHD_add_response_header(response, "Content-Security-Policy",
                            "default-src 'none'; style-src 'self'; form-action 'self'; "
                            "base-uri 'none'; frame-ancestors 'none'");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    /* Other sites are not told where somebody was; our forms still say Origin. */
    MHD_add_response_header(response, "Referrer-Policy", "same-origin");
    MHD_add_response_header(response, "Cache-Control", "no-store");
    if (given->location)
        MHD_add_response_header(response, "Location", given->location);
    if (given->status == 405)
        MHD_add_response_header(response, "Allow", "GET");
}

/* The body becomes the response's. */
static enum MHD_Result send_answer(struct MHD_Connection *connection, answer *given)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        given->body ? strlen(given->body) : 0, given->body ? given->body : "",
        given->body ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);

    if (!response) {
        free(given->body);
        return MHD_NO;
    }
    add_headers(response, given);
    enum MHD_Result queued = MHD_queue_response(connection, given->status, response);
    MHD_destroy_response(response);
    return queued;
}

/* Called when the head is there, for each part of the body, and once more. */
static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *body,
                                  size_t *body_size, void **context)
{
    exchange *under_way = *context;

    (void)path;
    (void)version;
    (void)body;
    if (!under_way || !under_way->target)
        return MHD_NO;
    if (!under_way->is_whole) {
        under_way->is_whole = true;
        return MHD_YES;
    }
    if (*body_size) {
        *body_size = 0; /* our forms have no fields */
        under_way->is_whole = true;
        return MHD_YES;
    }
    const request asked = read_request(connection, method, under_way);
    answer given = {0};
    site_answer(user, &asked, &given);
    enum MHD_Result sent = send_answer(connection, &given);
    free(given.location);
    return sent;
}

/* ------------------------------------------------------------------------- life */

/* A thread for each connection: what a bind waits for holds up nobody else. */
server *server_start(const site *served, unsigned short port)
{
    const struct sockaddr_in here = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };

    return (server *)MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, port, NULL, NULL,
        on_request, (void *)served, MHD_OPTION_SOCK_ADDR, &here, MHD_OPTION_URI_LOG_CALLBACK,
        on_target, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_end, NULL, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)MAX_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
        MHD_OPTION_END);
}

void server_stop(server *running)
{
    MHD_stop_daemon((struct MHD_Daemon *)running);
}
