/* SPDX-License-Identifier: Apache-2.0
 * A local passkey in memory. */
#ifndef PK_CREDENTIAL_H
#define PK_CREDENTIAL_H

#include "base/json.h"

#include <passkey/passkey.h>

/* Every field: member and getter name, path in JSON, required or not. The
 * order is the order in JSON. */
#define PK_CREDENTIAL_FIELDS(X)                                                                    \
    X(id, "id", true)                                                                              \
    X(passkey_id, "passkeyId", true)                                                               \
    X(local_created, "localCreated", true)                                                         \
    X(local_updated, "localUpdated", true)                                                         \
    X(created, "created", true)                                                                    \
    X(updated, "updated", true)                                                                    \
    X(api_base_url, "apiBaseUrl", true)                                                            \
    X(key_handle, "keyHandle", true)                                                               \
    X(key_type, "keyType", true)                                                                   \
    X(protection, "protection", true)                                                              \
    X(thumbprint, "thumbprint", true)                                                              \
    X(state, "state", true)                                                                        \
    X(tenant_id, "tenant.id", true)                                                                \
    X(tenant_display_name, "tenant.displayName", true)                                             \
    X(realm_id, "realm.id", true)                                                                  \
    X(realm_display_name, "realm.displayName", true)                                               \
    X(identity_id, "identity.id", true)                                                            \
    X(identity_display_name, "identity.displayName", true)                                         \
    X(identity_username, "identity.username", true)                                                \
    X(identity_email_address, "identity.emailAddress", false)                                      \
    X(theme_logo_url_light, "theme.logoUrlLight", true)                                            \
    X(theme_logo_url_dark, "theme.logoUrlDark", true)                                              \
    X(theme_support_url, "theme.supportUrl", true)

struct passkey_credential {
#define MEMBER(member, path, required) char *member;
    PK_CREDENTIAL_FIELDS(MEMBER)
#undef MEMBER
    char *json; /* what passkey_credential_json shows; made by pk_credential_finish */
};

/* Makes json from the fields. False without memory. */
bool pk_credential_finish(passkey_credential *credential);

/* The fields as a JSON object; NULL without memory. */
pk_json *pk_credential_to_json(const passkey_credential *credential);

/* Reads the fields and finishes; false when a required field is missing or not
 * a string (*out_path names it), or without memory (*out_path is NULL). */
bool pk_credential_from_json(const pk_json *json, passkey_credential *out_credential,
                             const char **out_path);

/* The same tenant, realm and identity: one may replace the other. */
bool pk_credential_same_owner(const passkey_credential *a, const passkey_credential *b);

/* The local id as the official SDK makes it: lower-case hex SHA-256 of
 * tenant "-" realm "-" identity "-" local_created. NULL without memory. */
char *pk_credential_make_id(const char *tenant_id, const char *realm_id, const char *identity_id,
                            const char *local_created);

/* Frees the fields, not the struct. */
void pk_credential_clear(passkey_credential *credential);

#endif
