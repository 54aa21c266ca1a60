/* SPDX-License-Identifier: Apache-2.0 */
#include "key/swtpm.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "key/swtpm_process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#define STATE_LOCK_TIMEOUT_MS 5000
#define STATE_ROOM 16384 /* a state has about 2 kB, and a new one is written beside it */
#define EXIT_NOT_LOADED 127 /* of the dynamic linker */

#define HINT_LIMITS "Check the limits of this process on memory, processes and open files (ulimit -a)."

struct pk_swtpm {
    char *home;
    int folder;
    int lock;
    pk_swtpm_process process;
};

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

static passkey_status check_folder(int folder, const char *home, passkey_error **out_error)
{
    int failure = pk_folder_check_private(folder);

    if (failure == EPERM)
        return fail_unsafe(out_error, home, "belongs to another user");
    if (failure == EACCES)
        return fail_unsafe(out_error, home, "can be entered by group or others");
    if (failure)
        return fail_errno(out_error, PASSKEY_STORE_UNREADABLE, home, "cannot be examined", failure);
    failure = pk_folder_check_writable(folder);
    return failure ? fail_errno(out_error, PASSKEY_STORE_UNWRITABLE, home, "cannot be written",
                                failure)
                   : PASSKEY_OK;
}

static passkey_status open_folder(pk_swtpm *swtpm, passkey_error **out_error)
{
    int home_fd = -1;
    int failure = pk_folder_open(swtpm->home, true, &home_fd);

    if (failure)
        return fail_errno(out_error, PASSKEY_STORE_UNWRITABLE, swtpm->home, "cannot be opened",
                          failure);
    failure = pk_folder_open_at(home_fd, PK_SWTPM_FOLDER, true, &swtpm->folder);
    pk_folder_close(home_fd);
    if (failure == ENOTDIR || failure == ELOOP)
        return fail_no_folder(out_error, swtpm->home);
    if (failure)
        return fail_errno(out_error, PASSKEY_STORE_UNWRITABLE, swtpm->home, "cannot be opened",
                          failure);
    return check_folder(swtpm->folder, swtpm->home, out_error);
}

/* A host that was killed leaves a swtpm behind for a moment: until it notices
 * that its socket is closed, it holds its own lock and a new one would refuse
 * to start. 0, ETIMEDOUT or ECANCELED. */
