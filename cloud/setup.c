/* SPDX-License-Identifier: Apache-2.0 */
#include "setup.h"

#include "base/clock.h"
#include "base/file.h"
#include "names.h"
#include "options.h"
#include "sign.h"

#include <errno.h>
#include <string.h>

static const char embedded_config[] =
    "{\"type\":\"embedded\",\"invoke_url\":\"http://127.0.0.1:8092\","
    "\"invocation_type\":\"automatic\","
    "\"trusted_origins\":[\"http://localhost:8092\",\"http://127.0.0.1:8092\"],"
    "\"authentication_methods\":[{\"type\":\"software_passkey\"}]}";

/* It binds passkeys; access tokens are for applications that are made later. */
static const char public_client[] =
    "{\"type\":\"oidc\",\"allowed_scopes\":[],\"confidentiality\":\"public\","
    "\"token_endpoint_auth_method\":\"none\",\"grant_type\":[\"authorization_code\"],"
    "\"redirect_uris\":[],\"token_configuration\":{\"expires_after\":86400,"
    "\"token_signing_algorithm\":\"RS256\",\"subject_field\":\"id\"},"
    "\"pkce\":\"s256\",\"token_format\":\"self_contained\"}";

/* ----------------------------------------------------------------- the folder */

static int open_folder(const char *folder, bool create)
{
    int fd = -1;
    int failure = pk_folder_open(folder, create, &fd);

    if (!failure)
        failure = pk_folder_check_private(fd);
    pk_folder_close(fd);
    return failure;
}

static pk_store *open_store(pk_arena *arena, const char *folder, const char *database,
                            const char **out_reason)
{
    const char *place = database ? database : pk_arena_printf(arena, "%s/cloud.db", folder);

    return pk_store_open(place, arena, out_reason);
}

pk_store *pk_setup_open(pk_arena *arena, const char *folder, const char *database, bool create)
{
    const char *reason = NULL;
    int failure = open_folder(folder, create);
    pk_store *store = NULL;

    if (failure == EPERM)
        pk_say_failure("the data folder belongs to another user", NULL,
                       "Run passkey-cloud as its owner, or name another folder with --data.");
    else if (failure == EACCES)
        pk_say_failure("the data folder cannot be used, or others than its owner can use it", NULL,
                       "Its permissions must be 0700: chmod 700 DIR.");
    else if (failure)
        pk_say_failure("the data folder cannot be opened", strerrordesc_np(failure),
                       create ? NULL : "Start passkey-cloud serve with this --data first.");
    else if (!(store = open_store(arena, folder, database, &reason)))
        pk_say_failure("the database cannot be opened", reason,
                       database ? "Check --database, and that the server runs; passwords are best "
                                  "kept in a file that PGPASSFILE names."
                                : "Check the free space and the permissions of the data folder.");
    return store;
}

/* --------------------------------------------------------------- first start */

static pk_identity first_identity(pk_arena *arena, const char *realm_id, int64_t now_ms)
{
    return (pk_identity){
        .id = pk_new_id(arena),
        .realm_id = realm_id,
        .display_name = "First User",
        .status = "active",
        .username = "first.user",
        .traits = "{\"type\":\"traits_v0\",\"username\":\"first.user\","
                  "\"primary_email_address\":\"first.user@example.com\"}",
        .email = "first.user@example.com",
        .create_ms = now_ms,
        .update_ms = now_ms,
    };
}

static pk_realm first_realm(pk_arena *arena, const char *tenant_id, int64_t now_ms)
{
    return (pk_realm){
        .tenant_id = tenant_id,
        .id = pk_new_id(arena),
        .display_name = "Local Realm",
        .classification = "SECURE_CUSTOMER",
        .theme = "{}",
        .create_ms = now_ms,
        .update_ms = now_ms,
    };
}

static pk_application first_application(pk_arena *arena, const pk_config *config, int64_t now_ms)
{
    return (pk_application){
        .id = pk_new_uuid(arena),
        .realm_id = config->realm_id,
        .config_id = config->id,
        .display_name = "Local Application",
        .client_id = pk_new_client_id(arena),
        .protocol_config = public_client,
        .create_ms = now_ms,
        .update_ms = now_ms,
    };
}

