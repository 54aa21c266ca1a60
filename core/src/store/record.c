/* SPDX-License-Identifier: Apache-2.0 */
#include "store/record.h"

#include "base/crypto.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

bool pk_record_key_file(const char *key_handle, char out[PK_KEY_FILE_SIZE])
{
    if (strncmp(key_handle, "km:", 3) || strlen(key_handle) != 19 ||
        strspn(key_handle + 3, "0123456789abcdef") != 16)
        return false;
    snprintf(out, PK_KEY_FILE_SIZE, "%s.pem", key_handle + 3);
    return true;
}

bool pk_record_is_id(const char *text)
{
    size_t len = strspn(text, "0123456789-_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    return len && len <= 2 * PK_SHA256_SIZE && !text[len];
}

bool pk_record_file(const char *id, char out[PK_RECORD_FILE_SIZE])
{
    if (strlen(id) != 2 * PK_SHA256_SIZE || strspn(id, "0123456789abcdef") != 2 * PK_SHA256_SIZE)
        return false;
    snprintf(out, PK_RECORD_FILE_SIZE, "%s" PK_RECORD_SUFFIX, id);
    return true;
}

static bool add_hex(pk_json *json, const char *name, const void *x, size_t x_len)
{
    char *hex = pk_hex_encode(x, x_len);
    bool added = hex && pk_json_add_text(json, name, hex);

    pk_text_free(hex);
    return added;
}

static pk_json *key_json(const passkey_credential *credential, const pk_record_key *key)
{
    char file[PK_KEY_FILE_SIZE];
    uint8_t digest[PK_SHA256_SIZE];
    pk_json *json = pk_json_new_object();

    if (pk_record_key_file(credential->key_handle, file) &&
        pk_sha256(key->pem, strlen(key->pem), digest) && pk_json_add_text(json, "file", file) &&
        add_hex(json, "sha256", digest, sizeof digest) &&
        add_hex(json, "name", key->name, key->name_len) &&
        add_hex(json, "srkName", key->srk_name, key->name_len))
        return json;
    pk_json_free(json);
    return NULL;
}

char *pk_record_text(const passkey_credential *credential, const pk_record_key *key)
{
    pk_json *record = pk_json_new_object();
    char *text = NULL;

    if (pk_json_add_number(record, "version", PK_RECORD_VERSION) &&
        pk_json_add(record, "passkey", pk_credential_to_json(credential)) &&
        pk_json_add(record, "key", key_json(credential, key)))
        text = pk_json_print(record);
    pk_json_free(record);
    return text;
}

static const char *judge(const pk_json *record)
{
    const char *handle = pk_json_text(record, "passkey.keyHandle");
    const char *sha256 = pk_json_text(record, "key.sha256");
    char file[PK_KEY_FILE_SIZE];
    long long version = 0;

    if (!pk_json_number(record, "version", &version))
        return "it has no version";
    if (version > PK_RECORD_VERSION)
        return "it was written by a newer version of the library";
    if (version != PK_RECORD_VERSION)
        return "its version is not known here";
    if (!handle || !pk_record_key_file(handle, file))
        return "its keyHandle is missing or malformed";
    if (!sha256 || strlen(sha256) != PK_HEX_SHA256_SIZE - 1)
        return "its key's sha256 is missing or malformed";
    return NULL;
}

const char *pk_record_read(const pk_buffer *text, passkey_credential *out_credential,
                           char out_key_sha256[PK_HEX_SHA256_SIZE])
{
    const char *reason = "it is not an object", *path = NULL;
    pk_json *record = pk_json_parse(text->data, text->len, &reason);

    if (!record)
        return reason;
    reason = judge(record);
    if (!reason && !pk_credential_from_json(pk_json_get(record, "passkey"), out_credential, &path))
        reason = path ? "a field is missing or not a string" : PK_JSON_NO_MEMORY;
    if (!reason)
        memcpy(out_key_sha256, pk_json_text(record, "key.sha256"), PK_HEX_SHA256_SIZE);
    pk_json_free(record);
    return reason;
}

bool pk_record_key_named(const pk_buffer *text, char out_file[PK_KEY_FILE_SIZE])
{
    const char *reason;
    pk_json *record = pk_json_parse(text->data, text->len, &reason);
    const char *handle = pk_json_text(record, "passkey.keyHandle");
    bool named = handle && pk_record_key_file(handle, out_file);

    pk_json_free(record);
    return named;
}

const char *pk_record_key_reason(const pk_buffer *pem, const char *key_sha256)
{
    uint8_t digest[PK_SHA256_SIZE];
    char *hex = pk_sha256(pem->data, pem->len, digest) ? pk_hex_encode(digest, sizeof digest) : NULL;
    const char *reason = !hex                      ? PK_JSON_NO_MEMORY
                         : strcmp(hex, key_sha256) ? "its key file was changed"
                                                   : NULL;

    pk_text_free(hex);
    return reason;
}
