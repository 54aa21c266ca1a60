/* SPDX-License-Identifier: Apache-2.0
 * Authenticator configs: how a link reaches the application that binds it. */
#include "store/internal.h"

pk_stored pk_store_add_config(pk_store *store, const pk_config *config)
{
    return pk_sql_do(store->sql,
                     "INSERT INTO authenticator_config"
                     " (id, realm_id, display_name, config, create_ms, update_ms)"
                     " VALUES ($1, $2, $3, $4, $5, $6)",
                     "ttttii", config->id, config->realm_id, config->display_name, config->config,
                     (long long)config->create_ms, (long long)config->update_ms);
}

#define SELECT_CONFIG                                                                              \
    "SELECT seq, id, realm_id, display_name, config, create_ms, update_ms"                        \
    " FROM authenticator_config "

static bool read_config(pk_sql_rows *rows, pk_arena *arena, pk_config *out)
{
    bool complete = true;

    *out = (pk_config){
        .id = pk_column(rows, 1, arena, &complete),
        .realm_id = pk_column(rows, 2, arena, &complete),
        .display_name = pk_column(rows, 3, arena, &complete),
        .config = pk_column(rows, 4, arena, &complete),
        .create_ms = pk_sql_number(rows, 5),
        .update_ms = pk_sql_number(rows, 6),
    };
    return complete;
}

pk_stored pk_store_config(pk_store *store, pk_arena *arena, const char *realm_id, const char *id,
                          pk_config *out_config)
{
    bool complete = true;
    pk_stored outcome;
    pk_sql_rows *rows = pk_sql_ask(store->sql, SELECT_CONFIG "WHERE id = $1 AND realm_id = $2",
                                   "tt", id, realm_id);

    if (pk_sql_next(rows))
        complete = read_config(rows, arena, out_config);
    outcome = pk_sql_end(rows);
    return complete ? outcome : PK_STORED_FAILED;
}

pk_stored pk_store_configs(pk_store *store, pk_arena *arena, const char *realm_id, pk_page *page,
                           pk_config_each *each, void *user)
{
    pk_stored outcome = pk_number(
        pk_sql_ask(store->sql, "SELECT count(*) FROM authenticator_config WHERE realm_id = $1",
                   "t", realm_id),
        &page->total);
    long long num_told = 0;
    bool complete = true;
    pk_config config;
    pk_sql_rows *rows;

    if (outcome != PK_STORED_OK)
        return PK_STORED_FAILED;
    rows = pk_sql_ask(store->sql,
                      SELECT_CONFIG "WHERE realm_id = $1 AND seq > $2"
                                    " ORDER BY seq LIMIT $3 OFFSET $4",
                      "tiii", realm_id, page->after, page->size + 1, page->skip);
    while (complete && pk_sql_next(rows) &&
           pk_page_takes(page, &num_told, pk_sql_number(rows, 0)))
        complete = read_config(rows, arena, &config) && each(&config, user);
    outcome = pk_sql_end(rows);
    return complete && outcome != PK_STORED_FAILED ? PK_STORED_OK : PK_STORED_FAILED;
}

pk_stored pk_store_update_config(pk_store *store, const pk_config *config)
{
    return pk_sql_do(store->sql,
                     "UPDATE authenticator_config SET display_name = $2, config = $3,"
                     " update_ms = $4 WHERE id = $1",
                     "ttti", config->id, config->display_name, config->config,
                     (long long)config->update_ms);
}

pk_stored pk_store_delete_config(pk_store *store, const char *id, int64_t now_ms)
{
    pk_stored outcome = pk_sql_do(
        store->sql,
        "DELETE FROM authenticator_config WHERE id = $1"
        " AND NOT EXISTS (SELECT 1 FROM application a WHERE a.authenticator_config_id = $1)"
        " AND NOT EXISTS (SELECT 1 FROM job j WHERE j.authenticator_config_id = $1"
        "  AND j.expire_ms > $2"
        "  AND j.state IN ('LINK_SENT', 'LINK_OPENED', 'REQUEST_DELIVERED'))",
        "ti", id, (long long)now_ms);

    return outcome == PK_STORED_ABSENT ? PK_STORED_EXISTS : outcome;
}
