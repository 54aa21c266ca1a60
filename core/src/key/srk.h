/* SPDX-License-Identifier: Apache-2.0
 * The storage root key (SRK): the parent of every key. One that the TPM keeps,
 * if it is a proper storage key, else the standard one, made for the moment. */
#ifndef PK_SRK_H
#define PK_SRK_H

#include "key/tpm.h"

typedef struct pk_srk {
    ESYS_TR object;
    TPM2_HANDLE handle; /* where the TPM keeps it; 0 for one made for the moment */
    uint8_t name[PK_TPM_NAME_SIZE];
} pk_srk;

#define PK_SRK_NONE {.object = ESYS_TR_NONE}

/* Where the TPM may keep one, in the order in which they are tried (TCG TPM
 * v2.0 Provisioning Guidance, section 7.8). */
#define PK_SRK_NUM_HANDLES 2
extern const TPM2_HANDLE PK_SRK_HANDLES[PK_SRK_NUM_HANDLES];

/* What is at a handle. *out_is_there: anything; *out_is_usable: a storage key
 * whose Name, which goes to out_name, is what it must be. */
TSS2_RC pk_srk_look(pk_tpm *tpm, TPM2_HANDLE handle, TPM2B_PUBLIC *out_public,
                    uint8_t out_name[PK_TPM_NAME_SIZE], bool *out_is_there, bool *out_is_usable);

/* The one for new keys. */
passkey_status pk_srk_get(pk_tpm *tpm, pk_srk *out, passkey_error **out_error);

/* The one with this Name, under which a key was made. KEY_UNUSABLE when the TPM
 * has none such: it was cleared or replaced. */
passkey_status pk_srk_find(pk_tpm *tpm, const uint8_t name[PK_TPM_NAME_SIZE], pk_srk *out,
                           passkey_error **out_error);

/* Drops one that was made for the moment, which takes a third of the room of
 * most TPMs. */
void pk_srk_drop(pk_tpm *tpm, pk_srk *srk);

#endif
