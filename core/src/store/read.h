/* SPDX-License-Identifier: Apache-2.0
 * Reading the records of a store. */
#ifndef PK_STORE_READ_H
#define PK_STORE_READ_H

#include "store/store.h"

/* The records in a folder (-1: none). With a keys folder, those whose key file
 * is missing or changed count as damaged. A record that cannot be read now, for
 * a reason that may pass, fails the whole: it must not be taken for damaged. */
passkey_status pk_store_read(int passkeys_fd, int keys_fd, const char *home,
                             passkey_credential_list **out_list, passkey_error **out_error);

/* The folders of a store that is there, -1 for what is not; nothing is made.
 * STORE_UNSAFE, STORE_UNREADABLE. */
typedef struct pk_store_folders {
    int home_fd, passkeys_fd, keys_fd;
} pk_store_folders;

passkey_status pk_store_folders_open(const char *home, pk_store_folders *out_folders,
                                     passkey_error **out_error);
void pk_store_folders_close(pk_store_folders *folders);

/* How the files of the store say that something is wrong. */
passkey_status pk_store_fail(passkey_status status, const char *home, const char *what, int failure,
                             passkey_error **out_error);
passkey_status pk_store_lock(int home_fd, const char *home, const atomic_bool *canceled,
                             int *out_lock, passkey_error **out_error);
passkey_status pk_store_check_private(int fd, const char *home, passkey_error **out_error);

#endif
