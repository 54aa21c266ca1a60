/* SPDX-License-Identifier: Apache-2.0
 * The key file: TSS2 PRIVATE KEY PEM, as James Bottomley's Internet-Draft
 * "ASN.1 Specification for TPM 2.0 Key Files" defines it (loadable key, no
 * password, under the owner's primary key). */
#ifndef PK_KEYFILE_H
#define PK_KEYFILE_H

#include <passkey/passkey.h>

#include <tss2/tss2_tpm2_types.h>

#include <stddef.h>

/* Longer than any that can be made: a P-256 one has about 390 characters. */
#define PK_KEYFILE_MAX 4096

/* *out_pem is for pk_text_free. */
passkey_status pk_keyfile_encode(const TPM2B_PUBLIC *public_area, const TPM2B_PRIVATE *private_area,
                                 char **out_pem, passkey_error **out_error);

/* Takes only what pk_keyfile_encode makes, byte for byte; else
 * KEY_FILE_DAMAGED. Whether the TPM takes the key is another matter. */
passkey_status pk_keyfile_decode(const char *pem, size_t pem_len, TPM2B_PUBLIC *out_public,
                                 TPM2B_PRIVATE *out_private, passkey_error **out_error);

#endif
