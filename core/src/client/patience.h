/* SPDX-License-Identifier: Apache-2.0
 * How long to pause before the cloud is asked again, and when to give up. */
#ifndef PK_PATIENCE_H
#define PK_PATIENCE_H

#include <passkey/passkey.h>

/* All zero is the beginning. */
typedef struct pk_patience {
    unsigned num_lost; /* answers, one after the other */
} pk_patience;

/* Milliseconds until the next question, after an answer (PASSKEY_OK) or after
 * what came instead; -1 to give up: it will not change, or too many answers
 * were lost. retry_after_s is what the cloud asked for, 0 for nothing. */
int64_t pk_patience_after(pk_patience *patience, passkey_status status, int retry_after_s);

#endif
