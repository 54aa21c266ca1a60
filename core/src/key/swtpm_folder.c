/* SPDX-License-Identifier: Apache-2.0 */
#include "key/swtpm_folder.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "key/swtpm.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define STATE_LOCK_TIMEOUT_MS 5000
#define STATE_ROOM 16384 /* a state has about 2 kB, and a new one is written beside it */

/* --------------------------------------------------------------- the failures */

static passkey_status fail_canceled(passkey_error **out_error)
{
    return pk_fail(out_error, PASSKEY_CANCELED, "The operation was canceled.");
}

/* what completes "The software TPM's folder …". */
static passkey_status fail_errno(passkey_error **out_error, passkey_status status, const char *home,
                                 const char *what, int failure)
{
    const char *reason = strerrordesc_np(failure);

    if (failure == ENOMEM)
        return pk_fail_memory(out_error);
    pk_fail(out_error, status, "The software TPM's folder %s/" PK_SWTPM_FOLDER " %s: %s.", home,
            what, reason);
    if (failure == EMFILE || failure == ENFILE)
        pk_error_set_hint(out_error, "Close files, or raise the limit on open files (ulimit -n).");
    pk_error_set_cause(out_error, "errno %d", failure);
    return status;
}

static passkey_status fail_unsafe(passkey_error **out_error, const char *home, const char *what)
{
    return pk_fail(out_error, PASSKEY_STORE_UNSAFE,
                   "The software TPM's folder %s/" PK_SWTPM_FOLDER " %s.", home, what);
}

static passkey_status fail_no_folder(passkey_error **out_error, const char *home)
{
    fail_unsafe(out_error, home, "is a symbolic link, or no folder at all");
    pk_error_set_hint(out_error, "Put the folder itself in its place, or remove what is there.");
    return PASSKEY_STORE_UNSAFE;
}

static passkey_status fail_busy(passkey_error **out_error, const char *home)
{
    pk_fail(out_error, PASSKEY_TPM_BUSY,
            "Another process has held the software TPM in %s/" PK_SWTPM_FOLDER " for too long.",
            home);
    pk_error_set_hint(out_error, "Wait for the other process to end, then try again.");
    return PASSKEY_TPM_BUSY;
}

static passkey_status fail_file(passkey_error **out_error, const char *home, const char *name,
                                int failure)
{
    if (failure != EINVAL && failure != ELOOP)
        return fail_errno(out_error, PASSKEY_STORE_UNWRITABLE, home, "cannot be used", failure);
    pk_fail(out_error, PASSKEY_TPM_STATE_CORRUPT,
            "The software TPM's file %s/" PK_SWTPM_FOLDER "/%s is not a regular file.", home, name);
    if (strcmp(name, PK_SWTPM_STATE) != 0)
        pk_error_set_hint(out_error, "Remove it: it is no part of the TPM's state.");
    return PASSKEY_TPM_STATE_CORRUPT;
}

/* -------------------------------------------------------------- the folder */

static passkey_status check_folder(int fd, const char *home, passkey_error **out_error)
{
    int failure = pk_folder_check_private(fd);

    if (failure == EPERM)
        return fail_unsafe(out_error, home, "belongs to another user");
    if (failure == EACCES)
        return fail_unsafe(out_error, home, "can be entered by group or others");
    if (failure)
        return fail_errno(out_error, PASSKEY_STORE_UNREADABLE, home, "cannot be examined", failure);
    failure = pk_folder_check_writable(fd);
    return failure ? fail_errno(out_error, PASSKEY_STORE_UNWRITABLE, home, "cannot be written",
                                failure)
                   : PASSKEY_OK;
}

static passkey_status open_folder(pk_swtpm_folder *folder, passkey_error **out_error)
{
    int home_fd = -1;
    int failure = pk_folder_open(folder->home, true, &home_fd);

    if (failure)
        return fail_errno(out_error, PASSKEY_STORE_UNWRITABLE, folder->home, "cannot be opened",
                          failure);
    failure = pk_folder_open_at(home_fd, PK_SWTPM_FOLDER, true, &folder->fd);
    pk_folder_close(home_fd);
    if (failure == ENOTDIR || failure == ELOOP)
        return fail_no_folder(out_error, folder->home);
    if (failure)
        return fail_errno(out_error, PASSKEY_STORE_UNWRITABLE, folder->home, "cannot be opened",
                          failure);
    return check_folder(folder->fd, folder->home, out_error);
}

