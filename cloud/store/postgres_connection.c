/* SPDX-License-Identifier: Apache-2.0
 * A connection to PostgreSQL, and what its failures mean. Values never reach a
 * reason: it names the SQLSTATE (PostgreSQL manual, appendix A), not the server's
 * message. */
#include "store/postgres_internal.h"

#include <string.h>

pk_postgres *pk_postgres_of(pk_sql *sql)
{
    return (pk_postgres *)sql;
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

const char *pk_postgres_state(const PGresult *result)
{
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;

    return state ? state : "";
}

bool pk_postgres_fail(pk_sql *sql, const PGresult *result)
{
    const PGconn *pg = pk_postgres_of(sql)->pg;
    const char *state = pk_postgres_state(result);

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
    const char *message = PQerrorMessage(pk_postgres_of(sql)->pg);
    const char *failed = strstr(message, "failed: ");
    const char *cause = failed ? failed + strlen("failed: ") : "check its host name";

    if (strncmp(cause, "FATAL:", 6) == 0)
        cause += 6 + strspn(cause + 6, " ");
    return pk_sql_fail(sql, PK_TROUBLE_PASSING, "cannot connect to PostgreSQL: %.*s",
                       (int)strcspn(cause, "\n"), cause);
}

bool pk_postgres_run(pk_sql *sql, const char *text)
{
    PGresult *result = PQexec(pk_postgres_of(sql)->pg, text);
    ExecStatusType status = PQresultStatus(result);
    bool done = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || pk_postgres_fail(sql, result);

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
    PQsetNoticeProcessor(pk_postgres_of(sql)->pg, say_nothing, NULL);
    return pk_postgres_run(sql, "SET default_transaction_isolation = 'read committed';"
                    "SET lock_timeout = '10s';"
                    "SET statement_timeout = '20s';"
                    "SET idle_in_transaction_session_timeout = '20s';"
                    /* One plan for each statement, which planning anew would cost more than
                     * carrying out. It must not be one that reads whole tables because
                     * they were small when it was made: there is an index for each. */
                    "SET plan_cache_mode = force_generic_plan;"
                    "SET enable_seqscan = off;"
                    "SET jit = off");
}

/* What the URL says goes before what stands in front of it here. */
static PGconn *connect_to(const char *url)
{
    const char *const names[] = {"connect_timeout", "keepalives_idle", "tcp_user_timeout",
                                 "fallback_application_name", "dbname", "client_encoding", NULL};
    const char *const values[] = {"5", "10", "10000", "passkey-cloud", url, "UTF8", NULL};

    return PQconnectdbParams(names, values, 1);
}

bool pk_postgres_connect(pk_sql *sql)
{
    pk_postgres *own = pk_postgres_of(sql);

    PQfinish(own->pg);
    own->pg = connect_to(own->url);
    for (size_t i = 0; i < sql->num_kept; i++)
        sql->kept[i].prepared = NULL;
    return PQstatus(own->pg) == CONNECTION_OK ? configure(sql) : fail_to_connect(sql);
}

bool pk_postgres_is_connected(pk_sql *sql)
{
    if (PQstatus(pk_postgres_of(sql)->pg) == CONNECTION_OK)
        return true;
    return sql->in_transaction ? pk_postgres_fail(sql, NULL) : pk_postgres_connect(sql);
}
