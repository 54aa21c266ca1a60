/* SPDX-License-Identifier: Apache-2.0 */
#include "key/refusal.h"

#include <tss2/tss2_tpm2_types.h>

/* The warnings are those after which the TPM has done nothing. */
pk_refusal pk_refusal_of(TSS2_RC rc)
{
    switch (rc & ~(TSS2_RC)TSS2_RC_LAYER_MASK) {
    case TPM2_RC_YIELDED:
    case TPM2_RC_TESTING:
    case TPM2_RC_CANCELED: /* not by us */
    case TPM2_RC_NV_RATE:
    case TPM2_RC_RETRY:
    case TPM2_RC_NV_UNAVAILABLE:
        return PK_REFUSAL_BUSY;
    case TPM2_RC_CONTEXT_GAP:
    case TPM2_RC_OBJECT_MEMORY:
    case TPM2_RC_SESSION_MEMORY:
    case TPM2_RC_MEMORY:
    case TPM2_RC_SESSION_HANDLES:
    case TPM2_RC_OBJECT_HANDLES:
        return PK_REFUSAL_NO_ROOM;
    case TPM2_RC_NEEDS_TEST:
        return PK_REFUSAL_UNTESTED;
    default:
        return PK_REFUSAL_FINAL;
    }
}