/* A host that was killed leaves a swtpm behind for a moment: until it notices
 * that its socket is closed, it holds its own lock and a new one would refuse
 * to start. 0, ETIMEDOUT or ECANCELED. */
static int wait_for_left_behind(int fd, const atomic_bool *canceled)
{
    int64_t deadline_ms = pk_clock_monotonic_ms() + STATE_LOCK_TIMEOUT_MS;
    struct timespec pause = {0, 1000000};

    while (pk_file_is_locked_at(fd, PK_SWTPM_STATE_LOCK)) {
        if (canceled && atomic_load(canceled))
            return ECANCELED;
        if (pk_clock_monotonic_ms() >= deadline_ms)
            return ETIMEDOUT;
        nanosleep(&pause, NULL);
    }
    return 0;
}

static passkey_status fail_lock(passkey_error **out_error, const char *home, int failure)
{
    if (failure == ETIMEDOUT)
        return fail_busy(out_error, home);
    return failure == ECANCELED ? fail_canceled(out_error)
                                : fail_file(out_error, home, PK_SWTPM_USER_LOCK, failure);
}

/* swtpm opens its files by name and would wait for ever at a FIFO; and it must
 * not stumble over a mode that an earlier umask has left. */
static passkey_status secure_file(const pk_swtpm_folder *folder, const char *name, bool create,
                                  passkey_error **out_error)
{
    int failure = pk_file_secure_at(folder->fd, name, create);

    return failure && (create || failure != ENOENT)
               ? fail_file(out_error, folder->home, name, failure)
               : PASSKEY_OK;
}

static passkey_status lock_folder(pk_swtpm_folder *folder, const atomic_bool *canceled,
                                  passkey_error **out_error)
{
    passkey_status status;
    int failure = pk_file_lock_at(folder->fd, PK_SWTPM_USER_LOCK, PK_SWTPM_LOCK_TIMEOUT_MS,
                                  canceled, &folder->lock);

    if (failure)
        return fail_lock(out_error, folder->home, failure);
    status = secure_file(folder, PK_SWTPM_STATE_LOCK, true, out_error);
    failure = status ? 0 : wait_for_left_behind(folder->fd, canceled);
    if (failure)
        status = fail_lock(out_error, folder->home, failure);
    if (!status)
        status = secure_file(folder, PK_SWTPM_STATE, false, out_error);
    return status ? status : secure_file(folder, PK_SWTPM_NEW_STATE, false, out_error);
}

passkey_status pk_swtpm_folder_take(pk_swtpm_folder *folder, const atomic_bool *canceled,
                                    passkey_error **out_error)
{
    passkey_status status = open_folder(folder, out_error);

    return status ? status : lock_folder(folder, canceled, out_error);
}

passkey_status pk_swtpm_folder_check_room(const pk_swtpm_folder *folder, passkey_error **out_error)
{
    char temporary[PK_TEMPORARY_SIZE];
    int failure = pk_file_reserve_at(folder->fd, STATE_ROOM, temporary);

    if (failure)
        return fail_errno(out_error, PASSKEY_STORE_UNWRITABLE, folder->home,
                          "has no room for its state", failure);
    pk_file_remove_at(folder->fd, temporary);
    return PASSKEY_OK;
}

void pk_swtpm_folder_unlock(pk_swtpm_folder *folder)
{
    pk_file_unlock(folder->lock);
    folder->lock = -1;
}

void pk_swtpm_folder_close(pk_swtpm_folder *folder)
{
    pk_swtpm_folder_unlock(folder);
    pk_folder_close(folder->fd);
    pk_text_free(folder->home);
    *folder = (pk_swtpm_folder)PK_SWTPM_NO_FOLDER;
}
