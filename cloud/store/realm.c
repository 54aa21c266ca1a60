/* SPDX-License-Identifier: Apache-2.0
 * Tenants, realms and what is set up once in them. */
#include "store/internal.h"

/* Ends a query of at most one row of which one text is wanted. */
static pk_stored one_text(pk_sql_rows *rows, pk_arena *arena, const char **out_text)
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

pk_stored pk_store_setting(pk_store *store, pk_arena *arena, const char *name,
                           const char **out_value)
{
    return one_text(pk_sql_ask(store->sql, "SELECT value FROM setting WHERE name = $1", "t", name),
                    arena, out_value);
}

pk_stored pk_store_add_setting(pk_store *store, const char *name, const char *value)
{
    return pk_sql_do(store->sql, "INSERT INTO setting (name, value) VALUES ($1, $2)", "tt", name,
                     value);
}

pk_stored pk_store_add_tenant(pk_store *store, const char *id, const char *display_name,
                              int64_t now_ms)
{
    return pk_sql_do(store->sql,
                     "INSERT INTO tenant (id, display_name, create_ms, update_ms)"
                     " VALUES ($1, $2, $3, $3)",
                     "tti", id, display_name, (long long)now_ms);
}

pk_stored pk_store_add_realm(pk_store *store, const pk_realm *realm, int64_t now_ms)
{
    return pk_sql_do(store->sql,
                     "INSERT INTO realm (id, tenant_id, display_name, create_ms, update_ms)"
                     " VALUES ($1, $2, $3, $4, $4)",
                     "ttti", realm->id, realm->tenant_id, realm->display_name, (long long)now_ms);
}

pk_stored pk_store_realm(pk_store *store, pk_arena *arena, const char *tenant_id, const char *id,
                         pk_realm *out_realm)
{
    bool complete = true;
    pk_stored outcome;
    pk_sql_rows *rows = pk_sql_ask(store->sql,
                                   "SELECT t.id, t.display_name, r.id, r.display_name"
                                   " FROM realm r JOIN tenant t ON t.id = r.tenant_id"
                                   " WHERE r.id = $1 AND t.id = $2",
                                   "tt", id, tenant_id);

    if (pk_sql_next(rows)) {
        out_realm->tenant_id = pk_column(rows, 0, arena, &complete);
        out_realm->tenant_display_name = pk_column(rows, 1, arena, &complete);
        out_realm->id = pk_column(rows, 2, arena, &complete);
        out_realm->display_name = pk_column(rows, 3, arena, &complete);
    }
    outcome = pk_sql_end(rows);
    return complete ? outcome : PK_STORED_FAILED;
}

pk_stored pk_store_add_api_token(pk_store *store, const char *hash, const char *tenant_id,
                                 int64_t now_ms)
{
    return pk_sql_do(store->sql,
                     "INSERT INTO api_token (hash, tenant_id, create_ms) VALUES ($1, $2, $3)",
                     "tti", hash, tenant_id, (long long)now_ms);
}

pk_stored pk_store_api_token(pk_store *store, pk_arena *arena, const char *hash,
                             const char **out_tenant_id)
{
    return one_text(
        pk_sql_ask(store->sql, "SELECT tenant_id FROM api_token WHERE hash = $1", "t", hash), arena,
        out_tenant_id);
}

pk_stored pk_store_add_config(pk_store *store, const pk_config *config, int64_t now_ms)
{
    return pk_sql_do(store->sql,
                     "INSERT INTO authenticator_config"
                     " (id, realm_id, display_name, config, create_ms, update_ms)"
                     " VALUES ($1, $2, $3, $4, $5, $5)",
                     "tttti", config->id, config->realm_id, config->display_name, config->config,
                     (long long)now_ms);
}

pk_stored pk_store_config(pk_store *store, pk_arena *arena, const char *realm_id, const char *id,
                          pk_config *out_config)
{
    bool complete = true;
    pk_stored outcome;
    pk_sql_rows *rows = pk_sql_ask(store->sql,
                                   "SELECT id, realm_id, display_name, config"
                                   " FROM authenticator_config WHERE id = $1 AND realm_id = $2",
                                   "tt", id, realm_id);

    if (pk_sql_next(rows)) {
        out_config->id = pk_column(rows, 0, arena, &complete);
        out_config->realm_id = pk_column(rows, 1, arena, &complete);
        out_config->display_name = pk_column(rows, 2, arena, &complete);
        out_config->config = pk_column(rows, 3, arena, &complete);
    }
    outcome = pk_sql_end(rows);
    return complete ? outcome : PK_STORED_FAILED;
}

pk_stored pk_store_add_application(pk_store *store, const char *id, const char *display_name,
                                   const pk_config *config, int64_t now_ms)
{
    return pk_sql_do(store->sql,
                     "INSERT INTO application"
                     " (id, realm_id, authenticator_config_id, display_name, create_ms, update_ms)"
                     " VALUES ($1, $2, $3, $4, $5, $5)",
                     "tttti", id, config->realm_id, config->id, display_name, (long long)now_ms);
}

pk_stored pk_store_application_of(pk_store *store, pk_arena *arena, const char *config_id,
                                  const char **out_id)
{
    return one_text(pk_sql_ask(store->sql,
                               "SELECT id FROM application WHERE authenticator_config_id = $1"
                               " ORDER BY seq LIMIT 1",
                               "t", config_id),
                    arena, out_id);
}
