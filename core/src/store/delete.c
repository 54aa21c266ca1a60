/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "base/file.h"
#include "store/read.h"

#include <errno.h>
#include <string.h>

typedef struct deletion {
    const char *home;
    pk_store_folders folders;
    char record[PK_RECORD_FILE_SIZE];
    char key[PK_KEY_FILE_SIZE]; /* "" when there is none that may go */
    int failure;
} deletion;

/* What cannot be read tells of no key; *out_failure when it may be readable the
 * next time, or is not there. */
static bool read_key_name(const deletion *this, const char *record, char out_key[PK_KEY_FILE_SIZE],
                          int *out_failure)
{
    pk_buffer text = {0};
    int failure = pk_file_read_at(this->folders.passkeys_fd, record, PK_RECORD_MAX, &text);
    bool named = !failure && pk_record_key_named(&text, out_key);

    if (failure == ENOENT || failure == ENOMEM || failure == EMFILE || failure == ENFILE ||
        failure == EIO)
        *out_failure = failure;
    pk_buffer_free(&text);
    return named;
}

/* A record that was copied or tampered with may name the key of another. */
static bool keep_if_shared(const char *record, void *user)
{
    deletion *this = user;
    char key[PK_KEY_FILE_SIZE];
    int failure = 0;

    if (!strcmp(record, this->record))
        return true;
    if (read_key_name(this, record, key, &failure) && !strcmp(key, this->key))
        this->key[0] = '\0';
    if (failure && failure != ENOENT)
        this->failure = failure;
    return this->key[0] && !this->failure;
}

static passkey_status choose_key(deletion *this, bool *out_absent, passkey_error **out_error)
{
    bool named = read_key_name(this, this->record, this->key, &this->failure);
    int failure;

    *out_absent = this->failure == ENOENT;
    if (*out_absent)
        return PASSKEY_OK;
    if (!named)
        this->key[0] = '\0';
    else if ((failure = pk_folder_each(this->folders.passkeys_fd, PK_RECORD_SUFFIX, keep_if_shared,
                                       this)))
        this->failure = failure;
    return this->failure ? pk_store_fail(PASSKEY_STORE_UNREADABLE, this->home, "cannot be read",
                                         this->failure, out_error)
                         : PASSKEY_OK;
}

/* The record first: one without a key would be damaged, a key without a record
 * is nothing. */
static passkey_status remove_files(deletion *this, passkey_error **out_error)
{
    int failure = pk_file_remove_at(this->folders.passkeys_fd, this->record);

    if (failure)
        return pk_store_fail(PASSKEY_STORE_UNWRITABLE, this->home, "the record cannot be removed",
                             failure, out_error);
    if (this->key[0] && this->folders.keys_fd >= 0)
        failure = pk_file_remove_at(this->folders.keys_fd, this->key);
    if (!failure)
        return PASSKEY_OK;
    pk_store_fail(PASSKEY_STORE_UNWRITABLE, this->home, "the key file cannot be removed", failure,
                  out_error);
    pk_error_set_hint(out_error, "The passkey is gone; remove what is left of it: rm %s/keys/%s",
                      this->home, this->key);
    return PASSKEY_STORE_UNWRITABLE;
}

static passkey_status delete_record(deletion *this, const atomic_bool *canceled,
                                    passkey_error **out_error)
{
    bool absent = false;
    int lock = -1;
    passkey_status status = pk_store_lock(this->folders.home_fd, this->home, canceled, &lock,
                                          out_error);

    if (status)
        return status;
    status = choose_key(this, &absent, out_error);
    if (!status && !absent)
        status = remove_files(this, out_error);
    pk_file_unlock(lock);
    return status;
}

passkey_status pk_store_delete(const char *home, const char *id, const atomic_bool *canceled,
                               passkey_error **out_error)
{
    deletion this = {.home = home};
    passkey_status status = pk_store_folders_open(home, &this.folders, out_error);

    if (status)
        return status;
    if (this.folders.passkeys_fd >= 0 && pk_record_file(id, this.record))
        status = delete_record(&this, canceled, out_error);
    pk_store_folders_close(&this.folders);
    return status;
}
