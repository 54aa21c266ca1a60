/* SPDX-License-Identifier: Apache-2.0
 * One connection to a database that speaks SQL: SQLite (sqlite.c) or PostgreSQL
 * (postgres.c). One text for both; what that asks of it:
 * - It may use $1, $2, … and is prepared once and kept, so it must be a string
 *   literal. types has a letter for each value that follows: t text (const
 *   char *, may be NULL), i a number (long long).
 * - Columns are TEXT and INTEGER (of 64 bits in both); INTEGER PRIMARY KEY counts
 *   up by itself. A condition such as EXISTS reads as a number, 0 or 1.
 * - ON CONFLICT … DO NOTHING, RETURNING, coalesce, ||, replace and length are in
 *   both. LIKE is not the same in both (it ignores case in SQLite), and neither
 *   instr, nor strpos, nor INSERT OR IGNORE, nor rowid is in both. */
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

/* place is a postgresql:// URL, or the path of a file, which is made if there is
 * none. Answers an object even on failure (NULL only without memory):
 * pk_sql_reason is then not NULL. */
pk_sql *pk_sql_open(const char *place);
void pk_sql_close(pk_sql *sql);

/* Whether it is the URL of a database server and not a file's path. */
bool pk_sql_is_url(const char *place);

/* A connection serves one piece of work after the other, such as a call of the
 * API. This begins another: what the last one met is forgotten. */
void pk_sql_begin_work(pk_sql *sql);

/* Why a call failed since the work began, without values; NULL when none has. */
const char *pk_sql_reason(const pk_sql *sql);

/* Whether that may pass: the database is away, or too busy. */
bool pk_sql_is_passing(const pk_sql *sql);

/* Whether the whole work may be done again at once: the database gave it up to
 * let another go on, or the connection broke, and nothing of it was kept. */
bool pk_sql_may_repeat(const pk_sql *sql);

/* A transaction that may write. Others that want to write wait for its end,
 * also those of other servers: what it reads cannot change meanwhile. */
bool pk_sql_begin(pk_sql *sql);
bool pk_sql_commit(pk_sql *sql);
void pk_sql_rollback(pk_sql *sql); /* nothing, when there is no transaction */

/* Whether what is changed from now on is on the disk before that is said (true, as
 * from the start), or soon after: then a machine that fails may forget it, but
 * nothing of what came before and after. Not within a transaction. */
void pk_sql_set_durable(pk_sql *sql, bool durable);

/* Several statements without values; for migrations. */
bool pk_sql_script(pk_sql *sql, const char *text);

/* INSERT, UPDATE or DELETE, a transaction of its own when none is open. OK,
 * EXISTS, FAILED, and ABSENT when no row was changed. A transaction may go on
 * after EXISTS and ABSENT. */
pk_stored pk_sql_do(pk_sql *sql, const char *text, const char *types, ...);

/* SELECT; with RETURNING what changes rows, within a transaction only. Step with
 * pk_sql_next until it answers false, then ask pk_sql_end, which may also be
 * called earlier: OK when there was a row, ABSENT when there was none, FAILED.
 * Columns count from 0; texts live until the next step. */
pk_sql_rows *pk_sql_ask(pk_sql *sql, const char *text, const char *types, ...);
bool pk_sql_next(pk_sql_rows *rows);
const char *pk_sql_text(pk_sql_rows *rows, int column);
long long pk_sql_number(pk_sql_rows *rows, int column);
pk_stored pk_sql_end(pk_sql_rows *rows);

#endif
