/* SPDX-License-Identifier: Apache-2.0
 * sql.h on PostgreSQL. Only this file and postgres_connection.c call PQ*.
 *
 * Transactions that write run one after the other, as in SQLite, by an advisory
 * lock of the database that each takes first: of two servers at once, the second
 * sees all that the first has done. */
#include "store/postgres.h"

#include "store/postgres_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "pk" and a number of our own; what else lives in the database has others */
#define LOCK "SELECT pg_advisory_xact_lock(28779, 1)"
#define TEXT_OID 25
#define INT8_OID 20
#define NUMBER_SIZE 24

static void close_connection(pk_sql *sql)
{
    pk_postgres *own = pk_postgres_of(sql);

    PQfinish(own->pg);
    pk_text_free(own->url);
    free(own);
}

/* --------------------------------------------------------------- transactions */

/* The savepoint lets a transaction go on after a unique column has refused a
 * row, as SQLite does by itself. */
static bool begin(pk_sql *sql)
{
    const char *text = pk_postgres_of(sql)->is_hasty
                           ? "BEGIN; " LOCK "; SET LOCAL synchronous_commit = off; SAVEPOINT before"
                           : "BEGIN; " LOCK "; SAVEPOINT before";

    pk_postgres_of(sql)->savepoint_used = false;
    if (pk_postgres_is_connected(sql) && pk_postgres_run(sql, text))
        return true;
    if (PQtransactionStatus(pk_postgres_of(sql)->pg) != PQTRANS_IDLE)
        PQclear(PQexec(pk_postgres_of(sql)->pg, "ROLLBACK"));
    return false;
}

/* PostgreSQL answers the COMMIT of a transaction that failed with ROLLBACK. */
static bool commit(pk_sql *sql)
{
    PGresult *result = PQexec(pk_postgres_of(sql)->pg, "COMMIT");
    bool done = PQresultStatus(result) == PGRES_COMMAND_OK || pk_postgres_fail(sql, result);

    if (done && strcmp(PQcmdStatus(result), "COMMIT") != 0)
        done = pk_sql_fail(sql, PK_TROUBLE_LASTING, "PostgreSQL: the transaction was given up");
    PQclear(result);
    return done;
}

/* One that fails has nothing to say: the connection is lost, and with it the
 * transaction. */
static void rollback(pk_sql *sql)
{
    PQclear(PQexec(pk_postgres_of(sql)->pg, "ROLLBACK"));
}

static void set_durable(pk_sql *sql, bool durable)
{
    pk_postgres_of(sql)->is_hasty = !durable;
}

/* ----------------------------------------------------------------- statements */

static bool run_script(pk_sql *sql, const char *text)
{
    pk_buffer translated = {0};
    bool done = pk_postgres_translate(&translated, text) ||
                pk_sql_fail(sql, PK_TROUBLE_LASTING, "out of memory");

    done = done && pk_postgres_is_connected(sql) && pk_postgres_run(sql, translated.data);
    pk_buffer_free(&translated);
    return done;
}

static const char *name_of(const pk_sql_rows *rows, char out[NUMBER_SIZE])
{
    snprintf(out, NUMBER_SIZE, "s%zu", rows->number);
    return out;
}

static bool prepare(pk_sql_rows *rows, const pk_sql_value *values, int num_values)
{
    Oid types[PK_SQL_MAX_VALUES];
    char name[NUMBER_SIZE];
    PGresult *result;

    if (rows->prepared)
        return true;
    for (int i = 0; i < num_values; i++)
        types[i] = values[i].is_text ? TEXT_OID : INT8_OID;
    result = PQprepare(pk_postgres_of(rows->sql)->pg, name_of(rows, name), rows->text, num_values, types);
    if (PQresultStatus(result) == PGRES_COMMAND_OK || pk_postgres_fail(rows->sql, result))
        rows->prepared = rows;
    PQclear(result);
    return rows->prepared != NULL;
}

static PGresult *execute(pk_sql_rows *rows, const pk_sql_value *values, int num_values)
{
    char numbers[PK_SQL_MAX_VALUES][NUMBER_SIZE];
    const char *texts[PK_SQL_MAX_VALUES];
    char name[NUMBER_SIZE];

    for (int i = 0; i < num_values; i++) {
        snprintf(numbers[i], NUMBER_SIZE, "%lld", values[i].number);
        texts[i] = values[i].is_text ? values[i].text : numbers[i];
    }
    return PQexecPrepared(pk_postgres_of(rows->sql)->pg, name_of(rows, name), num_values, texts, NULL, NULL, 0);
}

