/* SPDX-License-Identifier: Apache-2.0
 * What a TPM is, by what it says of itself and never by the way to it. */
#ifndef PK_PROTECTION_H
#define PK_PROTECTION_H

#include <tss2/tss2_tpm2_types.h>

/* The manufacturer and the vendor strings, "" for what is not among the
 * properties that pk_plain_identity reads. */
void pk_tpm_maker(const TPMS_CAPABILITY_DATA *data, char manufacturer[5], char vendor[17]);

/* "hardware", "swtpm" or "unknown", from the same. Static. */
const char *pk_tpm_protection(const TPMS_CAPABILITY_DATA *data);

#endif
