/* SPDX-License-Identifier: Apache-2.0
 * Commands without a session, asked by us and not through ESYS, for three
 * reasons: their refusal is often expected (a TPM without a storage key), and
 * ESYS writes a line to stderr for every refusal it sees; the public area of
 * the storage key can be judged before ESYS uses it; and what we made in the
 * TPM can still be flushed when the ESYS context is of no more use. */
#ifndef PK_PLAIN_H
#define PK_PLAIN_H

#include "key/tcti_fd.h"

/* GetCapability: up to num of a kind, from the first on. */
TSS2_RC pk_plain_capability(pk_tcti *tcti, TPM2_CAP capability, uint32_t first, uint32_t num,
                            TPMS_CAPABILITY_DATA *out_data);

/* One property; PK_PROPERTY_NOT_TOLD when the TPM does not have it. */
#define PK_PROPERTY_NOT_TOLD UINT32_MAX
TSS2_RC pk_plain_property(pk_tcti *tcti, TPM2_PT property, uint32_t *out_value);

/* Whether the TPM has the algorithms of such a key. */
TSS2_RC pk_plain_test_parms(pk_tcti *tcti, const TPMT_PUBLIC *public_area);

/* The manufacturer (TPM_PT_MANUFACTURER) and the four vendor strings behind it. */
TSS2_RC pk_plain_identity(pk_tcti *tcti, TPMS_CAPABILITY_DATA *out_data);

/* Reads what is at a persistent handle. out_name is as the TPM says it. */
TSS2_RC pk_plain_read_public(pk_tcti *tcti, TPM2_HANDLE handle, TPM2B_PUBLIC *out_public,
                             TPM2B_NAME *out_name);

TSS2_RC pk_plain_flush(pk_tcti *tcti, TPM2_HANDLE handle);

/* TPM2_Startup and TPM2_Shutdown, both CLEAR. */
TSS2_RC pk_plain_startup(pk_tcti *tcti);
TSS2_RC pk_plain_shutdown(pk_tcti *tcti);

#endif
