/* SPDX-License-Identifier: Apache-2.0
 * Shared among the files of the store only. */
#ifndef PK_STORE_INTERNAL_H
#define PK_STORE_INTERNAL_H

#include "store/store.h"

struct pk_store {
    pk_sql *sql;
};

/* Brings the schema to the newest version; false when that fails or when a
 * newer program made the database (*out_reason says so). */
bool pk_schema_update(pk_sql *sql, const char **out_reason);

/* The text of a column in the arena; NULL for SQL's NULL. Without memory
 * *complete becomes false. */
const char *pk_column(pk_sql_rows *rows, int column, pk_arena *arena, bool *complete);

/* A row that answers one number, such as count(*). */
pk_stored pk_number(pk_sql_rows *rows, long long *out_number);

/* Ends a query of at most one row of which one text is wanted. */
pk_stored pk_one_text(pk_sql_rows *rows, pk_arena *arena, const char **out_text);

/* Whether another record is wanted: false beyond the page's size, which is how
 * a page learns that there are more. position is the record's. */
bool pk_page_takes(pk_page *page, long long *num_told, long long position);

#endif
