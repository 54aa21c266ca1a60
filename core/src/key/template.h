/* SPDX-License-Identifier: Apache-2.0
 * What our keys are to be like, and whether one is. */
#ifndef PK_TEMPLATE_H
#define PK_TEMPLATE_H

#include "key/key.h"

#include <tss2/tss2_tpm2_types.h>

/* TCG TPM v2.0 Provisioning Guidance, section 7.8: where an SRK is kept. */
#define PK_SRK_HANDLE 0x81000001u

extern const TPM2B_PUBLIC PK_KEY_TEMPLATE; /* of a passkey */
extern const TPM2B_PUBLIC PK_SRK_TEMPLATE; /* of the storage root key */

/* Like the template in all but the point, which the TPM has chosen. */
bool pk_template_matches(const TPM2B_PUBLIC *public_area, const TPM2B_PUBLIC *template);

/* A Name is nameAlg and the digest of the public area (part 1, section 16). The
 * area is one that matches a template; false only without memory. */
bool pk_template_name(const TPM2B_PUBLIC *public_area, uint8_t out[PK_TPM_NAME_SIZE]);

#endif
