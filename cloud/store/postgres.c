/* SPDX-License-Identifier: Apache-2.0
 * sql.h on PostgreSQL. Only this file calls PQ*.
 *
 * Transactions that write run one after the other, as in SQLite, by an advisory
 * lock of the database that each takes first: of two servers at once, the second
 * sees all that the first has done. Values never reach a reason: it names the
 * SQLSTATE (PostgreSQL manual, appendix A), not the server's message. */
#include "store/postgres.h"

#include "store/driver.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "pk" and a number of our own; what else lives in the database has others */
#define LOCK "SELECT pg_advisory_xact_lock(28779, 1)"
#define TEXT_OID 25
#define INT8_OID 20
#define NUMBER_SIZE 24

typedef struct connection {
    pk_sql base;
    PGconn *pg;
    char *url;
    bool savepoint_used; /* since it was set, a statement has changed rows */
} connection;

static connection *of(pk_sql *sql)
{
    return (connection *)sql;
}

/* -------------------------------------------------------------------- failure */

static bool is_state(const char *state, const char *const states[])
{
    for (; *states; states++)
        if (strcmp(state, *states) == 0)
            return true;
    return false;
}

static pk_trouble trouble_of(const PGconn *pg, const char *state)
{
    /* serialization_failure, deadlock_detected; the server is being shut down */
    static const char *const repeat[] = {"40001", "40P01", "57P01", "57P02", NULL};
    /* lock_not_available, query_canceled, cannot_connect_now, too_many_connections,
     * disk_full, read_only_sql_transaction (a standby), idle in transaction */
    static const char *const passing[] = {"55P03", "57014", "57P03", "53300",
                                          "53100", "25006", "25P03", NULL};

    if (PQstatus(pg) != CONNECTION_OK || is_state(state, repeat))
        return PK_TROUBLE_REPEAT;
    return is_state(state, passing) ? PK_TROUBLE_PASSING : PK_TROUBLE_LASTING;
}

static const char *state_of(const PGresult *result)
{
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;

    return state ? state : "";
}

/* The first failure of a transaction is the one that tells; what comes behind
 * only says that it was given up. */
static bool fail(pk_sql *sql, const PGresult *result)
{
    const PGconn *pg = of(sql)->pg;
    const char *state = state_of(result);

    if (strcmp(state, "25P02") == 0)
        return false;
    if (*state)
        return pk_sql_fail(sql, trouble_of(pg, state), "PostgreSQL: error %s", state);
    if (PQstatus(pg) != CONNECTION_OK)
        return pk_sql_fail(sql, PK_TROUBLE_REPEAT, "PostgreSQL: the connection was lost");
    return pk_sql_fail(sql, PK_TROUBLE_LASTING, "PostgreSQL: out of memory");
}

/* --------------------------------------------------------------- connection */

/* Of libpq's message only what follows "failed: ", since what comes before
 * repeats parts of the URL, in which a badly written one has its password. */
static bool fail_to_connect(pk_sql *sql)
{
    const char *message = PQerrorMessage(of(sql)->pg);
    const char *failed = strstr(message, "failed: ");
    const char *cause = failed ? failed + strlen("failed: ") : "check its host name";

    if (strncmp(cause, "FATAL:", 6) == 0)
        cause += 6 + strspn(cause + 6, " ");
    return pk_sql_fail(sql, PK_TROUBLE_PASSING, "cannot connect to PostgreSQL: %.*s",
                       (int)strcspn(cause, "\n"), cause);
}

static bool run(pk_sql *sql, const char *text)
{
    PGresult *result = PQexec(of(sql)->pg, text);
    ExecStatusType status = PQresultStatus(result);
    bool done = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || fail(sql, result);

    PQclear(result);
    return done;
}

static void say_nothing(void *user, const char *message)
{
    (void)user;
    (void)message;
}

/* Nobody waits for ever: not for a lock, not for a statement, and not for a
 * server that stopped in a transaction. */
static bool configure(pk_sql *sql)
{
    PQsetNoticeProcessor(of(sql)->pg, say_nothing, NULL);
    return run(sql, "SET default_transaction_isolation = 'read committed';"
                    "SET lock_timeout = '10s';"
                    "SET statement_timeout = '20s';"
                    "SET idle_in_transaction_session_timeout = '20s';"
                    /* a plan kept from when the tables were small reads them whole */
                    "SET plan_cache_mode = force_custom_plan");
}

/* What the URL says goes before what stands in front of it here. */
static PGconn *connect_to(const char *url)
{
    const char *const names[] = {"connect_timeout", "keepalives_idle", "tcp_user_timeout",
                                 "fallback_application_name", "dbname", "client_encoding", NULL};
    const char *const values[] = {"5", "10", "10000", "passkey-cloud", url, "UTF8", NULL};

    return PQconnectdbParams(names, values, 1);
}

