/* SPDX-License-Identifier: Apache-2.0
 * What our keys are to be like, and whether one is. */
#ifndef PK_TEMPLATE_H
#define PK_TEMPLATE_H

#include "key/key.h"

#include <tss2/tss2_tpm2_types.h>

extern const TPM2B_PUBLIC PK_KEY_TEMPLATE; /* of a passkey */
extern const TPM2B_PUBLIC PK_SRK_TEMPLATE; /* of the storage root key */

/* Like the template in all but the point, which the TPM has chosen. */
bool pk_template_matches(const TPM2B_PUBLIC *public_area, const TPM2B_PUBLIC *template);

/* Whether other keys can be made under it, in a session salted to it: a
 * restricted decryption key of this TPM, RSA or ECC, with AES and SHA-256. */
bool pk_template_is_storage_key(const TPM2B_PUBLIC *public_area);

/* "RSA 2048", "ECC P-256", … */
void pk_template_describe(const TPM2B_PUBLIC *public_area, char *out, size_t size);

/* A Name is nameAlg and the digest of the public area (part 1, section 16). The
 * area is one whose nameAlg is SHA-256; false only without memory. */
bool pk_template_name(const TPM2B_PUBLIC *public_area, uint8_t out[PK_TPM_NAME_SIZE]);

#endif
