/* SPDX-License-Identifier: Apache-2.0 */
#include "store/credential.h"

#include "base/crypto.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

typedef struct field {
    const char *path;
    bool required;
    size_t offset;
} field;

static const field FIELDS[] = {
#define FIELD(member, path, required) {path, required, offsetof(passkey_credential, member)},
    PK_CREDENTIAL_FIELDS(FIELD)
#undef FIELD
};

#define NUM_FIELDS (sizeof FIELDS / sizeof *FIELDS)

static char **at(const passkey_credential *credential, size_t i)
{
    return (char **)(void *)((char *)(uintptr_t)credential + FIELDS[i].offset);
}

#define GETTER(member, path, required)                                                             \
    const char *passkey_credential_##member(const passkey_credential *credential)                  \
    {                                                                                              \
        return credential ? credential->member : NULL;                                             \
    }
PK_CREDENTIAL_FIELDS(GETTER)
#undef GETTER

const char *passkey_credential_json(const passkey_credential *credential)
{
    return credential ? credential->json : NULL;
}

pk_json *pk_credential_to_json(const passkey_credential *credential)
{
    pk_json *json = pk_json_new_object();
    size_t i;

    for (i = 0; i < NUM_FIELDS; i++) {
        if (pk_json_add_text_at(json, FIELDS[i].path, *at(credential, i)))
            continue;
        pk_json_free(json);
        return NULL;
    }
    return json;
}

bool pk_credential_finish(passkey_credential *credential)
{
    pk_json *json = pk_credential_to_json(credential);

    pk_text_free(credential->json);
    credential->json = pk_json_print(json);
    pk_json_free(json);
    return credential->json;
}

static bool read_field(const pk_json *json, size_t i, passkey_credential *credential,
                       const char **out_path)
{
    const pk_json *member = pk_json_get(json, FIELDS[i].path);
    const char *text = pk_json_text(json, FIELDS[i].path);

    *out_path = NULL;
    if (!text && !FIELDS[i].required && (!member || pk_json_is_null(member)))
        return true;
    if (!text) {
        *out_path = FIELDS[i].path;
        return false;
    }
    *at(credential, i) = pk_text_copy(text);
    return *at(credential, i);
}

bool pk_credential_from_json(const pk_json *json, passkey_credential *out_credential,
                             const char **out_path)
{
    passkey_credential credential = {0};
    size_t i = 0;

    while (i < NUM_FIELDS && read_field(json, i, &credential, out_path))
        i++;
    if (i < NUM_FIELDS || !pk_credential_finish(&credential)) {
        pk_credential_clear(&credential);
        return false;
    }
    *out_credential = credential;
    return true;
}

bool pk_credential_same_owner(const passkey_credential *a, const passkey_credential *b)
{
    return !strcmp(a->tenant_id, b->tenant_id) && !strcmp(a->realm_id, b->realm_id) &&
           !strcmp(a->identity_id, b->identity_id);
}

char *pk_credential_make_id(const char *tenant_id, const char *realm_id, const char *identity_id,
                            const char *local_created)
{
    uint8_t digest[PK_SHA256_SIZE];
    pk_buffer text = {0};
    char *id = NULL;

    if (pk_buffer_printf(&text, "%s-%s-%s-%s", tenant_id, realm_id, identity_id, local_created) &&
        pk_sha256(text.data, text.len, digest))
        id = pk_hex_encode(digest, sizeof digest);
    pk_buffer_free(&text);
    return id;
}

void passkey_credential_free(passkey_credential *credential)
{
    if (!credential)
        return;
    pk_credential_clear(credential);
    free(credential);
}

void pk_credential_clear(passkey_credential *credential)
{
    size_t i;

    for (i = 0; i < NUM_FIELDS; i++)
        pk_text_free(*at(credential, i));
    pk_text_free(credential->json);
    memset(credential, 0, sizeof *credential);
}
