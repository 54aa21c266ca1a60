/* SPDX-License-Identifier: Apache-2.0 */
#include "key/swtpm.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "key/swtpm_folder.h"
#include "key/swtpm_process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define EXIT_NOT_LOADED 127 /* of the dynamic linker */

#define HINT_LIMITS "Check the limits of this process on memory, processes and open files (ulimit -a)."

struct pk_swtpm {
    pk_swtpm_folder folder;
    pk_swtpm_process process;
};

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
    int failure = pk_swtpm_process_start(program, swtpm->folder.fd, &swtpm->process);

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
                                    : pk_swtpm_folder_take(&swtpm->folder, canceled, out_error);

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
    swtpm->folder = (pk_swtpm_folder)PK_SWTPM_NO_FOLDER;
    swtpm->process = (pk_swtpm_process)PK_SWTPM_NO_PROCESS;
    swtpm->folder.home = pk_text_copy(home);
    status = swtpm->folder.home ? take_and_start(swtpm, canceled, out_error)
                                : pk_fail_memory(out_error);
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
        pk_file_sync_at(swtpm->folder.fd, PK_SWTPM_STATE);
    pk_swtpm_folder_unlock(&swtpm->folder);
    return end;
}

void pk_swtpm_stop(pk_swtpm *swtpm)
{
    if (!swtpm)
        return;
    stop(swtpm);
    pk_swtpm_folder_close(&swtpm->folder);
    free(swtpm);
}

passkey_status pk_swtpm_check_room(const pk_swtpm *swtpm, passkey_error **out_error)
{
    return pk_swtpm_folder_check_room(&swtpm->folder, out_error);
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
    bool has_state = pk_file_secure_at(swtpm->folder.fd, PK_SWTPM_STATE, false) != ENOENT;
    passkey_status status = PASSKEY_TPM_STATE_CORRUPT;

    if (has_state) {
        pk_fail(out_error, status,
                "The software TPM cannot start from its state in %s/" PK_SWTPM_FOLDER ".",
                swtpm->folder.home);
    } else {
        status = pk_fail(out_error, PASSKEY_NO_TPM,
                         "The software TPM ended before it answered; it could not make its "
                         "state in %s/" PK_SWTPM_FOLDER ".",
                         swtpm->folder.home);
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
