/* SPDX-License-Identifier: Apache-2.0
 * What a TSS2_RC means to a person. */
#ifndef PK_TPM_ERROR_H
#define PK_TPM_ERROR_H

#include <passkey/passkey.h>

#include <stdbool.h>

#include <tss2/tss2_common.h>

/* Whether the code is one of the TPM's, also as a resource manager passes it
 * on; else it comes from the software between us and the TPM. */
bool pk_tpm_rc_is_of_tpm(TSS2_RC rc);

/* Makes the error for rc, which is not success. doing says what was under
 * way, such as "creating the key". */
passkey_status pk_tpm_fail(passkey_error **out_error, TSS2_RC rc, const char *doing);

/* Sets the cause of the error just made: "TSS2_RC 0x000a000a tcti:IO failure". */
void pk_tpm_set_cause(passkey_error **out_error, TSS2_RC rc);

#endif
