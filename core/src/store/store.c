/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include "base/crypto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "store/list.h"
#include "store/read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOCK "lock"
#define LOCK_TIMEOUT_MS 30000
#define SWEEP_AFTER_S 86400 /* no bind takes that long */
#define RESERVED_SIZE 16384 /* of nearly all records */

struct pk_store {
    char *home;
    int home_fd;
    int passkeys_fd;
    int keys_fd;
    char reserved[PK_TEMPORARY_SIZE]; /* the file that becomes the record; "" for none */
};

passkey_status pk_store_fail(passkey_status status, const char *home, const char *what, int failure,
                             passkey_error **out_error)
{
    char reason[128];

    if (failure == ENOMEM)
        return pk_fail_memory(out_error);
    pk_fail(out_error, status, "The store %s: %s: %s.", home, what,
            strerror_r(failure, reason, sizeof reason));
    pk_error_set_cause(out_error, "errno %d", failure);
    if (failure == EMFILE || failure == ENFILE)
        pk_error_set_hint(out_error, "Close files, or raise the limit on open files (ulimit -n).");
    return status;
}

passkey_status pk_store_check_private(int fd, const char *home, passkey_error **out_error)
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
    return failure ? pk_store_fail(PASSKEY_STORE_UNREADABLE, home, "cannot be examined", failure, out_error)
                   : PASSKEY_OK;
}

static passkey_status open_inner(pk_store *store, const char *name, int *out_fd,
                                 passkey_error **out_error)
{
    int failure = pk_folder_open_at(store->home_fd, name, true, out_fd);
    passkey_status status;

    if (failure)
        return pk_store_fail(PASSKEY_STORE_UNWRITABLE, store->home, name, failure, out_error);
    status = pk_store_check_private(*out_fd, store->home, out_error);
    failure = status ? 0 : pk_folder_check_writable(*out_fd);
    return failure ? pk_store_fail(PASSKEY_STORE_UNWRITABLE, store->home, name, failure, out_error)
                   : status;
}

/* A lock that cannot be taken at all is found out now; one that another holds
 * is waited for when it is needed. */
static passkey_status try_lock(const pk_store *store, passkey_error **out_error)
{
    int lock = -1;
    int failure = pk_file_lock_at(store->home_fd, LOCK, 0, NULL, &lock);

    pk_file_unlock(lock);
    return failure && failure != ETIMEDOUT ? pk_store_fail(PASSKEY_STORE_UNWRITABLE, store->home,
                                                           "cannot be locked", failure, out_error)
                                           : PASSKEY_OK;
}

/* So that a disk that is full is found out before the cloud hears of a key. */
static passkey_status reserve_record(pk_store *store, passkey_error **out_error)
{
    int failure = pk_file_reserve_at(store->passkeys_fd, RESERVED_SIZE, store->reserved);

    return failure ? pk_store_fail(PASSKEY_STORE_UNWRITABLE, store->home, "has no room", failure,
                                   out_error)
                   : PASSKEY_OK;
}

static void close_folders(pk_store *store)
{
    pk_folder_close(store->keys_fd);
    pk_folder_close(store->passkeys_fd);
    pk_folder_close(store->home_fd);
    store->home_fd = store->passkeys_fd = store->keys_fd = -1;
}

static passkey_status open_folders(pk_store *store, passkey_error **out_error)
{
    passkey_status status;
    int failure = pk_folder_open(store->home, true, &store->home_fd);

    if (failure)
        return pk_store_fail(PASSKEY_STORE_UNWRITABLE, store->home, "cannot be opened", failure,
                             out_error);
    status = pk_store_check_private(store->home_fd, store->home, out_error);
    failure = status ? 0 : pk_folder_check_writable(store->home_fd);
    if (failure)
        status = pk_store_fail(PASSKEY_STORE_UNWRITABLE, store->home, "cannot be written", failure,
                               out_error);
    if (!status)
        status = open_inner(store, "passkeys", &store->passkeys_fd, out_error);
    if (!status)
        status = open_inner(store, "keys", &store->keys_fd, out_error);
    if (status)
        close_folders(store);
    return status;
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
    if (!status)
        status = try_lock(store, out_error);
    if (!status)
        status = reserve_record(store, out_error);
    close_folders(store);
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
    if (store->reserved[0] && open_folders(store, NULL) == PASSKEY_OK)
        pk_file_remove_at(store->passkeys_fd, store->reserved);
    close_folders(store);
    pk_text_free(store->home);
    free(store);
}

bool pk_store_new_handle(char out[PK_KEY_HANDLE_SIZE])
{
    uint8_t random[8];
    char *hex = pk_random(random, sizeof random) ? pk_hex_encode(random, sizeof random) : NULL;

    if (!hex)
        return false;
    snprintf(out, PK_KEY_HANDLE_SIZE, "km:%s", hex);
    pk_text_free(hex);
    return true;
}

passkey_status pk_store_put_key(pk_store *store, const char *key_handle, const char *pem,
                                passkey_error **out_error)
{
    char file[PK_KEY_FILE_SIZE];
    passkey_status status = open_folders(store, out_error);
    int failure;

    if (status)
        return status;
    failure = pk_record_key_file(key_handle, file)
                  ? pk_file_write_at(store->keys_fd, file, pem, strlen(pem))
                  : EINVAL;
    close_folders(store);
    return failure ? pk_store_fail(PASSKEY_STORE_UNWRITABLE, store->home,
                                   "the key cannot be saved", failure, out_error)
                   : PASSKEY_OK;
}