/* All rows are fetched at once: every list has a limit. */
static bool start(pk_sql_rows *rows, const pk_sql_value *values, int num_values)
{
    PQclear(rows->result);
    rows->result = NULL;
    rows->row = -1;
    if (!pk_postgres_is_connected(rows->sql) || !prepare(rows, values, num_values))
        return false;
    rows->result = execute(rows, values, num_values);
    return PQresultStatus(rows->result) == PGRES_TUPLES_OK || pk_postgres_fail(rows->sql, rows->result);
}

static void end(pk_sql_rows *rows)
{
    PQclear(rows->result);
    rows->result = NULL;
}

static pk_stored outcome_of_change(pk_sql *sql, PGresult *result)
{
    if (PQresultStatus(result) == PGRES_COMMAND_OK)
        return strcmp(PQcmdTuples(result), "0") == 0 ? PK_STORED_ABSENT : PK_STORED_OK;
    if (strcmp(pk_postgres_state(result), "23505") == 0) /* unique_violation */
        return PK_STORED_EXISTS;
    pk_postgres_fail(sql, result);
    return PK_STORED_FAILED;
}

static pk_stored change_within(pk_sql_rows *rows, const pk_sql_value *values, int num_values)
{
    pk_postgres *own = pk_postgres_of(rows->sql);
    pk_stored outcome = PK_STORED_FAILED;
    PGresult *result;

    if (!pk_postgres_is_connected(rows->sql) || !prepare(rows, values, num_values))
        return PK_STORED_FAILED;
    if (own->savepoint_used && !pk_postgres_run(rows->sql, "RELEASE before; SAVEPOINT before"))
        return PK_STORED_FAILED;
    result = execute(rows, values, num_values);
    outcome = outcome_of_change(rows->sql, result);
    PQclear(result);
    own->savepoint_used = outcome == PK_STORED_OK;
    if (outcome == PK_STORED_EXISTS && !pk_postgres_run(rows->sql, "ROLLBACK TO before"))
        outcome = PK_STORED_FAILED;
    return outcome;
}

/* A statement by itself takes the lock too: it must not come between what a
 * transaction reads and what it writes. */
static pk_stored change(pk_sql_rows *rows, const pk_sql_value *values, int num_values)
{
    pk_sql *sql = rows->sql;
    pk_stored outcome;

    if (sql->in_transaction)
        return change_within(rows, values, num_values);
    if (!pk_sql_begin(sql))
        return PK_STORED_FAILED;
    outcome = change_within(rows, values, num_values);
    if (outcome == PK_STORED_OK && !pk_sql_commit(sql))
        outcome = PK_STORED_FAILED;
    pk_sql_rollback(sql);
    return outcome;
}

/* ----------------------------------------------------------------------- rows */

static bool next(pk_sql_rows *rows)
{
    return ++rows->row < PQntuples(rows->result);
}

static const char *text_of(pk_sql_rows *rows, int column)
{
    if (PQgetisnull(rows->result, rows->row, column))
        return NULL;
    return PQgetvalue(rows->result, rows->row, column);
}

static long long number_of(pk_sql_rows *rows, int column)
{
    const char *text = PQgetvalue(rows->result, rows->row, column);

    return *text == 't' ? 1 : atoll(text); /* NULL and false: 0 */
}

static const pk_sql_driver driver = {
    .close = close_connection,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .set_durable = set_durable,
    .script = run_script,
    .change = change,
    .start = start,
    .next = next,
    .text = text_of,
    .number = number_of,
    .end = end,
};

static bool is_valid(const char *url)
{
    PQconninfoOption *options = PQconninfoParse(url, NULL);

    PQconninfoFree(options);
    return options != NULL;
}

pk_sql *pk_postgres_open(const char *url)
{
    pk_postgres *made = calloc(1, sizeof *made);

    if (!made)
        return NULL;
    made->base.driver = &driver;
    made->url = pk_text_copy(url);
    if (!made->url)
        pk_sql_fail(&made->base, PK_TROUBLE_LASTING, "out of memory");
    else if (!is_valid(url))
        pk_sql_fail(&made->base, PK_TROUBLE_LASTING, "not a PostgreSQL URL");
    else
        pk_postgres_connect(&made->base);
    return &made->base;
}
