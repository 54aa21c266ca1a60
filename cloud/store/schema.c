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
    " seq INTEGER PRIMARY KEY,"
    " id TEXT NOT NULL UNIQUE,"
    " tenant_id TEXT NOT NULL REFERENCES tenant (id),"
    " display_name TEXT NOT NULL,"
    " classification TEXT NOT NULL,"
    " theme TEXT NOT NULL," /* a JSON object */
    " create_ms INTEGER NOT NULL,"
    " update_ms INTEGER NOT NULL);"
    "CREATE INDEX realm_tenant ON realm (tenant_id, seq);"
    "CREATE TABLE authenticator_config ("
    " seq INTEGER PRIMARY KEY,"
    " id TEXT NOT NULL UNIQUE,"
    " realm_id TEXT NOT NULL REFERENCES realm (id),"
    " display_name TEXT NOT NULL,"
    " config TEXT NOT NULL,"
    " create_ms INTEGER NOT NULL,"
    " update_ms INTEGER NOT NULL);"
    "CREATE INDEX authenticator_config_realm ON authenticator_config (realm_id, seq);"
    "CREATE TABLE application ("
    " seq INTEGER PRIMARY KEY,"
    " id TEXT NOT NULL UNIQUE,"
    " realm_id TEXT NOT NULL REFERENCES realm (id),"
    " authenticator_config_id TEXT REFERENCES authenticator_config (id),"
    " resource_server_id TEXT,"
    " display_name TEXT NOT NULL,"
    " classification TEXT,"
    " client_id TEXT NOT NULL UNIQUE,"
    " client_secret_hash TEXT," /* NULL: a public client */
    " protocol_config TEXT NOT NULL,"
    " create_ms INTEGER NOT NULL,"
    " update_ms INTEGER NOT NULL);"
    "CREATE INDEX application_realm ON application (realm_id, seq);"
    "CREATE INDEX application_config ON application (authenticator_config_id);"
    /* A JWT is valid while its row is here; id is its jti. */
    "CREATE TABLE access_token ("
    " id TEXT PRIMARY KEY,"
    " application_id TEXT NOT NULL REFERENCES application (id) ON DELETE CASCADE,"
    " create_ms INTEGER NOT NULL,"
    " expire_ms INTEGER NOT NULL);"
    "CREATE INDEX access_token_application ON access_token (application_id, expire_ms);"
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
    " traits TEXT NOT NULL,"
    /* what filters compare; the keys are in lower case */
    " username_key TEXT NOT NULL,"
    " display_name_key TEXT NOT NULL,"
    " email_key TEXT NOT NULL,"
    " external_id TEXT NOT NULL,"
    " create_ms INTEGER NOT NULL,"
    " update_ms INTEGER NOT NULL,"
    " UNIQUE (realm_id, username_key));"
    "CREATE INDEX identity_realm ON identity (realm_id, seq);"
    "CREATE TABLE batch ("
    " seq INTEGER PRIMARY KEY,"
    " id TEXT NOT NULL UNIQUE,"
    " realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,"
    " job_template TEXT NOT NULL,"
    " create_ms INTEGER NOT NULL);"
    /* Identities may be deleted later, so they are not referred to. fault is
     * why there is no job. */
    "CREATE TABLE batch_item ("
    " seq INTEGER PRIMARY KEY,"
    " batch_id TEXT NOT NULL REFERENCES batch (id) ON DELETE CASCADE,"
    " identity_id TEXT NOT NULL,"
    " fault TEXT,"
    " UNIQUE (batch_id, identity_id));"
    "CREATE TABLE job ("
    " seq INTEGER PRIMARY KEY,"
    " id TEXT NOT NULL UNIQUE,"
    " realm_id TEXT NOT NULL REFERENCES realm (id),"
    " identity_id TEXT NOT NULL REFERENCES identity (id) ON DELETE CASCADE,"
    " batch_id TEXT REFERENCES batch (id),"
    " delivery_method TEXT NOT NULL,"
    " state TEXT NOT NULL,"
    /* one of the two; neither once the config it refers to was deleted */
    " authenticator_config_id TEXT REFERENCES authenticator_config (id) ON DELETE SET NULL,"
    " authenticator_config TEXT,"
    " post_binding_redirect_uri TEXT,"
    " credential_id TEXT,"
    " token_hash TEXT NOT NULL,"
    " create_ms INTEGER NOT NULL,"
    " update_ms INTEGER NOT NULL,"
    " expire_ms INTEGER NOT NULL);"
    "CREATE INDEX job_realm ON job (realm_id, seq);"
    "CREATE INDEX job_identity ON job (identity_id, seq);"
    /* What the enrollment status asks, at each call of a link. */
    "CREATE INDEX job_identity_state ON job (identity_id, state, expire_ms);"
    "CREATE INDEX job_config ON job (authenticator_config_id);"
    "CREATE INDEX job_batch ON job (batch_id, seq);"
    /* job_id is unique: a link makes one credential, whatever races */
    "CREATE TABLE credential ("
    " seq INTEGER PRIMARY KEY,"
    " id TEXT NOT NULL UNIQUE,"
    " job_id TEXT NOT NULL UNIQUE REFERENCES job (id) ON DELETE CASCADE,"
    " realm_id TEXT NOT NULL REFERENCES realm (id),"
    " identity_id TEXT NOT NULL REFERENCES identity (id) ON DELETE CASCADE,"
    " state TEXT NOT NULL CHECK (state IN ('ACTIVE', 'REVOKED')),"
    " csr_type TEXT NOT NULL,"
    " jwk TEXT NOT NULL,"
    " jwk_thumbprint TEXT NOT NULL,"
    " create_ms INTEGER NOT NULL,"
    " update_ms INTEGER NOT NULL);"
    "CREATE INDEX credential_realm ON credential (realm_id, seq);"
    "CREATE INDEX credential_identity ON credential (identity_id, seq);"
    "CREATE INDEX credential_identity_state ON credential (identity_id, state);"
    /* Links that are not sent yet; see pk_outgoing. */
    "CREATE TABLE outbox ("
    " job_id TEXT PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,"
    " tenant_id TEXT NOT NULL REFERENCES tenant (id),"
    " realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,"
    " identity_id TEXT NOT NULL REFERENCES identity (id) ON DELETE CASCADE,"
    " recipient TEXT NOT NULL,"
    " key_id TEXT NOT NULL,"
    " sealed_link TEXT,"
    " state TEXT NOT NULL CHECK (state IN ('QUEUED', 'SENDING', 'FAILED')),"
    " attempts INTEGER NOT NULL,"
    " last_error TEXT,"
    " create_ms INTEGER NOT NULL,"
    " next_ms INTEGER NOT NULL,"
    " expire_ms INTEGER NOT NULL);"
    "CREATE INDEX outbox_next ON outbox (next_ms);"
    "CREATE INDEX outbox_realm ON outbox (realm_id);"
    "CREATE INDEX outbox_identity ON outbox (identity_id);";

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
