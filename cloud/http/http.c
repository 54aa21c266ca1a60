/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http.h"

#include "base/clock.h"
#include "http/internal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define MEMORY_PER_CONNECTION 32768 /* the request line and headers must fit */
#define MAX_CONNECTIONS 500
#define IDLE_TIMEOUT_S 30
#define REQUEST_TIMEOUT_MS 60000
#define DRAIN_TIMEOUT_MS 5000

static int fd_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);

    return info ? info->connect_fd : -1;
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
    const unsigned flags = MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME;

    if (!tls_cert)
        tls[0].option = MHD_OPTION_END;
    return MHD_start_daemon(
        flags | (tls_cert ? MHD_USE_TLS : 0), 0, NULL, NULL, pk_exchange_step, http,
        MHD_OPTION_ARRAY, tls,
        MHD_OPTION_LISTEN_SOCKET, listener,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_PER_CONNECTION,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)MAX_CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_TIMEOUT_S,
        MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_URI_LOG_CALLBACK, pk_exchange_begin, http,
        MHD_OPTION_NOTIFY_COMPLETED, pk_exchange_end, http,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, http,
        MHD_OPTION_END);
}

static void free_http(pk_http *http)
{
    pk_connections_free(&http->connections);
    pthread_mutex_destroy(&http->lock);
    free(http);
}

/* libmicrohttpd closes the socket when it cannot start, hence one of its own. */
static bool start_daemon(pk_http *http, int listener, const char *tls_cert, const char *tls_key)
{
    int own = fcntl(listener, F_DUPFD_CLOEXEC, 0);

    http->daemon = own < 0 ? NULL : start(http, own, tls_cert, tls_key);
    return http->daemon != NULL;
}

pk_http *pk_http_start(const pk_cloud *cloud, pk_rates *rates, int listener, const char *tls_cert,
                       const char *tls_key)
{
    pk_http *http = calloc(1, sizeof *http);

    if (!http)
        return NULL;
    http->cloud = cloud;
    http->rates = rates;
    pk_connections_init(&http->connections);
    pthread_mutex_init(&http->lock, NULL);
    if (start_daemon(http, listener, tls_cert, tls_key))
        return http;
    free_http(http);
    return NULL;
}

/* The idle timeout counts from the last byte, so it does not catch a client
 * that sends one now and then. */
void pk_http_tick(pk_http *http)
{
    pk_exchange_resume(http, false);
    pk_connections_shut_down(&http->connections, REQUEST_TIMEOUT_MS);
}

void pk_http_stop(pk_http *http)
{
    int64_t deadline_ms = pk_clock_monotonic_ms() + DRAIN_TIMEOUT_MS;
    const struct timespec pause = {0, 10000000};
    int listener = MHD_quiesce_daemon(http->daemon);

    pk_exchange_resume(http, true);
    while (pk_connections_busy(&http->connections) && pk_clock_monotonic_ms() < deadline_ms)
        nanosleep(&pause, NULL);
    MHD_stop_daemon(http->daemon);
    if (listener >= 0)
        close(listener);
    free_http(http);
}
