/* SPDX-License-Identifier: Apache-2.0
 * The option tpm: which TPM is meant, and the way to it. */
#ifndef PK_ROUTE_H
#define PK_ROUTE_H

#include "key/swtpm.h"
#include "key/tcti_fd.h"

#include <passkey/passkey.h>

/* The kernel's resource manager. Never /dev/tpm0 of our own accord: it has
 * room for one user, and a crash of ours would leave our objects in it. */
#define PK_TPM_DEVICE "/dev/tpmrm0"

/* An open way to a TPM. All zero with fd -1 is a closed one. */
typedef struct pk_route {
    pk_tcti *tcti;
    pk_swtpm *swtpm;           /* the private software TPM */
    TSS2_TCTI_CONTEXT *loaded; /* a TCTI that tctildr loaded */
    int fd;                    /* the device */
    bool flushes_at_close;     /* a resource manager drops what we leave behind */
} pk_route;

#define PK_ROUTE_CLOSED {.fd = -1}

/* device_path is PK_TPM_DEVICE but in tests. Sends nothing to the TPM. */
passkey_status pk_route_open(const char *tpm_option, const char *home, const char *device_path,
                             const atomic_bool *canceled, pk_route *out_route,
                             passkey_error **out_error);
void pk_route_close(pk_route *route);

#endif
