/* SPDX-License-Identifier: Apache-2.0
 * API tokens, by their hash, and access tokens, by their jti. */
#include "store/internal.h"

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
    return pk_one_text(
        pk_sql_ask(store->sql, "SELECT tenant_id FROM api_token WHERE hash = $1", "t", hash), arena,
        out_tenant_id);
}

pk_stored pk_store_add_access_token(pk_store *store, const char *id, const char *application_id,
                                    int64_t now_ms, int64_t expire_ms)
{
    if (pk_sql_do(store->sql,
                  "DELETE FROM access_token WHERE application_id = $1 AND expire_ms <= $2", "ti",
                  application_id, (long long)now_ms) == PK_STORED_FAILED)
        return PK_STORED_FAILED;
    return pk_sql_do(store->sql,
                     "INSERT INTO access_token (id, application_id, create_ms, expire_ms)"
                     " VALUES ($1, $2, $3, $4)",
                     "ttii", id, application_id, (long long)now_ms, (long long)expire_ms);
}

pk_stored pk_store_access_token(pk_store *store, pk_arena *arena, const char *id,
                                const char *application_id, const char **out_protocol_config)
{
    return pk_one_text(pk_sql_ask(store->sql,
                                  "SELECT a.protocol_config FROM access_token t"
                                  " JOIN application a ON a.id = t.application_id"
                                  " WHERE t.id = $1 AND t.application_id = $2",
                                  "tt", id, application_id),
                       arena, out_protocol_config);
}

pk_stored pk_store_delete_access_token(pk_store *store, const char *id, const char *application_id)
{
    return pk_sql_do(store->sql, "DELETE FROM access_token WHERE id = $1 AND application_id = $2",
                     "tt", id, application_id);
}
