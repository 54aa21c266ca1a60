/* SPDX-License-Identifier: Apache-2.0
 * sql.h on SQLite. Only this file calls sqlite3_*. */
#include "store/driver.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#define BUSY_TIMEOUT_MS 10000

typedef struct connection {
    pk_sql base;
    sqlite3 *db;
} connection;

static sqlite3 *db_of(pk_sql *sql)
{
    return ((connection *)sql)->db;
}

static bool fail(pk_sql *sql)
{
    int code = sqlite3_extended_errcode(db_of(sql));
    bool busy = (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED;

    return pk_sql_fail(sql, busy ? PK_TROUBLE_PASSING : PK_TROUBLE_LASTING, "SQLite: %s (%d)",
                       sqlite3_errstr(code), code);
}

static bool run_script(pk_sql *sql, const char *text)
{
    return sqlite3_exec(db_of(sql), text, NULL, NULL, NULL) == SQLITE_OK || fail(sql);
}

static void close_database(pk_sql *sql)
{
    for (size_t i = 0; i < sql->num_kept; i++)
        sqlite3_finalize(sql->kept[i].prepared);
    sqlite3_close(db_of(sql));
    free(sql);
}

static bool begin(pk_sql *sql)
{
    return run_script(sql, "BEGIN IMMEDIATE");
}

static bool commit(pk_sql *sql)
{
    return run_script(sql, "COMMIT");
}

/* Some failures have ended the transaction already. */
static void rollback(pk_sql *sql)
{
    if (!sqlite3_get_autocommit(db_of(sql)))
        run_script(sql, "ROLLBACK");
}

/* In WAL mode, NORMAL leaves the sync to the next commit with FULL, or to the next
 * checkpoint. */
static void set_durable(pk_sql *sql, bool durable)
{
    run_script(sql, durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
}

static bool prepare(pk_sql_rows *rows)
{
    sqlite3_stmt *statement = NULL;

    if (rows->prepared)
        return true;
    if (sqlite3_prepare_v3(db_of(rows->sql), rows->text, -1, SQLITE_PREPARE_PERSISTENT, &statement,
                           NULL) != SQLITE_OK)
        return fail(rows->sql);
    rows->prepared = statement;
    return true;
}

/* $1 is to SQLite a name, not a position, hence the look-up. */
static int bind(sqlite3_stmt *statement, int number, const pk_sql_value *value)
{
    char name[16];
    int position;

    snprintf(name, sizeof name, "$%d", number);
    position = sqlite3_bind_parameter_index(statement, name);
    if (!value->is_text)
        return sqlite3_bind_int64(statement, position, value->number);
    return sqlite3_bind_text(statement, position, value->text, -1, SQLITE_TRANSIENT);
}

static bool start(pk_sql_rows *rows, const pk_sql_value *values, int num_values)
{
    if (!prepare(rows))
        return false;
    for (int i = 0; i < num_values; i++)
        if (bind(rows->prepared, i + 1, &values[i]) != SQLITE_OK)
            return fail(rows->sql);
    return true;
}

/* Bindings are cleared too: they may be secrets' hashes or personal data. */
static void end(pk_sql_rows *rows)
{
    if (!rows->prepared)
        return;
    sqlite3_reset(rows->prepared);
    sqlite3_clear_bindings(rows->prepared);
}

static pk_stored outcome_of_change(pk_sql *sql, int result)
{
    if (result == SQLITE_DONE)
        return sqlite3_changes(db_of(sql)) > 0 ? PK_STORED_OK : PK_STORED_ABSENT;
    if (result == SQLITE_CONSTRAINT_UNIQUE || result == SQLITE_CONSTRAINT_PRIMARYKEY)
        return PK_STORED_EXISTS;
    fail(sql);
    return PK_STORED_FAILED;
}

static pk_stored change(pk_sql_rows *rows, const pk_sql_value *values, int num_values)
{
    pk_stored outcome = PK_STORED_FAILED;

    if (start(rows, values, num_values))
        outcome = outcome_of_change(rows->sql, sqlite3_step(rows->prepared));
    end(rows);
    return outcome;
}

static bool next(pk_sql_rows *rows)
{
    int result = sqlite3_step(rows->prepared);

    if (result != SQLITE_ROW && result != SQLITE_DONE)
        rows->failed = !fail(rows->sql);
    return result == SQLITE_ROW;
}

static const char *text_of(pk_sql_rows *rows, int column)
{
    return (const char *)sqlite3_column_text(rows->prepared, column);
}

static long long number_of(pk_sql_rows *rows, int column)
{
    return sqlite3_column_int64(rows->prepared, column);
}

static const pk_sql_driver driver = {
    .close = close_database,
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

/* WAL lets other processes read while one writes; FULL because a credential
 * that was acknowledged must survive a power failure. */
static bool configure(pk_sql *sql)
{
    sqlite3_extended_result_codes(db_of(sql), 1);
    sqlite3_busy_timeout(db_of(sql), BUSY_TIMEOUT_MS);
    return run_script(sql, "PRAGMA journal_mode = WAL;"
                           "PRAGMA synchronous = FULL;"
                           "PRAGMA foreign_keys = ON;"
                           "PRAGMA trusted_schema = OFF;");
}

pk_sql *pk_sqlite_open(const char *path)
{
    connection *made = calloc(1, sizeof *made);

    if (!made)
        return NULL;
    made->base.driver = &driver;
    if (sqlite3_open_v2(path, &made->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) !=
        SQLITE_OK)
        fail(&made->base);
    else
        configure(&made->base);
    return &made->base;
}
