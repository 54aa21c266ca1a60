/* SPDX-License-Identifier: Apache-2.0
 * What both databases have in common: values, statements that are kept, and what
 * became of a piece of work. */
#include "base/text.h"
#include "store/driver.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool pk_sql_is_url(const char *place)
{
    return strncmp(place, "postgresql://", 13) == 0 || strncmp(place, "postgres://", 11) == 0;
}

pk_sql *pk_sql_open(const char *place)
{
    return pk_sql_is_url(place) ? pk_postgres_open(place) : pk_sqlite_open(place);
}

void pk_sql_close(pk_sql *sql)
{
    if (sql)
        sql->driver->close(sql);
}

/* -------------------------------------------------------------------- failure */

bool pk_sql_fail(pk_sql *sql, pk_trouble trouble, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    vsnprintf(sql->reason, sizeof sql->reason, format, values);
    va_end(values);
    sql->trouble = trouble;
    return false;
}

void pk_sql_begin_work(pk_sql *sql)
{
    sql->reason[0] = '\0';
    sql->trouble = PK_TROUBLE_NONE;
    sql->committed = false;
}

const char *pk_sql_reason(const pk_sql *sql)
{
    return sql->reason[0] != '\0' ? sql->reason : NULL;
}

bool pk_sql_is_passing(const pk_sql *sql)
{
    return sql->trouble == PK_TROUBLE_PASSING || sql->trouble == PK_TROUBLE_REPEAT;
}

bool pk_sql_may_repeat(const pk_sql *sql)
{
    return sql->trouble == PK_TROUBLE_REPEAT && !sql->committed;
}

/* --------------------------------------------------------------- transactions */

bool pk_sql_begin(pk_sql *sql)
{
    return sql->in_transaction = sql->driver->begin(sql);
}

/* One that failed may have happened nevertheless: an answer can get lost. */
bool pk_sql_commit(pk_sql *sql)
{
    sql->committed = true;
    if (!sql->driver->commit(sql))
        return false;
    sql->in_transaction = false;
    return true;
}

void pk_sql_rollback(pk_sql *sql)
{
    if (sql->in_transaction)
        sql->driver->rollback(sql);
    sql->in_transaction = false;
}

void pk_sql_set_durable(pk_sql *sql, bool durable)
{
    sql->driver->set_durable(sql, durable);
}

bool pk_sql_script(pk_sql *sql, const char *text)
{
    return sql->driver->script(sql, text);
}

/* ----------------------------------------------------------------- statements */

static pk_sql_rows *statement(pk_sql *sql, const char *text, const char *types)
{
    pk_sql_rows *rows = &sql->kept[sql->num_kept];

    for (size_t i = 0; i < sql->num_kept; i++)
        if (sql->kept[i].text == text)
            return &sql->kept[i];
    if (sql->num_kept == PK_SQL_MAX_STATEMENTS || strlen(types) > PK_SQL_MAX_VALUES) {
        pk_sql_fail(sql, PK_TROUBLE_LASTING, "too many statements or values");
        return NULL;
    }
    *rows = (pk_sql_rows){.sql = sql, .text = text, .number = sql->num_kept++};
    return rows;
}

/* False for a text that is not UTF-8: no row holds it, and PostgreSQL would not
 * even look. */
static bool read_values(pk_sql_value *values, const char *types, va_list *list)
{
    bool valid = true;

    for (int i = 0; i < PK_SQL_MAX_VALUES && types[i] != '\0'; i++) {
        values[i] = (pk_sql_value){.is_text = types[i] == 't'};
        if (!values[i].is_text)
            values[i].number = va_arg(*list, long long);
        else if ((values[i].text = va_arg(*list, const char *)) != NULL)
            valid = pk_utf8_valid(values[i].text, strlen(values[i].text)) && valid;
    }
    return valid;
}

pk_stored pk_sql_do(pk_sql *sql, const char *text, const char *types, ...)
{
    pk_sql_rows *rows = statement(sql, text, types);
    pk_sql_value values[PK_SQL_MAX_VALUES];
    pk_stored outcome;
    va_list list;
    bool valid;

    va_start(list, types);
    valid = read_values(values, types, &list);
    va_end(list);
    if (!rows)
        return PK_STORED_FAILED;
    if (!valid)
        return PK_STORED_ABSENT;
    outcome = sql->driver->change(rows, values, (int)strlen(types));
    if (outcome == PK_STORED_OK && !sql->in_transaction)
        sql->committed = true;
    return outcome;
}

/* Rows that are none: the next step says failed, or that there are no more. */
static pk_sql_rows *no_rows(pk_sql *sql, bool failed)
{
    sql->broken = (pk_sql_rows){.sql = sql, .failed = failed};
    return &sql->broken;
}

pk_sql_rows *pk_sql_ask(pk_sql *sql, const char *text, const char *types, ...)
{
    pk_sql_rows *rows = statement(sql, text, types);
    pk_sql_value values[PK_SQL_MAX_VALUES];
    va_list list;
    bool valid;

    va_start(list, types);
    valid = read_values(values, types, &list);
    va_end(list);
    if (!rows || !valid)
        return no_rows(sql, !rows);
    rows->any = false;
    rows->failed = !sql->driver->start(rows, values, (int)strlen(types));
    return rows;
}

bool pk_sql_next(pk_sql_rows *rows)
{
    if (rows->failed || !rows->text || !rows->sql->driver->next(rows))
        return false;
    return rows->any = true;
}

const char *pk_sql_text(pk_sql_rows *rows, int column)
{
    return rows->sql->driver->text(rows, column);
}

long long pk_sql_number(pk_sql_rows *rows, int column)
{
    return rows->sql->driver->number(rows, column);
}

pk_stored pk_sql_end(pk_sql_rows *rows)
{
    if (rows->text)
        rows->sql->driver->end(rows);
    if (rows->failed)
        return PK_STORED_FAILED;
    return rows->any ? PK_STORED_OK : PK_STORED_ABSENT;
}
