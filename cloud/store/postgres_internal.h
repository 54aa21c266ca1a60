/* SPDX-License-Identifier: Apache-2.0
 * Shared between the connection to PostgreSQL (postgres_connection.c) and what is
 * done on it (postgres.c). */
#ifndef PK_POSTGRES_INTERNAL_H
#define PK_POSTGRES_INTERNAL_H

#include "store/driver.h"

#include <libpq-fe.h>

typedef struct pk_postgres {
    pk_sql base;
    PGconn *pg;
    char *url;
    bool is_hasty;       /* commits do not wait for the disk */
    bool savepoint_used; /* since it was set, a statement has changed rows */
} pk_postgres;

pk_postgres *pk_postgres_of(pk_sql *sql);

/* The SQLSTATE of a failure; "" when there is none. */
const char *pk_postgres_state(const PGresult *result);

/* Notes why, answers false. The first failure of a transaction is the one that
 * tells; what comes behind only says that it was given up. */
bool pk_postgres_fail(pk_sql *sql, const PGresult *result);

/* Statements without values, in one message. */
bool pk_postgres_run(pk_sql *sql, const char *text);

/* A new connection in place of the old. */
bool pk_postgres_connect(pk_sql *sql);

/* Connects again when the connection was lost. Within a transaction it stays lost:
 * what follows belongs to it. */
bool pk_postgres_is_connected(pk_sql *sql);

#endif
