/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include "base/crypto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "store/list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOCK_TIMEOUT_MS 30000
#define RECORD_SUFFIX ".json"

struct pk_store {
    char *home;
    int home_fd;
    int passkeys_fd;
    int keys_fd;
};

static const char *errno_text(int failure, char *buffer, size_t buffer_size)
{
    return strerror_r(failure, buffer, buffer_size);
}

static passkey_status fail(passkey_status status, const char *home, const char *what, int failure,
                           passkey_error **out_error)
{
    char reason[128];

    pk_fail(out_error, status, "The store %s: %s: %s.", home, what,
            errno_text(failure, reason, sizeof reason));
    pk_error_set_cause(out_error, "errno %d", failure);
    return status;
}

static passkey_status check_private(int fd, const char *home, passkey_error **out_error)
{
    int failure = pk_folder_check_private(fd);

    if (failure == EPERM) {
        pk_fail(out_error, PASSKEY_STORE_UNSAFE, "The store %s belongs to another user.", home);
        pk_error_set_hint(out_error,
                          "Run as the user who owns it, or set the option home to a folder of "
                          "your own.");
        return PASSKEY_STORE_UNSAFE;
    }
    if (failure == EACCES) {
        pk_fail(out_error, PASSKEY_STORE_UNSAFE, "Group or others may use the store %s.", home);
        pk_error_set_hint(out_error, "Take the folder back: chmod 700 %s", home);
        return PASSKEY_STORE_UNSAFE;
    }
    return failure ? fail(PASSKEY_STORE_UNREADABLE, home, "cannot be examined", failure, out_error)
                   : PASSKEY_OK;
}

static passkey_status open_folders(pk_store *store, passkey_error **out_error)
{
    passkey_status status;
    int failure = pk_folder_open(store->home, true, &store->home_fd);

    if (failure)
        return fail(PASSKEY_STORE_UNWRITABLE, store->home, "cannot be opened", failure, out_error);
    status = check_private(store->home_fd, store->home, out_error);
    if (status)
        return status;
    failure = pk_folder_check_writable(store->home_fd);
    if (!failure)
        failure = pk_folder_open_at(store->home_fd, "passkeys", true, &store->passkeys_fd);
    if (!failure)
        failure = pk_folder_check_writable(store->passkeys_fd);
    if (!failure)
        failure = pk_folder_open_at(store->home_fd, "keys", true, &store->keys_fd);
    if (!failure)
        failure = pk_folder_check_writable(store->keys_fd);
    return failure ? fail(PASSKEY_STORE_UNWRITABLE, store->home, "cannot be written", failure,
                          out_error)
                   : PASSKEY_OK;
}

passkey_status pk_store_open(const char *home, pk_store **out_store, passkey_error **out_error)
{
    pk_store *store = calloc(1, sizeof *store);
    passkey_status status;

    if (!store)
        return pk_fail_memory(out_error);
    store->home_fd = store->passkeys_fd = store->keys_fd = -1;
    store->home = pk_text_copy(home);
    status = store->home ? open_folders(store, out_error) : pk_fail_memory(out_error);
    if (status)
        pk_store_close(store);
    else
        *out_store = store;
    return status;
}

void pk_store_close(pk_store *store)
{
    if (!store)
        return;
    pk_folder_close(store->keys_fd);
    pk_folder_close(store->passkeys_fd);
    pk_folder_close(store->home_fd);
    pk_text_free(store->home);
    free(store);
}

passkey_status pk_store_add_key(pk_store *store, const char *pem, char **out_key_handle,
                                passkey_error **out_error)
{
    char file[PK_KEY_FILE_SIZE], handle[20];
    uint8_t random[8];
    char *hex = pk_random(random, sizeof random) ? pk_hex_encode(random, sizeof random) : NULL;
    char *copy;
    int failure;

    if (!hex)
        return pk_fail_memory(out_error);
    snprintf(handle, sizeof handle, "km:%s", hex);
    pk_text_free(hex);
    copy = pk_text_copy(handle);
    if (!copy || !pk_record_key_file(handle, file)) {
        pk_text_free(copy);
        return pk_fail_memory(out_error);
    }
    failure = pk_file_write_at(store->keys_fd, file, pem, strlen(pem));
    if (failure) {
        pk_file_remove_at(store->keys_fd, file);
        pk_text_free(copy);
        return fail(PASSKEY_STORE_UNWRITABLE, store->home, "the key cannot be saved", failure,
                    out_error);
    }
    *out_key_handle = copy;
    return PASSKEY_OK;
}

void pk_store_drop_key(pk_store *store, const char *key_handle)
{
    char file[PK_KEY_FILE_SIZE];

    if (pk_record_key_file(key_handle, file))
        pk_file_remove_at(store->keys_fd, file);
}

/* What reading all records needs. */
typedef struct reading {
    int fd;
    passkey_credential_list *list;
    bool no_memory;
} reading;

