/* SPDX-License-Identifier: Apache-2.0
 * What can be learned of a TPM without changing anything in it. */
#ifndef PK_KEY_EXAMINE_H
#define PK_KEY_EXAMINE_H

#include "key/srk.h"

/* What the TPM keeps at the handles of the storage root key. */
typedef enum pk_srk_kind {
    PK_SRK_UNKNOWN, /* the TPM has not even the room to read it */
    PK_SRK_ABSENT, /* nothing; one is made for each use, always the same */
    PK_SRK_USUAL,  /* one that we use */
    PK_SRK_OTHER   /* a key that is no proper storage key; as absent */
} pk_srk_kind;

/* A count that the TPM does not tell is UINT32_MAX; a flag it does not tell is
 * false, but is_storage_enabled. */
typedef struct pk_tpm_facts {
    char manufacturer[5];
    char vendor[17];
    uint16_t firmware[4];
    const char *protection; /* "hardware", "swtpm" or "unknown" */
    bool is_private_swtpm;

    bool can_sign;  /* P-256, ECDSA, SHA-256 */
    bool can_store; /* P-256, AES-128-CFB */

    bool is_storage_enabled;
    bool has_owner_password;
    bool has_lockout_password;

    bool is_in_lockout;
    uint32_t num_failures, max_failures; /* of guessing a password */
    uint32_t lockout_interval_s; /* after which one failure is forgotten; 0: never */

    uint32_t num_free_objects, num_free_loaded_sessions, num_free_sessions;

    pk_srk_kind srk;
    TPM2_HANDLE srk_handle; /* of PK_SRK_USUAL and PK_SRK_OTHER */
    char srk_type[32];      /* in words */
    /* Those under which keys may have been made: first the one for new keys, kept
     * or made for each use; then others that the TPM has. */
    size_t num_srk_names;
    bool has_all_srk_names; /* not while an owner password keeps the standard one from us */
    uint8_t srk_names[PK_TPM_MAX_SRK][PK_TPM_NAME_SIZE];
} pk_tpm_facts;

/* Asks about two dozen short questions. The statuses of the TPM. */
passkey_status pk_tpm_examine(pk_tpm *tpm, pk_tpm_facts *out_facts, passkey_error **out_error);

#endif
