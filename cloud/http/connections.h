/* SPDX-License-Identifier: Apache-2.0
 * The open connections, and since when each owes us the end of a request. The
 * thread that serves them and the one that watches them both come here. */
#ifndef PK_CONNECTIONS_H
#define PK_CONNECTIONS_H

#include <pthread.h>
#include <stdbool.h>

typedef struct pk_connection pk_connection;

typedef struct pk_connections {
    pthread_mutex_t lock;
    pk_connection *first;
} pk_connections;

void pk_connections_init(pk_connections *all);
void pk_connections_free(pk_connections *all);

/* A connection that was opened; NULL without memory, which all the others
 * take: it is then not watched. */
pk_connection *pk_connection_add(pk_connections *all, int fd);

/* To be called before fd is closed. */
void pk_connection_remove(pk_connections *all, pk_connection *connection);

void pk_connection_set_busy(pk_connections *all, pk_connection *connection, bool busy);

/* Whether a request is under way on any of them, or about to come. */
bool pk_connections_busy(pk_connections *all);

/* Shuts down those on which no request has ended for so long. */
void pk_connections_shut_down(pk_connections *all, int older_than_ms);

#endif
