/* SPDX-License-Identifier: Apache-2.0 */
#include "store/pending.h"

#include "base/error.h"
#include "base/file.h"
#include "base/held_file.h"
#include "store/read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "pending"

struct pk_pending {
    char *home;
    char name[PK_PENDING_NAME_SIZE];
    int held;
    pk_buffer note;
};

static bool is_name(const char *name)
{
    return strlen(name) == PK_PENDING_NAME_SIZE - 1 &&
           strspn(name, "0123456789abcdef") == PK_PENDING_NAME_SIZE - 1;
}

/* The folder is opened for each use: a thousand binds may wait with as few
 * descriptors as can be. */
static passkey_status open_folder(const char *home, bool create, int *out_fd,
                                  passkey_error **out_error)
{
    int home_fd = -1;
    int failure = pk_folder_open(home, create, &home_fd);
    passkey_status status;

    if (failure)
        return pk_store_fail(PASSKEY_STORE_UNREADABLE, home, "cannot be opened", failure,
                             out_error);
    status = pk_store_check_private(home_fd, home, out_error);
    failure = status ? 0 : pk_folder_open_at(home_fd, FOLDER, create, out_fd);
    pk_folder_close(home_fd);
    if (failure)
        return pk_store_fail(create ? PASSKEY_STORE_UNWRITABLE : PASSKEY_STORE_UNREADABLE, home,
                             FOLDER, failure, out_error);
    return status;
}

bool pk_pending_exists(const char *home, const char *name)
{
    pk_buffer first = {0};
    int fd = -1;
    int failure;

    if (open_folder(home, false, &fd, NULL))
        return false;
    failure = pk_file_read_at(fd, name, 0, &first); /* EFBIG when there is a note */
    pk_buffer_free(&first);
    pk_folder_close(fd);
    return failure != ENOENT;
}

/* A folder, a FIFO or a symbolic link in its place, or far too much text: not ours. */
static passkey_status fail_foreign(const char *home, const char *name, passkey_error **out_error)
{
    pk_fail(out_error, PASSKEY_STORE_DAMAGED, "%s/pending/%s is no file that the library wrote.",
            home, name);
    pk_error_set_hint(out_error, "Remove it: rm -r %s/pending/%s", home, name);
    return PASSKEY_STORE_DAMAGED;
}

static passkey_status fail_held(const char *home, int failure, passkey_error **out_error)
{
    if (failure == ETIMEDOUT) {
        pk_fail(out_error, PASSKEY_STORE_BUSY, "Another operation is binding the same link.");
        pk_error_set_hint(out_error, "Wait for it to end; then there is a passkey, or try again.");
        return PASSKEY_STORE_BUSY;
    }
    return pk_store_fail(PASSKEY_STORE_UNWRITABLE, home, "a pending bind cannot be kept", failure,
                         out_error);
}

static passkey_status hold(pk_pending *pending, int fd, passkey_error **out_error)
{
    int failure = pk_held_file_open_at(fd, pending->name, 0, NULL, &pending->held);

    if (!failure)
        failure = pk_held_file_read(pending->held, PK_PENDING_MAX, &pending->note);
    if (failure == EFBIG || failure == EINVAL || failure == ELOOP)
        return fail_foreign(pending->home, pending->name, out_error);
    return failure ? fail_held(pending->home, failure, out_error) : PASSKEY_OK;
}

passkey_status pk_pending_hold(const char *home, const char *name, pk_pending **out_pending,
                               passkey_error **out_error)
{
    pk_pending *pending = calloc(1, sizeof *pending);
    int fd = -1;
    passkey_status status;

    if (!pending)
        return pk_fail_memory(out_error);
    pending->held = -1;
    memcpy(pending->name, name, PK_PENDING_NAME_SIZE);
    pending->home = pk_text_copy(home);
    status = pending->home ? open_folder(home, true, &fd, out_error) : pk_fail_memory(out_error);
    if (!status)
        status = hold(pending, fd, out_error);
    pk_folder_close(fd);
    if (status)
        pk_pending_release(pending, false);
    else
        *out_pending = pending;
    return status;
}

const pk_buffer *pk_pending_note(const pk_pending *pending)
{
    return &pending->note;
}

passkey_status pk_pending_write(pk_pending *pending, const char *note, passkey_error **out_error)
{
    int fd = -1;
    passkey_status status = open_folder(pending->home, false, &fd, out_error);
    int failure;

    if (status)
        return status;
    failure = pk_held_file_write(pending->held, fd, note, strlen(note));
    pk_folder_close(fd);
    return failure ? fail_held(pending->home, failure, out_error) : PASSKEY_OK;
}

void pk_pending_release(pk_pending *pending, bool over)
{
    int fd = -1;

    if (!pending)
        return;
    if (over && pending->held >= 0 && open_folder(pending->home, false, &fd, NULL) == PASSKEY_OK)
        pk_held_file_remove_at(fd, pending->name);
    pk_folder_close(fd);
    pk_held_file_release(pending->held);
    pk_buffer_free(&pending->note);
    pk_text_free(pending->home);
    free(pending);
}

static bool add_name(const char *name, void *user)
{
    pk_pending_names *names = user;
    void *more;

    if (!is_name(name))
        return true;
    more = realloc(names->names, (names->count + 1) * sizeof *names->names);
    if (!more)
        return false;
    names->names = more;
    memcpy(names->names[names->count++], name, PK_PENDING_NAME_SIZE);
    return true;
}

static bool exists(const char *home)
{
    pk_store_folders folders = {-1, -1, -1};
    int fd = -1;
    bool found = pk_folder_open(home, false, &folders.home_fd) == 0 &&
                 pk_folder_open_at(folders.home_fd, FOLDER, false, &fd) == 0;

    pk_folder_close(fd);
    pk_folder_close(folders.home_fd);
    return found;
}

passkey_status pk_pending_list(const char *home, pk_pending_names *out_names,
                               passkey_error **out_error)
{
    pk_pending_names names = {0};
    int fd = -1, failure;
    passkey_status status;

    if (!exists(home)) {
        *out_names = names;
        return PASSKEY_OK;
    }
    status = open_folder(home, false, &fd, out_error);
    if (status)
        return status;
    failure = pk_folder_each(fd, "", add_name, &names);
    pk_folder_close(fd);
    if (failure) {
        pk_pending_names_free(&names);
        return pk_store_fail(PASSKEY_STORE_UNREADABLE, home, FOLDER, failure, out_error);
    }
    *out_names = names;
    return PASSKEY_OK;
}

void pk_pending_names_free(pk_pending_names *names)
{
    free(names->names);
    *names = (pk_pending_names){0};
}
