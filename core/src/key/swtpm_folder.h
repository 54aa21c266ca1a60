/* SPDX-License-Identifier: Apache-2.0
 * The folder with the state of the private software TPM, which one user has at
 * a time. */
#ifndef PK_SWTPM_FOLDER_H
#define PK_SWTPM_FOLDER_H

#include <passkey/passkey.h>

#include <stdatomic.h>

typedef struct pk_swtpm_folder {
    char *home; /* the store that it is in; owned */
    int fd;
    int lock;
} pk_swtpm_folder;

#define PK_SWTPM_NO_FOLDER {.fd = -1, .lock = -1}

/* Opens and locks the folder of home, and sees to it that swtpm finds in it what
 * it can open. TPM_BUSY, TPM_STATE_CORRUPT, CANCELED, STORE_*; then
 * pk_swtpm_folder_close is still due. */
passkey_status pk_swtpm_folder_take(pk_swtpm_folder *folder, const atomic_bool *canceled,
                                    passkey_error **out_error);

/* STORE_UNWRITABLE when there is no room for another state. */
passkey_status pk_swtpm_folder_check_room(const pk_swtpm_folder *folder, passkey_error **out_error);

void pk_swtpm_folder_unlock(pk_swtpm_folder *folder);
void pk_swtpm_folder_close(pk_swtpm_folder *folder);

#endif