static bool connect_again(pk_sql *sql)
{
    connection *own = of(sql);

    PQfinish(own->pg);
    own->pg = connect_to(own->url);
    for (size_t i = 0; i < sql->num_kept; i++)
        sql->kept[i].prepared = NULL;
    return PQstatus(own->pg) == CONNECTION_OK ? configure(sql) : fail_to_connect(sql);
}

/* Within a transaction a lost connection stays lost: what follows belongs to it. */
static bool is_connected(pk_sql *sql)
{
    if (PQstatus(of(sql)->pg) == CONNECTION_OK)
        return true;
    return sql->in_transaction ? fail(sql, NULL) : connect_again(sql);
}

static void close_connection(pk_sql *sql)
{
    connection *own = of(sql);

    PQfinish(own->pg);
    pk_text_free(own->url);
    free(own);
}

/* --------------------------------------------------------------- transactions */

/* The savepoint lets a transaction go on after a unique column has refused a
 * row, as SQLite does by itself. */
static bool begin(pk_sql *sql)
{
    of(sql)->savepoint_used = false;
    if (is_connected(sql) && run(sql, "BEGIN; " LOCK "; SAVEPOINT before"))
        return true;
    if (PQtransactionStatus(of(sql)->pg) != PQTRANS_IDLE)
        PQclear(PQexec(of(sql)->pg, "ROLLBACK"));
    return false;
}

/* PostgreSQL answers the COMMIT of a transaction that failed with ROLLBACK. */
static bool commit(pk_sql *sql)
{
    PGresult *result = PQexec(of(sql)->pg, "COMMIT");
    bool done = PQresultStatus(result) == PGRES_COMMAND_OK || fail(sql, result);

    if (done && strcmp(PQcmdStatus(result), "COMMIT") != 0)
        done = pk_sql_fail(sql, PK_TROUBLE_LASTING, "PostgreSQL: the transaction was given up");
    PQclear(result);
    return done;
}

/* One that fails has nothing to say: the connection is lost, and with it the
 * transaction. */
static void rollback(pk_sql *sql)
{
    PQclear(PQexec(of(sql)->pg, "ROLLBACK"));
}

/* ----------------------------------------------------------------- statements */

static bool run_script(pk_sql *sql, const char *text)
{
    pk_buffer translated = {0};
    bool done = pk_postgres_translate(&translated, text) ||
                pk_sql_fail(sql, PK_TROUBLE_LASTING, "out of memory");

    done = done && is_connected(sql) && run(sql, translated.data);
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
    result = PQprepare(of(rows->sql)->pg, name_of(rows, name), rows->text, num_values, types);
    if (PQresultStatus(result) == PGRES_COMMAND_OK || fail(rows->sql, result))
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
    return PQexecPrepared(of(rows->sql)->pg, name_of(rows, name), num_values, texts, NULL, NULL, 0);
}

/* All rows are fetched at once: every list has a limit. */
static bool start(pk_sql_rows *rows, const pk_sql_value *values, int num_values)
{
    PQclear(rows->result);
    rows->result = NULL;
    rows->row = -1;
    if (!is_connected(rows->sql) || !prepare(rows, values, num_values))
        return false;
    rows->result = execute(rows, values, num_values);
    return PQresultStatus(rows->result) == PGRES_TUPLES_OK || fail(rows->sql, rows->result);
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
    if (strcmp(state_of(result), "23505") == 0) /* unique_violation */
        return PK_STORED_EXISTS;
    fail(sql, result);
    return PK_STORED_FAILED;
}

static pk_stored change_within(pk_sql_rows *rows, const pk_sql_value *values, int num_values)
{
    connection *own = of(rows->sql);
    pk_stored outcome = PK_STORED_FAILED;
    PGresult *result;

    if (!is_connected(rows->sql) || !prepare(rows, values, num_values))
        return PK_STORED_FAILED;
    if (own->savepoint_used && !run(rows->sql, "RELEASE before; SAVEPOINT before"))
        return PK_STORED_FAILED;
    result = execute(rows, values, num_values);
    outcome = outcome_of_change(rows->sql, result);
    PQclear(result);
    own->savepoint_used = outcome == PK_STORED_OK;
    if (outcome == PK_STORED_EXISTS && !run(rows->sql, "ROLLBACK TO before"))
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
    connection *made = calloc(1, sizeof *made);

    if (!made)
        return NULL;
    made->base.driver = &driver;
    made->url = pk_text_copy(url);
    if (!made->url)
        pk_sql_fail(&made->base, PK_TROUBLE_LASTING, "out of memory");
    else if (!is_valid(url))
        pk_sql_fail(&made->base, PK_TROUBLE_LASTING, "not a PostgreSQL URL");
    else
        connect_again(&made->base);
    return &made->base;
}
