/* SPDX-License-Identifier: Apache-2.0
 * The tables, as a list of migrations. A published migration never changes;
 * what comes later is appended. */
#include "store/internal.h"

static const char first[] =
    "CREATE TABLE setting ("
    " name TEXT PRIMARY KEY,"
    " value TEXT NOT NULL);"
    "CREATE TABLE tenant ("
    " id TEXT PRIMARY KEY,"
    " display_name TEXT NOT NULL,"
    " create_ms INTEGER NOT NULL,"
    " update_ms INTEGER NOT NULL);"
    "CREATE TABLE realm ("
    " id TEXT PRIMARY KEY,"
    " tenant_id TEXT NOT NULL REFERENCES tenant (id),"
    " display_name TEXT NOT NULL,"
    " create_ms INTEGER NOT NULL,"
    " update_ms INTEGER NOT NULL);"
    "CREATE TABLE authenticator_config ("
    " id TEXT PRIMARY KEY,"
    " realm_id TEXT NOT NULL REFERENCES realm (id),"
    " display_name TEXT NOT NULL,"
    " config TEXT NOT NULL,"
    " create_ms INTEGER NOT NULL,"
    " update_ms INTEGER NOT NULL);"
    "CREATE TABLE application ("
    " seq INTEGER PRIMARY KEY,"
    " id TEXT NOT NULL UNIQUE,"
    " realm_id TEXT NOT NULL REFERENCES realm (id),"
    " authenticator_config_id TEXT REFERENCES authenticator_config (id),"
    " display_name TEXT NOT NULL,"
    " create_ms INTEGER NOT NULL,"
    " update_ms INTEGER NOT NULL);"
    "CREATE INDEX application_config ON application (authenticator_config_id);"
    "CREATE TABLE api_token ("
    " hash TEXT PRIMARY KEY,"
    " tenant_id TEXT NOT NULL REFERENCES tenant (id),"
    " create_ms INTEGER NOT NULL);"
    "CREATE TABLE identity ("
    " seq INTEGER PRIMARY KEY,"
    " id TEXT NOT NULL UNIQUE,"
    " realm_id TEXT NOT NULL REFERENCES realm (id),"
    " display_name TEXT NOT NULL,"
    " status TEXT NOT NULL CHECK (status IN ('active', 'suspended')),"
    " username TEXT NOT NULL,"
    " username_key TEXT NOT NULL," /* lower case */
    " traits TEXT NOT NULL,"
    " create_ms INTEGER NOT NULL,"
    " update_ms INTEGER NOT NULL,"
    " UNIQUE (realm_id, username_key));"
    "CREATE INDEX identity_realm ON identity (realm_id, seq);"
    "CREATE TABLE job ("
    " seq INTEGER PRIMARY KEY,"
    " id TEXT NOT NULL UNIQUE,"
    " realm_id TEXT NOT NULL REFERENCES realm (id),"
    " identity_id TEXT NOT NULL REFERENCES identity (id),"
    " delivery_method TEXT NOT NULL,"
    " state TEXT NOT NULL,"
    " authenticator_config_id TEXT NOT NULL REFERENCES authenticator_config (id),"
    " post_binding_redirect_uri TEXT,"
    " credential_id TEXT,"
    " token_hash TEXT NOT NULL,"
    " create_ms INTEGER NOT NULL,"
    " update_ms INTEGER NOT NULL,"
    " expire_ms INTEGER NOT NULL);"
    "CREATE INDEX job_realm ON job (realm_id, seq);"
    "CREATE INDEX job_identity ON job (identity_id, seq);"
    /* job_id is unique: a link makes one credential, whatever races */
    "CREATE TABLE credential ("
    " seq INTEGER PRIMARY KEY,"
    " id TEXT NOT NULL UNIQUE,"
    " job_id TEXT NOT NULL UNIQUE REFERENCES job (id),"
    " realm_id TEXT NOT NULL REFERENCES realm (id),"
    " identity_id TEXT NOT NULL REFERENCES identity (id),"
    " state TEXT NOT NULL CHECK (state IN ('ACTIVE', 'REVOKED')),"
    " csr_type TEXT NOT NULL,"
    " jwk TEXT NOT NULL,"
    " jwk_thumbprint TEXT NOT NULL,"
    " create_ms INTEGER NOT NULL,"
    " update_ms INTEGER NOT NULL);"
    "CREATE INDEX credential_realm ON credential (realm_id, seq);"
    "CREATE INDEX credential_identity ON credential (identity_id, seq);";

static const char *const migrations[] = {first};
enum { NUM_MIGRATIONS = sizeof migrations / sizeof *migrations };

static bool read_version(pk_sql *sql, long long *out_version)
{
    return pk_number(pk_sql_ask(sql, "SELECT max(version) FROM schema_version", ""), out_version) ==
           PK_STORED_OK;
}

static bool migrate(pk_sql *sql, long long version)
{
    for (; version < NUM_MIGRATIONS; version++)
        if (!pk_sql_script(sql, migrations[version]) ||
            pk_sql_do(sql, "INSERT INTO schema_version (version) VALUES ($1)", "i", version + 1) !=
                PK_STORED_OK)
            return false;
    return true;
}

/* All in one transaction: two servers may start at once. */
bool pk_schema_update(pk_sql *sql, const char **out_reason)
{
    long long version = 0;
    bool done = pk_sql_begin(sql) &&
                pk_sql_script(sql, "CREATE TABLE IF NOT EXISTS schema_version ("
                                   " version INTEGER PRIMARY KEY)") &&
                read_version(sql, &version);

    if (done && version > NUM_MIGRATIONS) {
        *out_reason = "a newer passkey-cloud made it";
        done = false;
    }
    if (done && migrate(sql, version) && pk_sql_commit(sql))
        return true;
    pk_sql_rollback(sql);
    return false;
}
