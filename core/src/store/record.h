/* SPDX-License-Identifier: Apache-2.0
 * A passkey as a file: JSON, one record per file, described in docs/store.md. */
#ifndef PK_RECORD_H
#define PK_RECORD_H

#include "base/memory.h"
#include "store/credential.h"

#define PK_RECORD_VERSION 1
/* A record holds parts of three answers of the cloud. */
#define PK_RECORD_MAX (4 * 65536)
#define PK_KEY_FILE_MAX 16384

/* What the record says of the key beside the passkey itself. */
typedef struct pk_record_key {
    const char *pem;
    const uint8_t *name; /* PK_TPM_NAME_SIZE bytes */
    const uint8_t *srk_name;
    size_t name_len;
} pk_record_key;

/* The record's text; NULL without memory; pk_text_free. */
char *pk_record_text(const passkey_credential *credential, const pk_record_key *key);

/* Reads a record. NULL when it was understood, else why not; PK_JSON_NO_MEMORY
 * when there was none. out_key_sha256 is what the key file must hash to, in
 * hexadecimal. */
#define PK_HEX_SHA256_SIZE 65
const char *pk_record_read(const pk_buffer *text, passkey_credential *out_credential,
                           char out_key_sha256[PK_HEX_SHA256_SIZE]);

/* "km:0123456789abcdef" -> "0123456789abcdef.pem"; false for anything else. */
#define PK_KEY_FILE_SIZE 24
bool pk_record_key_file(const char *key_handle, char out[PK_KEY_FILE_SIZE]);

/* The file of the key that a record names, also one that is not understood;
 * false when it cannot be told. */
bool pk_record_key_named(const pk_buffer *text, char out_file[PK_KEY_FILE_SIZE]);

/* Why this is not the key file of a record; NULL when it is. */
const char *pk_record_key_reason(const pk_buffer *pem, const char *key_sha256);

/* Whether text could be somebody's local id. Ours are 64 hexadecimal digits,
 * those of the official SDKs may be UUIDs. */
bool pk_record_is_id(const char *text);

/* The file of the record with this local id; false for an id that cannot be. */
#define PK_RECORD_SUFFIX ".json"
#define PK_RECORD_FILE_SIZE 80
bool pk_record_file(const char *id, char out[PK_RECORD_FILE_SIZE]);

#endif
