/* SPDX-License-Identifier: Apache-2.0
 * The private software TPM: one swtpm process per operation, on a socket pair,
 * with its state in the store. For development: it protects nothing. */
#ifndef PK_SWTPM_H
#define PK_SWTPM_H

#include <passkey/passkey.h>

#include <stdatomic.h>

/* Its files, in the store. */
#define PK_SWTPM_FOLDER "swtpm"
#define PK_SWTPM_USER_LOCK ".user.lock" /* by which its users take turns */
#define PK_SWTPM_STATE "tpm2-00.permall"
#define PK_SWTPM_NEW_STATE "TMP2-00.permall" /* which swtpm renames */
#define PK_SWTPM_STATE_LOCK ".lock"          /* swtpm's own */

typedef struct pk_swtpm pk_swtpm;

/* How long others may keep the software TPM of this home. */
#define PK_SWTPM_LOCK_TIMEOUT_MS 30000

/* Takes home/swtpm for this operation and starts swtpm on it. NO_TPM when
 * swtpm is not installed, TPM_BUSY when others keep it for too long, CANCELED
 * when *canceled (may be NULL) became true meanwhile, TPM_STATE_CORRUPT when
 * its files are no files, STORE_*. When the process then ends before it
 * answers, only a command can tell. */
passkey_status pk_swtpm_start(const char *home, const atomic_bool *canceled, pk_swtpm **out_swtpm,
                              passkey_error **out_error);

/* Where its commands go and its responses come from; stays the swtpm's. */
int pk_swtpm_fd(const pk_swtpm *swtpm);

/* Ends the process and waits for it, gives the folder back. */
void pk_swtpm_stop(pk_swtpm *swtpm);

/* For one that never answered: stops it and says why, as far as that can be
 * told. Nothing in its folder is changed. */
passkey_status pk_swtpm_stop_silent(pk_swtpm *swtpm, passkey_error **out_error);

/* For one that says it has failed: STORE_UNWRITABLE when its state has no room
 * on the disk. */
passkey_status pk_swtpm_check_room(const pk_swtpm *swtpm, passkey_error **out_error);

#endif
