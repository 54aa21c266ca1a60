/* SPDX-License-Identifier: Apache-2.0 */
#include "store/internal.h"

#include <stdlib.h>

#define FILE_NAME "cloud.db"

static bool open_database(pk_store *store, const char *path, const char **out_reason)
{
    store->sql = path ? pk_sql_open(path) : NULL;
    if (!store->sql)
        return false;
    return !pk_sql_reason(store->sql) && pk_schema_update(store->sql, out_reason);
}

pk_store *pk_store_open(const char *folder, pk_arena *arena, const char **out_reason)
{
    const char *path = pk_arena_printf(arena, "%s/" FILE_NAME, folder);
    pk_store *store = calloc(1, sizeof *store);

    *out_reason = NULL;
    if (store && open_database(store, path, out_reason))
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

const char *pk_store_reason(const pk_store *store)
{
    return pk_sql_reason(store->sql);
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

bool pk_page_takes(pk_page *page, long long *num_told, long long position)
{
    page->more = *num_told == page->size;
    if (page->more)
        return false;
    ++*num_told;
    page->last = position;
    return true;
}
