/* SPDX-License-Identifier: Apache-2.0
 * One connection to a database that speaks SQL. The text may use $1, $2, … and
 * is prepared once and kept: it must be a string literal. types has a letter
 * for each value that follows: t text (const char *, may be NULL), i a number
 * (long long). Only sqlite.c calls sqlite3_*. */
#ifndef PK_SQL_H
#define PK_SQL_H

#include <stdbool.h>

typedef struct pk_sql pk_sql;
typedef struct pk_sql_rows pk_sql_rows;

typedef enum pk_stored {
    PK_STORED_OK,
    PK_STORED_ABSENT, /* there is no such row */
    PK_STORED_EXISTS, /* another row has what must be unique */
    PK_STORED_FAILED  /* the database cannot do it now; pk_sql_reason says why */
} pk_stored;

/* Opens the file, and makes it if there is none. Answers an object even on
 * failure (NULL only without memory): pk_sql_reason is then not NULL. */
pk_sql *pk_sql_open(const char *path);
void pk_sql_close(pk_sql *sql);

/* Why the last call failed, without values; NULL when none has failed. */
const char *pk_sql_reason(const pk_sql *sql);

/* A transaction that may write. Others that want to write wait for its end. */
bool pk_sql_begin(pk_sql *sql);
bool pk_sql_commit(pk_sql *sql);
void pk_sql_rollback(pk_sql *sql);

/* Several statements without values; for migrations. */
bool pk_sql_script(pk_sql *sql, const char *text);

/* INSERT, UPDATE or DELETE. OK, EXISTS, FAILED, and ABSENT when no row was
 * changed. */
pk_stored pk_sql_do(pk_sql *sql, const char *text, const char *types, ...);

/* SELECT. Step with pk_sql_next until it answers false, then ask pk_sql_end,
 * which may also be called earlier: OK when there was a row, ABSENT when there
 * was none, FAILED. Columns count from 0; texts live until the next step. */
pk_sql_rows *pk_sql_ask(pk_sql *sql, const char *text, const char *types, ...);
bool pk_sql_next(pk_sql_rows *rows);
const char *pk_sql_text(pk_sql_rows *rows, int column);
long long pk_sql_number(pk_sql_rows *rows, int column);
pk_stored pk_sql_end(pk_sql_rows *rows);

#endif
