/* SPDX-License-Identifier: Apache-2.0 */
#include "http/connections.h"

#include "base/clock.h"

#include <stdlib.h>
#include <sys/socket.h>

struct pk_connection {
    pk_connection *next;
    pk_connection *previous;
    int fd;
    int64_t waiting_since_ms;
    bool busy;
    bool used; /* a request came on it */
};

/* Who has just connected is about to ask. */
#define FRESH_MS 1000


void pk_connections_init(pk_connections *all)
{
    pthread_mutex_init(&all->lock, NULL);
}

void pk_connections_free(pk_connections *all)
{
    pthread_mutex_destroy(&all->lock);
}

pk_connection *pk_connection_add(pk_connections *all, int fd)
{
    pk_connection *added = calloc(1, sizeof *added);

    if (!added)
        return NULL;
    added->fd = fd;
    added->waiting_since_ms = pk_clock_monotonic_ms();
    pthread_mutex_lock(&all->lock);
    added->next = all->first;
    if (added->next)
        added->next->previous = added;
    all->first = added;
    pthread_mutex_unlock(&all->lock);
    return added;
}

void pk_connection_remove(pk_connections *all, pk_connection *connection)
{
    if (!connection)
        return;
    pthread_mutex_lock(&all->lock);
    if (connection->next)
        connection->next->previous = connection->previous;
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        all->first = connection->next;
    pthread_mutex_unlock(&all->lock);
    free(connection);
}

void pk_connection_set_busy(pk_connections *all, pk_connection *connection, bool busy)
{
    if (!connection)
        return;
    pthread_mutex_lock(&all->lock);
    connection->busy = busy;
    connection->used = true;
    if (!busy)
        connection->waiting_since_ms = pk_clock_monotonic_ms();
    pthread_mutex_unlock(&all->lock);
}

bool pk_connections_busy(pk_connections *all)
{
    int64_t now_ms = pk_clock_monotonic_ms();
    bool busy = false;

    pthread_mutex_lock(&all->lock);
    for (pk_connection *each = all->first; each; each = each->next)
        busy = busy || each->busy ||
               (!each->used && now_ms - each->waiting_since_ms < FRESH_MS);
    pthread_mutex_unlock(&all->lock);
    return busy;
}

/* Only shut down: the thread that serves it closes it. Under the lock its fd
 * cannot have become another's. */
void pk_connections_shut_down(pk_connections *all, int older_than_ms)
{
    int64_t now_ms = pk_clock_monotonic_ms();

    pthread_mutex_lock(&all->lock);
    for (pk_connection *each = all->first; each; each = each->next)
        if (now_ms - each->waiting_since_ms > older_than_ms)
            shutdown(each->fd, SHUT_RDWR);
    pthread_mutex_unlock(&all->lock);
}