static bool read_record(const char *name, void *user)
{
    reading *this = user;
    passkey_credential credential = {0};
    pk_buffer text = {0};
    int failure = pk_file_read_at(this->fd, name, PK_RECORD_MAX, &text);
    char reason_text[128];
    const char *reason = failure ? errno_text(failure, reason_text, sizeof reason_text)
                                 : pk_record_read(&text, &credential);

    if (!reason && strlen(name) - strlen(RECORD_SUFFIX) == strlen(credential.id) &&
        !strncmp(name, credential.id, strlen(credential.id))) {
        this->no_memory = !pk_list_add(this->list, &credential);
        if (this->no_memory)
            pk_credential_clear(&credential);
    } else {
        pk_credential_clear(&credential);
        this->no_memory = !pk_list_add_damaged(
            this->list, name, reason ? reason : "its id does not fit its file name");
    }
    pk_buffer_free(&text);
    return !this->no_memory;
}

static passkey_status read_all(int passkeys_fd, const char *home,
                               passkey_credential_list **out_list, passkey_error **out_error)
{
    reading this = {.fd = passkeys_fd, .list = pk_list_new()};
    passkey_status status = PASSKEY_OK;
    int failure = 0;

    if (!this.list)
        return pk_fail_memory(out_error);
    if (passkeys_fd >= 0)
        failure = pk_folder_each(passkeys_fd, RECORD_SUFFIX, read_record, &this);
    if (failure)
        status = fail(PASSKEY_STORE_UNREADABLE, home, "cannot be read", failure, out_error);
    else if (this.no_memory || !pk_list_finish(this.list))
        status = pk_fail_memory(out_error);
    if (status)
        passkey_credential_list_free(this.list);
    else
        *out_list = this.list;
    return status;
}

passkey_status pk_store_list(const char *home, passkey_credential_list **out_list,
                             passkey_error **out_error)
{
    int home_fd = -1, passkeys_fd = -1;
    int failure = pk_folder_open(home, false, &home_fd);
    passkey_status status = failure ? PASSKEY_OK : check_private(home_fd, home, out_error);

    if (!failure && !status)
        failure = pk_folder_open_at(home_fd, "passkeys", false, &passkeys_fd);
    if (failure == ENOENT)
        failure = 0;
    if (failure)
        status = fail(PASSKEY_STORE_UNREADABLE, home, "cannot be opened", failure, out_error);
    if (!status)
        status = read_all(passkeys_fd, home, out_list, out_error);
    pk_folder_close(passkeys_fd);
    pk_folder_close(home_fd);
    return status;
}

/* Best effort: what stays behind is found again by the next bind. */
static void remove_older(pk_store *store, const passkey_credential_list *list,
                         const passkey_credential *credential)
{
    size_t i;

    for (i = 0; i < passkey_credential_list_count(list); i++) {
        const passkey_credential *older = passkey_credential_list_at(list, i);
        char file[80];

        if (!pk_credential_same_owner(older, credential))
            continue;
        if (strcmp(older->id, credential->id)) {
            snprintf(file, sizeof file, "%s" RECORD_SUFFIX, older->id);
            pk_file_remove_at(store->passkeys_fd, file);
        }
        if (strcmp(older->key_handle, credential->key_handle))
            pk_store_drop_key(store, older->key_handle);
    }
}

static passkey_status write_record(pk_store *store, const passkey_credential *credential,
                                   const pk_record_key *key, passkey_error **out_error)
{
    char *text = pk_record_text(credential, key);
    char file[80];
    int failure;

    if (!text)
        return pk_fail_memory(out_error);
    snprintf(file, sizeof file, "%s" RECORD_SUFFIX, credential->id);
    failure = pk_file_write_at(store->passkeys_fd, file, text, strlen(text));
    pk_text_free(text);
    return failure ? fail(PASSKEY_STORE_UNWRITABLE, store->home, "the record cannot be saved",
                          failure, out_error)
                   : PASSKEY_OK;
}

passkey_status pk_store_add(pk_store *store, const passkey_credential *credential,
                            const pk_record_key *key, passkey_error **out_error)
{
    passkey_credential_list *before = NULL;
    passkey_status status;
    int lock = -1;
    int failure = pk_file_lock_at(store->home_fd, "lock", LOCK_TIMEOUT_MS, NULL, &lock);

    if (failure)
        return fail(failure == ETIMEDOUT ? PASSKEY_STORE_BUSY : PASSKEY_STORE_UNWRITABLE,
                    store->home, "cannot be locked", failure, out_error);
    status = read_all(store->passkeys_fd, store->home, &before, out_error);
    if (!status)
        status = write_record(store, credential, key, out_error);
    if (!status)
        remove_older(store, before, credential);
    passkey_credential_list_free(before);
    pk_file_unlock(lock);
    return status;
}
