/* SPDX-License-Identifier: Apache-2.0
 * What a TPM says of an object, checked against what it must be. */
#ifndef PK_KEY_CHECK_H
#define PK_KEY_CHECK_H

#include "key/tpm.h"

/* TPM_TAMPERED: "The TPM's answer is not right: …." */
passkey_status pk_fail_tampered(passkey_error **out_error, const char *what);

/* Whether a Name that the TPM said is the one that was computed here. */
bool pk_is_name(const TPM2B_NAME *said, const uint8_t name[PK_TPM_NAME_SIZE]);

/* An object just made or loaded: its public area is like the template, and its
 * Name, which goes to out_name, is that of the public area. */
passkey_status pk_check_made(pk_tpm *tpm, ESYS_TR object, const TPM2B_PUBLIC *public_area,
                             const TPM2B_PUBLIC *template, uint8_t out_name[PK_TPM_NAME_SIZE],
                             passkey_error **out_error);

#endif
