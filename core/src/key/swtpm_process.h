/* SPDX-License-Identifier: Apache-2.0
 * The process of the private software TPM. */
#ifndef PK_SWTPM_PROCESS_H
#define PK_SWTPM_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#define PK_SWTPM_PROGRAM "swtpm"

typedef struct pk_swtpm_process {
    pid_t pid; /* 0 when there is none */
    int fd;    /* our end of the socket pair; -1 */
} pk_swtpm_process;

#define PK_SWTPM_NO_PROCESS {.fd = -1}

/* How a process ended. */
typedef struct pk_swtpm_end {
    int wait_status; /* -1 when it is not known */
    bool killed;     /* by us: it did not end by itself */
} pk_swtpm_end;

/* The first swtpm in PATH, for pk_text_free. 0, ENOENT or ENOMEM. */
int pk_swtpm_program_find(char **out_program);

/* What it says of its version, such as "0.7.1". 0, ENOEXEC when it says
 * nothing like that, or why it cannot be started. */
#define PK_SWTPM_VERSION_SIZE 32
int pk_swtpm_program_version(const char *program, char out[PK_SWTPM_VERSION_SIZE]);

/* Starts it with its state in the folder. 0 or an errno value. */
int pk_swtpm_process_start(const char *program, int folder, pk_swtpm_process *out_process);

/* Ends it and waits for it. Does nothing when there is none. */
pk_swtpm_end pk_swtpm_process_end(pk_swtpm_process *process);

#endif
