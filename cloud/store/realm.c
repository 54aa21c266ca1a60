/* SPDX-License-Identifier: Apache-2.0
 * Settings, tenants and realms. */
#include "store/internal.h"

pk_stored pk_store_setting(pk_store *store, pk_arena *arena, const char *name,
                           const char **out_value)
{
    return pk_one_text(
        pk_sql_ask(store->sql, "SELECT value FROM setting WHERE name = $1", "t", name), arena,
        out_value);
}

pk_stored pk_store_add_setting(pk_store *store, const char *name, const char *value)
{
    return pk_sql_do(store->sql, "INSERT INTO setting (name, value) VALUES ($1, $2)", "tt", name,
                     value);
}

/* ------------------------------------------------------------------- tenant */

pk_stored pk_store_add_tenant(pk_store *store, const pk_tenant *tenant)
{
    return pk_sql_do(store->sql,
                     "INSERT INTO tenant (id, display_name, create_ms, update_ms)"
                     " VALUES ($1, $2, $3, $4)",
                     "ttii", tenant->id, tenant->display_name, (long long)tenant->create_ms,
                     (long long)tenant->update_ms);
}

pk_stored pk_store_tenant(pk_store *store, pk_arena *arena, const char *id, pk_tenant *out_tenant)
{
    bool complete = true;
    pk_stored outcome;
    pk_sql_rows *rows = pk_sql_ask(store->sql,
                                   "SELECT id, display_name, create_ms, update_ms FROM tenant"
                                   " WHERE id = $1",
                                   "t", id);

    if (pk_sql_next(rows))
        *out_tenant = (pk_tenant){
            .id = pk_column(rows, 0, arena, &complete),
            .display_name = pk_column(rows, 1, arena, &complete),
            .create_ms = pk_sql_number(rows, 2),
            .update_ms = pk_sql_number(rows, 3),
        };
    outcome = pk_sql_end(rows);
    return complete ? outcome : PK_STORED_FAILED;
}

pk_stored pk_store_update_tenant(pk_store *store, const pk_tenant *tenant)
{
    return pk_sql_do(store->sql, "UPDATE tenant SET display_name = $2, update_ms = $3 WHERE id = $1",
                     "tti", tenant->id, tenant->display_name, (long long)tenant->update_ms);
}

/* -------------------------------------------------------------------- realm */

pk_stored pk_store_add_realm(pk_store *store, const pk_realm *realm)
{
    return pk_sql_do(store->sql,
                     "INSERT INTO realm (id, tenant_id, display_name, classification, theme,"
                     " create_ms, update_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                     "tttttii", realm->id, realm->tenant_id, realm->display_name,
                     realm->classification, realm->theme, (long long)realm->create_ms,
                     (long long)realm->update_ms);
}

#define SELECT_REALM                                                                               \
    "SELECT r.seq, t.id, t.display_name, r.id, r.display_name, r.classification, r.theme,"        \
    " r.create_ms, r.update_ms FROM realm r JOIN tenant t ON t.id = r.tenant_id "

static bool read_realm(pk_sql_rows *rows, pk_arena *arena, pk_realm *out)
{
    bool complete = true;

    *out = (pk_realm){
        .tenant_id = pk_column(rows, 1, arena, &complete),
        .tenant_display_name = pk_column(rows, 2, arena, &complete),
        .id = pk_column(rows, 3, arena, &complete),
        .display_name = pk_column(rows, 4, arena, &complete),
        .classification = pk_column(rows, 5, arena, &complete),
        .theme = pk_column(rows, 6, arena, &complete),
        .create_ms = pk_sql_number(rows, 7),
        .update_ms = pk_sql_number(rows, 8),
    };
    return complete;
}

pk_stored pk_store_realm(pk_store *store, pk_arena *arena, const char *tenant_id, const char *id,
                         pk_realm *out_realm)
{
    bool complete = true;
    pk_stored outcome;
    pk_sql_rows *rows = pk_sql_ask(store->sql, SELECT_REALM "WHERE r.id = $1 AND t.id = $2", "tt",
                                   id, tenant_id);

    if (pk_sql_next(rows))
        complete = read_realm(rows, arena, out_realm);
    outcome = pk_sql_end(rows);
    return complete ? outcome : PK_STORED_FAILED;
}

pk_stored pk_store_realms(pk_store *store, pk_arena *arena, const char *tenant_id, pk_page *page,
                          pk_realm_each *each, void *user)
{
    pk_stored outcome = pk_number(
        pk_sql_ask(store->sql, "SELECT count(*) FROM realm WHERE tenant_id = $1", "t", tenant_id),
        &page->total);
    long long num_told = 0;
    bool complete = true;
    pk_sql_rows *rows;
    pk_realm realm;

    if (outcome != PK_STORED_OK)
        return PK_STORED_FAILED;
    rows = pk_sql_ask(store->sql,
                      SELECT_REALM "WHERE r.tenant_id = $1 AND r.seq > $2"
                                   " ORDER BY r.seq LIMIT $3 OFFSET $4",
                      "tiii", tenant_id, page->after, page->size + 1, page->skip);
    while (complete && pk_sql_next(rows) &&
           pk_page_takes(page, &num_told, pk_sql_number(rows, 0)))
        complete = read_realm(rows, arena, &realm) && each(&realm, user);
    outcome = pk_sql_end(rows);
    return complete && outcome != PK_STORED_FAILED ? PK_STORED_OK : PK_STORED_FAILED;
}

pk_stored pk_store_update_realm(pk_store *store, const pk_realm *realm)
{
    return pk_sql_do(store->sql,
                     "UPDATE realm SET display_name = $2, classification = $3, theme = $4,"
                     " update_ms = $5 WHERE id = $1",
                     "tttti", realm->id, realm->display_name, realm->classification, realm->theme,
                     (long long)realm->update_ms);
}

pk_stored pk_store_delete_realm(pk_store *store, const char *id)
{
    pk_stored outcome = pk_sql_do(
        store->sql,
        "DELETE FROM realm WHERE id = $1"
        " AND NOT EXISTS (SELECT 1 FROM identity i WHERE i.realm_id = $1)"
        " AND NOT EXISTS (SELECT 1 FROM application a WHERE a.realm_id = $1)"
        " AND NOT EXISTS (SELECT 1 FROM authenticator_config c WHERE c.realm_id = $1)",
        "t", id);

    return outcome == PK_STORED_ABSENT ? PK_STORED_EXISTS : outcome;
}
