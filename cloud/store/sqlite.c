/* SPDX-License-Identifier: Apache-2.0
 * sql.h on SQLite. */
#include "store/sql.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_STATEMENTS 64
#define BUSY_TIMEOUT_MS 10000

/* A prepared statement that is kept, and the rows it is answering with. */
struct pk_sql_rows {
    pk_sql *sql;
    const char *text;
    sqlite3_stmt *statement;
    bool any;
    bool failed;
};

struct pk_sql {
    sqlite3 *db;
    pk_sql_rows kept[MAX_STATEMENTS];
    size_t num_kept;
    pk_sql_rows broken; /* what pk_sql_ask answers when it cannot */
    char reason[160];
};

static bool fail(pk_sql *sql)
{
    snprintf(sql->reason, sizeof sql->reason, "SQLite: %s (%d)",
             sqlite3_errstr(sqlite3_extended_errcode(sql->db)),
             sqlite3_extended_errcode(sql->db));
    return false;
}

const char *pk_sql_reason(const pk_sql *sql)
{
    return sql->reason[0] != '\0' ? sql->reason : NULL;
}

bool pk_sql_script(pk_sql *sql, const char *text)
{
    return sqlite3_exec(sql->db, text, NULL, NULL, NULL) == SQLITE_OK || fail(sql);
}

/* WAL lets other processes read while one writes; FULL because a credential
 * that was acknowledged must survive a power failure. */
static bool configure(pk_sql *sql)
{
    sqlite3_extended_result_codes(sql->db, 1);
    sqlite3_busy_timeout(sql->db, BUSY_TIMEOUT_MS);
    return pk_sql_script(sql, "PRAGMA journal_mode = WAL;"
                              "PRAGMA synchronous = FULL;"
                              "PRAGMA foreign_keys = ON;"
                              "PRAGMA trusted_schema = OFF;");
}

pk_sql *pk_sql_open(const char *path)
{
    pk_sql *sql = calloc(1, sizeof *sql);

    if (!sql)
        return NULL;
    if (sqlite3_open_v2(path, &sql->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) !=
        SQLITE_OK)
        fail(sql);
    else
        configure(sql);
    return sql;
}

void pk_sql_close(pk_sql *sql)
{
    if (!sql)
        return;
    for (size_t i = 0; i < sql->num_kept; i++)
        sqlite3_finalize(sql->kept[i].statement);
    sqlite3_close(sql->db);
    free(sql);
}

bool pk_sql_begin(pk_sql *sql)
{
    return pk_sql_script(sql, "BEGIN IMMEDIATE");
}

bool pk_sql_commit(pk_sql *sql)
{
    return pk_sql_script(sql, "COMMIT");
}

void pk_sql_rollback(pk_sql *sql)
{
    if (!sqlite3_get_autocommit(sql->db))
        pk_sql_script(sql, "ROLLBACK");
}

static pk_sql_rows *prepare(pk_sql *sql, const char *text)
{
    pk_sql_rows *rows = &sql->kept[sql->num_kept];

    for (size_t i = 0; i < sql->num_kept; i++)
        if (sql->kept[i].text == text)
            return &sql->kept[i];
    if (sql->num_kept == MAX_STATEMENTS) {
        snprintf(sql->reason, sizeof sql->reason, "too many statements");
        return NULL;
    }
    if (sqlite3_prepare_v3(sql->db, text, -1, SQLITE_PREPARE_PERSISTENT, &rows->statement, NULL) !=
        SQLITE_OK) {
        fail(sql);
        return NULL;
    }
    rows->sql = sql;
    rows->text = text;
    sql->num_kept++;
    return rows;
}

/* $1 is to SQLite a name, not a position, hence the look-up. */
static int bind(sqlite3_stmt *statement, int number, char type, va_list *values)
{
    char name[16];
    int position;

    snprintf(name, sizeof name, "$%d", number);
    position = sqlite3_bind_parameter_index(statement, name);
    if (type == 'i')
        return sqlite3_bind_int64(statement, position, va_arg(*values, long long));
    return sqlite3_bind_text(statement, position, va_arg(*values, const char *), -1,
                             SQLITE_TRANSIENT);
}

static pk_sql_rows *start(pk_sql *sql, const char *text, const char *types, va_list *values)
{
    pk_sql_rows *rows = prepare(sql, text);

    if (!rows)
        return NULL;
    rows->any = rows->failed = false;
    for (int i = 0; types[i] != '\0'; i++)
        if (bind(rows->statement, i + 1, types[i], values) != SQLITE_OK)
            rows->failed = !fail(sql);
    return rows;
}

/* Bindings are cleared too: they may be secrets' hashes or personal data. */
static void finish(pk_sql_rows *rows)
{
    if (!rows->statement)
        return;
    sqlite3_reset(rows->statement);
    sqlite3_clear_bindings(rows->statement);
}

static pk_stored outcome_of_change(pk_sql *sql, int result)
{
    if (result == SQLITE_DONE)
        return sqlite3_changes(sql->db) > 0 ? PK_STORED_OK : PK_STORED_ABSENT;
    if (result == SQLITE_CONSTRAINT_UNIQUE || result == SQLITE_CONSTRAINT_PRIMARYKEY)
        return PK_STORED_EXISTS;
    fail(sql);
    return PK_STORED_FAILED;
}

pk_stored pk_sql_do(pk_sql *sql, const char *text, const char *types, ...)
{
    pk_stored outcome = PK_STORED_FAILED;
    pk_sql_rows *rows;
    va_list values;

    va_start(values, types);
    rows = start(sql, text, types, &values);
    va_end(values);
    if (!rows)
        return PK_STORED_FAILED;
    if (!rows->failed)
        outcome = outcome_of_change(sql, sqlite3_step(rows->statement));
    finish(rows);
    return outcome;
}

pk_sql_rows *pk_sql_ask(pk_sql *sql, const char *text, const char *types, ...)
{
    pk_sql_rows *rows;
    va_list values;

    va_start(values, types);
    rows = start(sql, text, types, &values);
    va_end(values);
    if (rows)
        return rows;
    sql->broken = (pk_sql_rows){.sql = sql, .failed = true};
    return &sql->broken;
}

bool pk_sql_next(pk_sql_rows *rows)
{
    int result;

    if (rows->failed)
        return false;
    result = sqlite3_step(rows->statement);
    if (result == SQLITE_ROW)
        return rows->any = true;
    if (result != SQLITE_DONE)
        rows->failed = !fail(rows->sql);
    return false;
}

const char *pk_sql_text(pk_sql_rows *rows, int column)
{
    return (const char *)sqlite3_column_text(rows->statement, column);
}

long long pk_sql_number(pk_sql_rows *rows, int column)
{
    return sqlite3_column_int64(rows->statement, column);
}

pk_stored pk_sql_end(pk_sql_rows *rows)
{
    finish(rows);
    if (rows->failed)
        return PK_STORED_FAILED;
    return rows->any ? PK_STORED_OK : PK_STORED_ABSENT;
}
