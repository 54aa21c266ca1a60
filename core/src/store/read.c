/* SPDX-License-Identifier: Apache-2.0 */
#include "store/read.h"

#include "base/error.h"
#include "base/file.h"
#include "store/list.h"

#include <errno.h>
#include <string.h>

typedef struct reading {
    int passkeys_fd;
    int keys_fd;
    passkey_credential_list *list;
    int failure; /* an errno that ends it all */
} reading;

/* Says nothing of the record: it may be fine the next time. */
static bool may_pass(int failure)
{
    return failure == ENOMEM || failure == EMFILE || failure == ENFILE || failure == EIO;
}

static void take_damaged(reading *this, const char *name, const char *why)
{
    if (why == PK_JSON_NO_MEMORY || !pk_list_add_damaged(this->list, name, why))
        this->failure = ENOMEM;
}

static void take_unreadable(reading *this, const char *name, int failure)
{
    char reason[128];

    if (failure == ENOENT)
        return; /* replaced while we read */
    if (may_pass(failure))
        this->failure = failure;
    else
        take_damaged(this, name, strerror_r(failure, reason, sizeof reason));
}

/* Reads a whole file; false when that is already dealt with. */
static bool read_file(reading *this, int fd, const char *file, size_t max_len, pk_buffer *out,
                      const char *record)
{
    int failure = pk_file_read_at(fd, file, max_len, out);

    if (failure)
        take_unreadable(this, record, failure);
    return !failure;
}

/* NULL when the key file is the one that the record speaks of. */
static const char *key_reason(reading *this, const passkey_credential *credential,
                              const char *key_sha256)
{
    char file[PK_KEY_FILE_SIZE];
    pk_buffer pem = {0};
    const char *reason;
    int failure;

    if (this->keys_fd < 0 || !pk_record_key_file(credential->key_handle, file))
        return NULL;
    failure = pk_file_read_at(this->keys_fd, file, PK_KEY_FILE_MAX, &pem);
    if (may_pass(failure))
        this->failure = failure;
    reason = failure ? "its key file is missing or cannot be read"
                     : pk_record_key_reason(&pem, key_sha256);
    pk_buffer_free(&pem);
    return reason;
}

/* Who replaces a passkey removes first its record, then its key: a record that
 * is still there and has no key is damaged. */
static bool was_replaced(const reading *this, const char *name)
{
    pk_buffer text = {0};
    int failure = pk_file_read_at(this->passkeys_fd, name, PK_RECORD_MAX, &text);

    pk_buffer_free(&text);
    return failure == ENOENT;
}

static void take_record(reading *this, const char *name, const pk_buffer *text)
{
    passkey_credential credential = {0};
    char key_sha256[PK_HEX_SHA256_SIZE], file[PK_RECORD_FILE_SIZE];
    const char *reason = pk_record_read(text, &credential, key_sha256);

    if (!reason && (!pk_record_file(credential.id, file) || strcmp(file, name)))
        reason = "its id does not fit its file name";
    if (!reason)
        reason = key_reason(this, &credential, key_sha256);
    if (!reason && !this->failure && pk_list_add(this->list, &credential))
        return;
    pk_credential_clear(&credential);
    if (!reason)
        this->failure = this->failure ? this->failure : ENOMEM;
    else if (!this->failure && !was_replaced(this, name))
        take_damaged(this, name, reason);
}

static bool read_record(const char *name, void *user)
{
    reading *this = user;
    pk_buffer text = {0};

    if (read_file(this, this->passkeys_fd, name, PK_RECORD_MAX, &text, name))
        take_record(this, name, &text);
    pk_buffer_free(&text);
    return !this->failure;
}

