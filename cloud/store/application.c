/* SPDX-License-Identifier: Apache-2.0
 * Applications: the clients that get access tokens. */
#include "store/internal.h"

pk_stored pk_store_add_application(pk_store *store, const pk_application *application)
{
    return pk_sql_do(store->sql,
                     "INSERT INTO application (id, realm_id, authenticator_config_id,"
                     " resource_server_id, display_name, classification, client_id,"
                     " client_secret_hash, protocol_config, create_ms, update_ms)"
                     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                     "tttttttttii", application->id, application->realm_id, application->config_id,
                     application->resource_server_id, application->display_name,
                     application->classification, application->client_id,
                     application->client_secret_hash, application->protocol_config,
                     (long long)application->create_ms, (long long)application->update_ms);
}

#define SELECT_APPLICATION                                                                         \
    "SELECT seq, id, realm_id, authenticator_config_id, resource_server_id, display_name,"        \
    " classification, client_id, client_secret_hash, protocol_config, create_ms, update_ms"       \
    " FROM application "

static bool read_application(pk_sql_rows *rows, pk_arena *arena, pk_application *out)
{
    bool complete = true;

    *out = (pk_application){
        .id = pk_column(rows, 1, arena, &complete),
        .realm_id = pk_column(rows, 2, arena, &complete),
        .config_id = pk_column(rows, 3, arena, &complete),
        .resource_server_id = pk_column(rows, 4, arena, &complete),
        .display_name = pk_column(rows, 5, arena, &complete),
        .classification = pk_column(rows, 6, arena, &complete),
        .client_id = pk_column(rows, 7, arena, &complete),
        .client_secret_hash = pk_column(rows, 8, arena, &complete),
        .protocol_config = pk_column(rows, 9, arena, &complete),
        .create_ms = pk_sql_number(rows, 10),
        .update_ms = pk_sql_number(rows, 11),
    };
    return complete;
}

static pk_stored read_one(pk_sql_rows *rows, pk_arena *arena, pk_application *out)
{
    bool complete = true;
    pk_stored outcome;

    if (pk_sql_next(rows))
        complete = read_application(rows, arena, out);
    outcome = pk_sql_end(rows);
    return complete ? outcome : PK_STORED_FAILED;
}

pk_stored pk_store_application(pk_store *store, pk_arena *arena, const char *realm_id,
                               const char *id, pk_application *out_application)
{
    return read_one(pk_sql_ask(store->sql, SELECT_APPLICATION "WHERE id = $1 AND realm_id = $2",
                               "tt", id, realm_id),
                    arena, out_application);
}

pk_stored pk_store_application_of_client(pk_store *store, pk_arena *arena, const char *realm_id,
                                         const char *client_id, pk_application *out_application)
{
    return read_one(pk_sql_ask(store->sql,
                               SELECT_APPLICATION "WHERE client_id = $1 AND realm_id = $2", "tt",
                               client_id, realm_id),
                    arena, out_application);
}

pk_stored pk_store_applications(pk_store *store, pk_arena *arena, const char *realm_id,
                                pk_page *page, pk_application_each *each, void *user)
{
    pk_stored outcome = pk_number(pk_sql_ask(store->sql,
                                             "SELECT count(*) FROM application WHERE realm_id = $1",
                                             "t", realm_id),
                                  &page->total);
    long long num_told = 0;
    bool complete = true;
    pk_application application;
    pk_sql_rows *rows;

    if (outcome != PK_STORED_OK)
        return PK_STORED_FAILED;
    rows = pk_sql_ask(store->sql,
                      SELECT_APPLICATION "WHERE realm_id = $1 AND seq > $2"
                                         " ORDER BY seq LIMIT $3 OFFSET $4",
                      "tiii", realm_id, page->after, page->size + 1, page->skip);
    while (complete && pk_sql_next(rows) &&
           pk_page_takes(page, &num_told, pk_sql_number(rows, 0)))
        complete = read_application(rows, arena, &application) && each(&application, user);
    outcome = pk_sql_end(rows);
    return complete && outcome != PK_STORED_FAILED ? PK_STORED_OK : PK_STORED_FAILED;
}

pk_stored pk_store_update_application(pk_store *store, const pk_application *application)
{
    return pk_sql_do(store->sql,
                     "UPDATE application SET authenticator_config_id = $2,"
                     " resource_server_id = $3, display_name = $4, classification = $5,"
                     " client_secret_hash = $6, protocol_config = $7, update_ms = $8"
                     " WHERE id = $1",
                     "ttttttti", application->id, application->config_id,
                     application->resource_server_id, application->display_name,
                     application->classification, application->client_secret_hash,
                     application->protocol_config, (long long)application->update_ms);
}

pk_stored pk_store_delete_application(pk_store *store, const char *id)
{
    return pk_sql_do(store->sql, "DELETE FROM application WHERE id = $1", "t", id);
}

pk_stored pk_store_application_of(pk_store *store, pk_arena *arena, const char *config_id,
                                  const char **out_id)
{
    return pk_one_text(pk_sql_ask(store->sql,
                                  "SELECT id FROM application WHERE authenticator_config_id = $1"
                                  " ORDER BY seq LIMIT 1",
                                  "t", config_id),
                       arena, out_id);
}
