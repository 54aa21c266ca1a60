/* SPDX-License-Identifier: Apache-2.0
 * A passkey as a file: JSON, one record per file, described in docs/store.md. */
#ifndef PK_RECORD_H
#define PK_RECORD_H

#include "base/memory.h"
#include "store/credential.h"

#define PK_RECORD_VERSION 1
#define PK_RECORD_MAX 65536

/* What the record says of the key beside the passkey itself. */
typedef struct pk_record_key {
    const char *pem;
    const uint8_t *name; /* PK_TPM_NAME_SIZE bytes */
    const uint8_t *srk_name;
    size_t name_len;
} pk_record_key;

/* The record's text; NULL without memory; pk_text_free. */
char *pk_record_text(const passkey_credential *credential, const pk_record_key *key);

/* Reads a record. NULL when it was understood, else why not. */
const char *pk_record_read(const pk_buffer *text, passkey_credential *out_credential);

/* "km:0123456789abcdef" -> "0123456789abcdef.pem"; false for anything else. */
#define PK_KEY_FILE_SIZE 24
bool pk_record_key_file(const char *key_handle, char out[PK_KEY_FILE_SIZE]);

#endif
