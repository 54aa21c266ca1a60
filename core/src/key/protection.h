/* SPDX-License-Identifier: Apache-2.0
 * What a TPM is, by what it says of itself and never by the way to it. */
#ifndef PK_PROTECTION_H
#define PK_PROTECTION_H

#include <tss2/tss2_tpm2_types.h>

/* "hardware", "swtpm" or "unknown", from the properties that
 * pk_plain_identity reads. Static. */
const char *pk_tpm_protection(const TPMS_CAPABILITY_DATA *data);

#endif