static bool remember(pk_store *store, const pk_setup *setup)
{
    return pk_store_add_setting(store, "tenant_id", setup->tenant_id) == PK_STORED_OK &&
           pk_store_add_setting(store, "realm_id", setup->realm_id) == PK_STORED_OK &&
           pk_store_add_setting(store, "application_id", setup->application_id) == PK_STORED_OK &&
           pk_store_add_setting(store, "authenticator_config_id", setup->config_id) ==
               PK_STORED_OK &&
           pk_store_add_setting(store, "identity_id", setup->identity_id) == PK_STORED_OK;
}

static bool create(pk_store *store, pk_arena *arena, pk_setup *out)
{
    int64_t now_ms = pk_clock_now_ms();
    pk_tenant tenant = {pk_new_id(arena), "Local Tenant", now_ms, now_ms};
    pk_realm realm = first_realm(arena, tenant.id, now_ms);
    pk_identity identity = first_identity(arena, realm.id, now_ms);
    pk_config config = {
        pk_new_uuid(arena), realm.id, "Local Authenticator", embedded_config, now_ms, now_ms};
    pk_application application = first_application(arena, &config, now_ms);

    *out = (pk_setup){
        .tenant_id = realm.tenant_id,
        .realm_id = realm.id,
        .application_id = application.id,
        .config_id = config.id,
        .identity_id = identity.id,
    };
    if (pk_store_add_tenant(store, &tenant) != PK_STORED_OK ||
        pk_store_add_realm(store, &realm) != PK_STORED_OK ||
        pk_store_add_config(store, &config) != PK_STORED_OK ||
        pk_store_add_application(store, &application) != PK_STORED_OK ||
        pk_store_add_identity(store, &identity) != PK_STORED_OK)
        return false;
    out->api_token = pk_setup_add_token(store, arena, out->tenant_id);
    return out->api_token && remember(store, out);
}

pk_stored pk_setup_read(pk_store *store, pk_arena *arena, pk_setup *out)
{
    pk_stored first = pk_store_setting(store, arena, "tenant_id", &out->tenant_id);

    out->api_token = NULL;
    if (first != PK_STORED_OK)
        return first;
    if (pk_store_setting(store, arena, "realm_id", &out->realm_id) == PK_STORED_OK &&
        pk_store_setting(store, arena, "application_id", &out->application_id) == PK_STORED_OK &&
        pk_store_setting(store, arena, "authenticator_config_id", &out->config_id) ==
            PK_STORED_OK &&
        pk_store_setting(store, arena, "identity_id", &out->identity_id) == PK_STORED_OK)
        return PK_STORED_OK;
    return PK_STORED_FAILED;
}

/* All servers of a database sign with one key: what one made the others know. */
static bool ensure_signing_key(pk_store *store, pk_arena *arena, pk_setup *out)
{
    pk_stored found = pk_store_setting(store, arena, "signing_key", &out->signing_key);

    if (found != PK_STORED_ABSENT)
        return found == PK_STORED_OK;
    out->signing_key = pk_signer_new_key(arena);
    return out->signing_key &&
           pk_store_add_setting(store, "signing_key", out->signing_key) == PK_STORED_OK;
}

/* In one transaction: of two servers that start at once, one sets up. */
bool pk_setup_ensure(pk_store *store, pk_arena *arena, pk_setup *out)
{
    pk_stored found;
    bool done;

    if (!pk_store_begin(store))
        return false;
    found = pk_setup_read(store, arena, out);
    done = (found == PK_STORED_OK || (found == PK_STORED_ABSENT && create(store, arena, out))) &&
           ensure_signing_key(store, arena, out);
    if (done && pk_store_commit(store))
        return true;
    pk_store_rollback(store);
    return false;
}

const char *pk_setup_add_token(pk_store *store, pk_arena *arena, const char *tenant_id)
{
    const char *token = pk_new_token(arena);
    const char *hash = pk_token_hash(arena, token);

    return hash && pk_store_add_api_token(store, hash, tenant_id, pk_clock_now_ms()) ==
                       PK_STORED_OK
               ? token
               : NULL;
}
