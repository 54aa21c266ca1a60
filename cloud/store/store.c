/* SPDX-License-Identifier: Apache-2.0 */
#include "store/internal.h"

#include <stdlib.h>

static bool open_database(pk_store *store, const char *place, const char **out_reason)
{
    store->sql = place ? pk_sql_open(place) : NULL;
    if (!store->sql)
        return false;
    return !pk_sql_reason(store->sql) && pk_schema_update(store->sql, out_reason);
}

pk_store *pk_store_open(const char *place, pk_arena *arena, const char **out_reason)
{
    pk_store *store = calloc(1, sizeof *store);

    *out_reason = NULL;
    if (store && open_database(store, place, out_reason))
        return store;
    if (!*out_reason && store && store->sql)
        *out_reason = pk_arena_text(arena, pk_sql_reason(store->sql));
    if (!*out_reason)
        *out_reason = "memory could not be allocated";
    pk_store_close(store);
    return NULL;
}

void pk_store_close(pk_store *store)
{
    if (!store)
        return;
    pk_sql_close(store->sql);
    free(store);
}

void pk_store_begin_work(pk_store *store)
{
    pk_sql_begin_work(store->sql);
}

const char *pk_store_reason(const pk_store *store)
{
    return pk_sql_reason(store->sql);
}

bool pk_store_is_passing(const pk_store *store)
{
    return pk_sql_is_passing(store->sql);
}

bool pk_store_may_repeat(const pk_store *store)
{
    return pk_sql_may_repeat(store->sql);
}

pk_stored pk_store_check(pk_store *store)
{
    long long version;

    return pk_number(pk_sql_ask(store->sql, "SELECT max(version) FROM schema_version", ""),
                     &version);
}

bool pk_store_begin(pk_store *store)
{
    return pk_sql_begin(store->sql);
}

bool pk_store_commit(pk_store *store)
{
    return pk_sql_commit(store->sql);
}

void pk_store_rollback(pk_store *store)
{
    pk_sql_rollback(store->sql);
}

const char *pk_column(pk_sql_rows *rows, int column, pk_arena *arena, bool *complete)
{
    const char *text = pk_sql_text(rows, column);
    const char *copy = pk_arena_text(arena, text);

    if (text && !copy)
        *complete = false;
    return copy;
}

pk_stored pk_number(pk_sql_rows *rows, long long *out_number)
{
    if (pk_sql_next(rows))
        *out_number = pk_sql_number(rows, 0);
    return pk_sql_end(rows);
}

pk_stored pk_one_text(pk_sql_rows *rows, pk_arena *arena, const char **out_text)
{
    bool complete = true;
    const char *text = NULL;
    pk_stored outcome;

    if (pk_sql_next(rows))
        text = pk_column(rows, 0, arena, &complete);
    outcome = pk_sql_end(rows);
    if (!complete)
        return PK_STORED_FAILED;
    if (outcome == PK_STORED_OK)
        *out_text = text;
    return outcome;
}

bool pk_page_takes(pk_page *page, long long *num_told, long long position)
{
    page->more = *num_told == page->size;
    if (page->more)
        return false;
    ++*num_told;
    page->last = position;
    return true;
}
