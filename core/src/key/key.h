/* SPDX-License-Identifier: Apache-2.0
 * The passkey's private key: made in the TPM, used in the TPM. */
#ifndef PK_KEY_H
#define PK_KEY_H

#include "base/crypto.h"

#include <passkey/passkey.h>

#include <stdatomic.h>

/* A TPM 2.0 Name: nameAlg SHA-256 and the digest of the public area. */
#define PK_TPM_NAME_SIZE 34

/* The most storage root keys that a TPM can have for us: two that it keeps, and
 * the standard one, which can be made at any time. */
#define PK_TPM_MAX_SRK 3

/* A TPM opened for one operation; never shared between threads. */
typedef struct pk_tpm pk_tpm;

/* Opens the TPM that the option tpm names ("hardware", "swtpm", "auto" or a
 * TCTI such as "device:/dev/tpmrm0"); the private software TPM keeps its state
 * in home/swtpm. When *canceled becomes true, the waits end soon, no further
 * command is sent and the calls below answer CANCELED too; canceled may be NULL
 * and outlives the TPM. Statuses NO_TPM, TPM_PERMISSION, TPM_STATE_CORRUPT,
 * TPM_BUSY, INVALID_OPTION, STORE_*, TPM_*, CANCELED, OUT_OF_MEMORY. */
passkey_status pk_tpm_open(const char *tpm_option, const char *home, const atomic_bool *canceled,
                           pk_tpm **out_tpm, passkey_error **out_error);
void pk_tpm_close(pk_tpm *tpm);

/* How many commands this TPM was sent; for tests and the bench. */
unsigned pk_tpm_num_commands(const pk_tpm *tpm);

/* Checks the text of the option tpm without touching a TPM. */
passkey_status pk_tpm_option_check(const char *tpm_option, passkey_error **out_error);

typedef struct pk_key {
    uint8_t x[PK_P256_SIZE];
    uint8_t y[PK_P256_SIZE];
    uint8_t name[PK_TPM_NAME_SIZE];     /* the key's own Name */
    uint8_t srk_name[PK_TPM_NAME_SIZE]; /* its parent's, as computed on the host */
    const char *protection;             /* "hardware", "swtpm" or "unknown" */
    char *pem;                          /* TSS2 PRIVATE KEY, NUL-terminated */
} pk_key;

/* Creates a P-256 signing key under the storage root key, in a salted and
 * encrypted session, and leaves it loaded for pk_key_sign. */
passkey_status pk_key_create(pk_tpm *tpm, pk_key *out_key, passkey_error **out_error);

/* Loads the key of a key file, to see whether this TPM still takes it. srk_name
 * is that of the record. KEY_UNUSABLE when the TPM was cleared or replaced,
 * KEY_FILE_DAMAGED when it is the same TPM and refuses the key. */
passkey_status pk_key_load(pk_tpm *tpm, const char *pem, size_t pem_len,
                           const uint8_t srk_name[PK_TPM_NAME_SIZE], passkey_error **out_error);

/* Signs message with the key just created in this tpm: ES256, r || s, verified
 * on the host. TPM_TAMPERED when the signature does not verify. */
passkey_status pk_key_sign(pk_tpm *tpm, const pk_key *key, const void *message, size_t message_len,
                           uint8_t out_signature[PK_ES256_SIZE], passkey_error **out_error);

void pk_key_free(pk_key *key);

#endif
