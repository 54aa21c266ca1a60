/* SPDX-License-Identifier: Apache-2.0
 * The private software TPM seen from outside: nothing is started or made. */
#ifndef PK_SWTPM_LOOK_H
#define PK_SWTPM_LOOK_H

#include "key/swtpm.h"

typedef struct pk_swtpm_looks {
    bool has_folder; /* home/swtpm, a folder; else the rest means nothing */
    bool has_state;  /* the TPM was used before */
    bool is_kept;    /* another process has had it for all of wait_ms */
} pk_swtpm_looks;

/* 0 or an errno value: why the folder cannot be looked at. */
int pk_swtpm_look(const char *home, int wait_ms, const atomic_bool *canceled,
                  pk_swtpm_looks *out_looks);

#endif
