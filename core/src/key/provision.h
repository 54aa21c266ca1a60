/* SPDX-License-Identifier: Apache-2.0
 * A storage root key that the TPM keeps, as its owner makes it once. */
#ifndef PK_KEY_PROVISION_H
#define PK_KEY_PROVISION_H

#include "key/srk.h"

/* TPM 2.0 Library, part 1, section 13: as long as the largest digest. */
#define PK_OWNER_PASSWORD_MAX 64

typedef struct pk_provisioned {
    bool was_there;
    TPM2_HANDLE handle;
    uint8_t name[PK_TPM_NAME_SIZE];
    char type[32]; /* "ECC P-256" */
} pk_provisioned;

/* Makes the standard storage root key and has the TPM keep it, unless it keeps
 * a proper one already. The password goes to the TPM in a session that only
 * proves to know it; NULL: none. One that the TPM does not have is not used.
 * TPM_OWNER_AUTH_REQUIRED when it is missing or wrong. */
passkey_status pk_tpm_provision(pk_tpm *tpm, const char *password, pk_provisioned *out,
                                passkey_error **out_error);

#endif