static passkey_status finish(reading *this, int failure, const char *home,
                             passkey_credential_list **out_list, passkey_error **out_error)
{
    passkey_status status = PASSKEY_OK;

    if (!this->list)
        return pk_fail_memory(out_error);
    if (failure)
        status = pk_store_fail(PASSKEY_STORE_UNREADABLE, home, "cannot be read", failure,
                               out_error);
    else if (!pk_list_finish(this->list))
        status = pk_fail_memory(out_error);
    if (status)
        passkey_credential_list_free(this->list);
    else
        *out_list = this->list;
    return status;
}

passkey_status pk_store_read(int passkeys_fd, int keys_fd, const char *home,
                             passkey_credential_list **out_list, passkey_error **out_error)
{
    reading this = {.passkeys_fd = passkeys_fd, .keys_fd = keys_fd, .list = pk_list_new()};
    int failure = 0;

    if (this.list && passkeys_fd >= 0)
        failure = pk_folder_each(passkeys_fd, PK_RECORD_SUFFIX, read_record, &this);
    return finish(&this, failure ? failure : this.failure, home, out_list, out_error);
}

/* ---------------------------------------------------- a store that is there */

/* One that is not there is -1. */
static passkey_status open_existing(int home_fd, const char *home, const char *name, int *out_fd,
                                    passkey_error **out_error)
{
    int failure = pk_folder_open_at(home_fd, name, false, out_fd);

    if (failure == ENOENT)
        return PASSKEY_OK;
    return failure ? pk_store_fail(PASSKEY_STORE_UNREADABLE, home, name, failure, out_error)
                   : pk_store_check_private(*out_fd, home, out_error);
}

passkey_status pk_store_folders_open(const char *home, pk_store_folders *out_folders,
                                     passkey_error **out_error)
{
    pk_store_folders folders = {-1, -1, -1};
    int failure = pk_folder_open(home, false, &folders.home_fd);
    passkey_status status = PASSKEY_OK;

    if (failure && failure != ENOENT)
        return pk_store_fail(PASSKEY_STORE_UNREADABLE, home, "cannot be opened", failure,
                             out_error);
    if (!failure)
        status = pk_store_check_private(folders.home_fd, home, out_error);
    if (!failure && !status)
        status = open_existing(folders.home_fd, home, "passkeys", &folders.passkeys_fd, out_error);
    if (!failure && !status)
        status = open_existing(folders.home_fd, home, "keys", &folders.keys_fd, out_error);
    if (status)
        pk_store_folders_close(&folders);
    else
        *out_folders = folders;
    return status;
}

void pk_store_folders_close(pk_store_folders *folders)
{
    pk_folder_close(folders->keys_fd);
    pk_folder_close(folders->passkeys_fd);
    pk_folder_close(folders->home_fd);
}

/* Without a folder of keys no key is found: any other folder serves for that. */
static int keys_of(const pk_store_folders *folders)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): of folders that were opened */
    return folders->keys_fd < 0 ? folders->passkeys_fd : folders->keys_fd;
}

passkey_status pk_store_list(const char *home, passkey_credential_list **out_list,
                             passkey_error **out_error)
{
    pk_store_folders folders;
    passkey_status status = pk_store_folders_open(home, &folders, out_error);

    if (status)
        return status;
    status = pk_store_read(folders.passkeys_fd, keys_of(&folders), home, out_list, out_error);
    pk_store_folders_close(&folders);
    return status;
}

passkey_status pk_store_find(const char *home, const char *id, passkey_credential_list **out_list,
                             passkey_error **out_error)
{
    pk_store_folders folders;
    passkey_status status = pk_store_folders_open(home, &folders, out_error);
    char file[PK_RECORD_FILE_SIZE];
    reading this;

    if (status)
        return status;
    this = (reading){.passkeys_fd = folders.passkeys_fd,
                     .keys_fd = keys_of(&folders),
                     .list = pk_list_new()};
    if (this.list && folders.passkeys_fd >= 0 && pk_record_file(id, file))
        read_record(file, &this);
    status = finish(&this, this.failure, home, out_list, out_error);
    pk_store_folders_close(&folders);
    return status;
}