static int wait_for_left_behind(int folder, const atomic_bool *canceled)
{
    int64_t deadline_ms = pk_clock_monotonic_ms() + STATE_LOCK_TIMEOUT_MS;
    struct timespec pause = {0, 1000000};

    while (pk_file_is_locked_at(folder, PK_SWTPM_STATE_LOCK)) {
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
static passkey_status secure_file(const pk_swtpm *swtpm, const char *name, bool create,
                                  passkey_error **out_error)
{
    int failure = pk_file_secure_at(swtpm->folder, name, create);

    return failure && (create || failure != ENOENT)
               ? fail_file(out_error, swtpm->home, name, failure)
               : PASSKEY_OK;
}

static passkey_status take_folder(pk_swtpm *swtpm, const atomic_bool *canceled,
                                  passkey_error **out_error)
{
    passkey_status status;
    int failure = pk_file_lock_at(swtpm->folder, PK_SWTPM_USER_LOCK, PK_SWTPM_LOCK_TIMEOUT_MS,
                                  canceled, &swtpm->lock);

    if (failure)
        return fail_lock(out_error, swtpm->home, failure);
    status = secure_file(swtpm, PK_SWTPM_STATE_LOCK, true, out_error);
    failure = status ? 0 : wait_for_left_behind(swtpm->folder, canceled);
    if (failure)
        status = fail_lock(out_error, swtpm->home, failure);
    if (!status)
        status = secure_file(swtpm, PK_SWTPM_STATE, false, out_error);
    return status ? status : secure_file(swtpm, PK_SWTPM_NEW_STATE, false, out_error);
}

/* ------------------------------------------------------------------ the start */

static passkey_status fail_program(passkey_error **out_error, int failure)
{
    if (failure == ENOMEM)
        return pk_fail_memory(out_error);
    pk_fail(out_error, PASSKEY_NO_TPM, "There is no software TPM: swtpm was not found in PATH.");
    pk_error_set_hint(out_error, "Install it: apt install swtpm (Debian, Ubuntu), "
                                 "dnf install swtpm (Fedora).");
    return PASSKEY_NO_TPM;
}

static passkey_status start_process(pk_swtpm *swtpm, const char *program, passkey_error **out_error)
{
    int failure = pk_swtpm_process_start(program, swtpm->folder, &swtpm->process);

    if (!failure)
        return PASSKEY_OK;
    if (failure == ENOMEM)
        return pk_fail_memory(out_error);
    pk_fail(out_error, PASSKEY_NO_TPM, "The software TPM %s could not be started: %s.", program,
            strerrordesc_np(failure));
    pk_error_set_hint(out_error, HINT_LIMITS);
    pk_error_set_cause(out_error, "errno %d", failure);
    return PASSKEY_NO_TPM;
}

static passkey_status take_and_start(pk_swtpm *swtpm, const atomic_bool *canceled,
                                     passkey_error **out_error)
{
    char *program = NULL;
    int failure = pk_swtpm_program_find(&program);
    passkey_status status = failure ? fail_program(out_error, failure)
                                    : open_folder(swtpm, out_error);

    if (!status)
        status = take_folder(swtpm, canceled, out_error);
    if (!status)
        status = start_process(swtpm, program, out_error);
    pk_text_free(program);
    return status;
}

passkey_status pk_swtpm_start(const char *home, const atomic_bool *canceled, pk_swtpm **out_swtpm,
                              passkey_error **out_error)
{
    pk_swtpm *swtpm = calloc(1, sizeof *swtpm);
    passkey_status status;

    if (!swtpm)
        return pk_fail_memory(out_error);
    swtpm->folder = swtpm->lock = -1;
    swtpm->process = (pk_swtpm_process)PK_SWTPM_NO_PROCESS;
    swtpm->home = pk_text_copy(home);
    status = swtpm->home ? take_and_start(swtpm, canceled, out_error) : pk_fail_memory(out_error);
    if (status)
        pk_swtpm_stop(swtpm);
    else
        *out_swtpm = swtpm;
    return status;
}

int pk_swtpm_fd(const pk_swtpm *swtpm)
{
    return swtpm->process.fd;
}

/* -------------------------------------------------------------------- the end */

static pk_swtpm_end stop(pk_swtpm *swtpm)
{
    bool was_running = swtpm->process.pid != 0;
    pk_swtpm_end end = pk_swtpm_process_end(&swtpm->process);

    /* swtpm replaces its state file at each run and does not wait for the disk:
     * a power loss could leave an empty file and with it no passkey. */
    if (was_running)
        pk_file_sync_at(swtpm->folder, PK_SWTPM_STATE);
    pk_file_unlock(swtpm->lock);
    swtpm->lock = -1;
    return end;
}

void pk_swtpm_stop(pk_swtpm *swtpm)
{
    if (!swtpm)
        return;
    stop(swtpm);
    pk_folder_close(swtpm->folder);
    pk_text_free(swtpm->home);
    free(swtpm);
}

passkey_status pk_swtpm_check_room(const pk_swtpm *swtpm, passkey_error **out_error)
{
    char temporary[PK_TEMPORARY_SIZE];
    int failure = pk_file_reserve_at(swtpm->folder, STATE_ROOM, temporary);

    if (failure)
        return fail_errno(out_error, PASSKEY_STORE_UNWRITABLE, swtpm->home,
                          "has no room for its state", failure);
    pk_file_remove_at(swtpm->folder, temporary);
    return PASSKEY_OK;
}

static passkey_status fail_killed(passkey_error **out_error)
{
    pk_fail(out_error, PASSKEY_TPM_GONE, "The software TPM did not answer in time.");
    pk_error_set_hint(out_error,
                      "Check that swtpm runs at all (swtpm --version), then try again.");
    pk_error_set_cause(out_error, "swtpm ran, but did not answer, and was ended by us");
    return PASSKEY_TPM_GONE;
}

static passkey_status fail_signaled(passkey_error **out_error, int number)
{
    const char *name = sigabbrev_np(number);

    pk_fail(out_error, PASSKEY_TPM_GONE, "The software TPM was ended by the signal %s%s.",
            name ? "SIG" : "", name ? name : "unknown");
    pk_error_set_hint(out_error, "Try again; if it happens again, see the system's log, and check "
                                 "the free memory and the limits of this process (ulimit -a).");
    pk_error_set_cause(out_error, "swtpm was ended by signal %d", number);
    return PASSKEY_TPM_GONE;
}

static passkey_status fail_not_loaded(passkey_error **out_error)
{
    pk_fail(out_error, PASSKEY_NO_TPM, "The software TPM could not be started.");
    pk_error_set_hint(out_error, "Check that swtpm runs at all (swtpm --version). " HINT_LIMITS);
    pk_error_set_cause(out_error, "swtpm exit status %d", EXIT_NOT_LOADED);
    return PASSKEY_NO_TPM;
}

/* It ended by itself, which says nothing more: without a state it could not
 * make one, with one it could not read it. */
static passkey_status fail_ended(const pk_swtpm *swtpm, int wait_status, passkey_error **out_error)
{
    bool has_state = pk_file_secure_at(swtpm->folder, PK_SWTPM_STATE, false) != ENOENT;
    passkey_status status = PASSKEY_TPM_STATE_CORRUPT;

    if (has_state) {
        pk_fail(out_error, status,
                "The software TPM cannot start from its state in %s/" PK_SWTPM_FOLDER ".",
                swtpm->home);
    } else {
        status = pk_fail(out_error, PASSKEY_NO_TPM,
                         "The software TPM ended before it answered; it could not make its "
                         "state in %s/" PK_SWTPM_FOLDER ".",
                         swtpm->home);
        pk_error_set_hint(out_error, "Check that swtpm runs at all (swtpm --version), and that no "
                                     "security policy, such as AppArmor, keeps it from its "
                                     "folder.");
    }
    if (wait_status == -1)
        pk_error_set_cause(out_error, "swtpm ended, its exit status is not known");
    else
        pk_error_set_cause(out_error, "swtpm exit status %d", WEXITSTATUS(wait_status));
    return status;
}

passkey_status pk_swtpm_stop_silent(pk_swtpm *swtpm, passkey_error **out_error)
{
    pk_swtpm_end end = stop(swtpm);
    bool known = end.wait_status != -1;
    passkey_status status = PASSKEY_OK;

    if (end.killed)
        status = fail_killed(out_error);
    else if (known && WIFSIGNALED(end.wait_status))
        status = fail_signaled(out_error, WTERMSIG(end.wait_status));
    else if (known && WEXITSTATUS(end.wait_status) == EXIT_NOT_LOADED)
        status = fail_not_loaded(out_error);
    if (!status)
        status = pk_swtpm_check_room(swtpm, out_error);
    if (!status)
        status = fail_ended(swtpm, end.wait_status, out_error);
    pk_swtpm_stop(swtpm);
    return status;
}