static void remove_key(pk_store *store, const char *key_handle)
{
    char file[PK_KEY_FILE_SIZE];

    if (pk_record_key_file(key_handle, file))
        pk_file_remove_at(store->keys_fd, file);
}

static bool is_named(const passkey_credential_list *list, const char *key_handle)
{
    size_t i;

    for (i = 0; i < passkey_credential_list_count(list); i++)
        if (!strcmp(passkey_credential_list_at(list, i)->key_handle, key_handle))
            return true;
    return false;
}

/* Best effort; when the records cannot be read, the key stays. */
void pk_store_drop_key(pk_store *store, const char *key_handle)
{
    passkey_credential_list *list = NULL;

    if (open_folders(store, NULL) == PASSKEY_OK &&
        pk_store_read(store->passkeys_fd, -1, store->home, &list, NULL) == PASSKEY_OK &&
        !is_named(list, key_handle))
        remove_key(store, key_handle);
    passkey_credential_list_free(list);
    close_folders(store);
}

/* A pending bind may be gone on with when a later one has made a passkey already:
 * that one stays beside it, by the cloud's clock; and a usable one beside one that
 * was revoked meanwhile. */
static bool is_replaced(const passkey_credential *before, const passkey_credential *by)
{
    bool by_revoked = !strcmp(by->state, "revoked") && strcmp(before->state, "revoked");

    return pk_credential_same_owner(before, by) && strcmp(before->created, by->created) <= 0 &&
           !by_revoked;
}

/* Best effort: an older record that stays behind is found again by the next
 * bind, and keeps its key. */
static void remove_older(pk_store *store, const passkey_credential_list *list,
                         const passkey_credential *credential)
{
    size_t i;

    for (i = 0; i < passkey_credential_list_count(list); i++) {
        const passkey_credential *older = passkey_credential_list_at(list, i);
        char file[PK_RECORD_FILE_SIZE];
        int failure = 0;

        if (!is_replaced(older, credential))
            continue;
        if (strcmp(older->id, credential->id) && pk_record_file(older->id, file))
            failure = pk_file_remove_at(store->passkeys_fd, file);
        if (!failure && strcmp(older->key_handle, credential->key_handle))
            remove_key(store, older->key_handle);
    }
}

/* A record that is there but not surely durable is taken back: what fails must
 * leave nothing. */
static passkey_status write_record(pk_store *store, const passkey_credential *credential,
                                   const pk_record_key *key, passkey_error **out_error)
{
    char *text = pk_record_text(credential, key);
    char file[PK_RECORD_FILE_SIZE];
    int failure;

    if (!text || !pk_record_file(credential->id, file)) {
        pk_text_free(text);
        return pk_fail_memory(out_error);
    }
    failure = store->reserved[0] ? 0 : pk_file_reserve_at(store->passkeys_fd, 0, store->reserved);
    if (!failure)
        failure = pk_file_write_reserved_at(store->passkeys_fd, store->reserved, file, text,
                                            strlen(text));
    store->reserved[0] = '\0';
    pk_text_free(text);
    if (!failure)
        return PASSKEY_OK;
    pk_file_remove_at(store->passkeys_fd, file);
    return pk_store_fail(PASSKEY_STORE_UNWRITABLE, store->home, "the record cannot be saved",
                         failure, out_error);
}

passkey_status pk_store_lock(int home_fd, const char *home, const atomic_bool *canceled,
                             int *out_lock, passkey_error **out_error)
{
    int failure = pk_file_lock_at(home_fd, LOCK, LOCK_TIMEOUT_MS, canceled, out_lock);

    if (failure == ECANCELED)
        return pk_fail(out_error, PASSKEY_CANCELED, "The operation was canceled.");
    if (failure)
        return pk_store_fail(failure == ETIMEDOUT ? PASSKEY_STORE_BUSY : PASSKEY_STORE_UNWRITABLE,
                             home, "cannot be locked", failure, out_error);
    return PASSKEY_OK;
}

static passkey_status replace(pk_store *store, const passkey_credential *credential,
                              const pk_record_key *key, passkey_error **out_error)
{
    passkey_credential_list *before = NULL;
    passkey_status status;
    int lock = -1;

    status = pk_store_lock(store->home_fd, store->home, NULL, &lock, out_error);
    if (status)
        return status;
    status = pk_store_read(store->passkeys_fd, -1, store->home, &before, out_error);
    if (!status)
        status = write_record(store, credential, key, out_error);
    if (!status)
        remove_older(store, before, credential);
    pk_folder_sweep(store->passkeys_fd, SWEEP_AFTER_S);
    pk_folder_sweep(store->keys_fd, SWEEP_AFTER_S);
    passkey_credential_list_free(before);
    pk_file_unlock(lock);
    return status;
}

passkey_status pk_store_add(pk_store *store, const passkey_credential *credential,
                            const pk_record_key *key, passkey_error **out_error)
{
    passkey_status status = open_folders(store, out_error);

    if (!status)
        status = replace(store, credential, key, out_error);
    close_folders(store);
    return status;
}
