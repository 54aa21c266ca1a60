/* SPDX-License-Identifier: Apache-2.0
 * What is to be done when a TPM refuses a command. */
#ifndef PK_KEY_REFUSAL_H
#define PK_KEY_REFUSAL_H

#include <tss2/tss2_common.h>

typedef enum pk_refusal {
    PK_REFUSAL_FINAL,   /* nothing; or it was none */
    PK_REFUSAL_BUSY,    /* the same command is to be sent again */
    PK_REFUSAL_NO_ROOM, /* likewise, when somebody has given something back */
    PK_REFUSAL_UNTESTED /* likewise, after a self-test */
} pk_refusal;

/* Of a response code, also as a resource manager between us passes it on. */
pk_refusal pk_refusal_of(TSS2_RC rc);

#endif
