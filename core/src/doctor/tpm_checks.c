/* SPDX-License-Identifier: Apache-2.0
 * Whether there is a TPM that bind can use. The way to it first, then what it
 * says of itself. */
#include "base/error.h"
#include "base/file_facts.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/user.h"
#include "doctor/doctor.h"
#include "doctor/tpm_facts.h"
#include "key/examine.h"
#include "key/route.h"
#include "key/swtpm_look.h"
#include "key/swtpm_process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OLDEST_SWTPM "0.7" /* that was tried */

/* ----------------------------------------------------------------- the device */

/* The device that the option names; NULL when it names none. */
static const char *device_of(const char *option)
{
    if (!strcmp(option, "hardware") || !strcmp(option, "auto"))
        return PK_TPM_DEVICE;
    return strncmp(option, "device:", 7) ? NULL : option + 7;
}

static bool is_there(const char *path)
{
    pk_file_facts facts;

    return pk_file_look(path, &facts) == 0;
}

/* auto with a device is hardware. */
static bool uses_swtpm(const pk_doctor *this)
{
    return !strcmp(this->tpm, "swtpm") || (!strcmp(this->tpm, "auto") && !is_there(PK_TPM_DEVICE));
}

/* The node without the resource manager is what containers are often given. */
static void find_no_device(pk_doctor *this, const char *path)
{
    pk_problem(this->found, PK_CHECK_TPM_DEVICE, "There is no TPM: %s does not exist.", path);
    if (!strcmp(path, PK_TPM_DEVICE) && is_there("/dev/tpm0"))
        pk_remedy(this->found, "There is /dev/tpm0, but not the kernel's resource manager for it: "
                               "in a container, start it with --device %s; else use a kernel with "
                               "CONFIG_TCG_TPM2 (Linux 4.12 or newer).", path);
    else
        pk_remedy(this->found, "Enable the TPM in the firmware; in a container, start it with "
                               "--device %s; for development, set the option tpm to swtpm.",
                  pk_word(path).x);
}

static void check_device(pk_doctor *this)
{
    const char *path = device_of(this->tpm);
    char owner[PK_USER_NAME_SIZE], group[PK_USER_NAME_SIZE];
    pk_file_facts facts;
    int failure;

    if (!path || uses_swtpm(this))
        return;
    failure = pk_file_look(path, &facts);
    if (failure == ENOENT || failure == ENOTDIR) {
        find_no_device(this, path);
    } else if (failure) {
        pk_problem(this->found, PK_CHECK_TPM_DEVICE, "%s cannot be looked at: %s.", path,
                   strerrordesc_np(failure));
        pk_remedy(this->found, "Check the permissions of the folders it is in.");
    } else {
        pk_user_name(facts.owner, owner);
        pk_group_name(facts.group, group);
        pk_ok(this->found, PK_CHECK_TPM_DEVICE, "%s is there (mode %04o, owner %s, group %s).",
              path, (unsigned)facts.mode, owner, group);
    }
}

/* ------------------------------------------------------------ the software TPM */

static bool is_older(const char *version, const char *than)
{
    long a = strtol(version, NULL, 10), b = strtol(than, NULL, 10);
    const char *a_dot = strchr(version, '.'), *b_dot = strchr(than, '.');

    if (a != b)
        return a < b;
    return a_dot && b_dot && strtol(a_dot + 1, NULL, 10) < strtol(b_dot + 1, NULL, 10);
}

static void judge_swtpm(pk_doctor *this, const char *program)
{
    char version[PK_SWTPM_VERSION_SIZE];
    int failure = pk_swtpm_program_version(program, version);

    if (failure == ENOMEM) {
        pk_examination_no_memory(this->found);
    } else if (failure && uses_swtpm(this)) {
        pk_problem(this->found, PK_CHECK_SWTPM, "%s does not run: it does not tell its version.",
                   program);
        pk_remedy(this->found, "Run: %s --version, and see what it says; then reinstall it.",
                  pk_word(program).x);
    } else if (failure) {
        pk_ok(this->found, PK_CHECK_SWTPM, "%s does not run; it is not needed here.", program);
    } else if (uses_swtpm(this) && is_older(version, OLDEST_SWTPM)) {
        pk_warn(this->found, PK_CHECK_SWTPM, "%s is version %s; libpasskey was not tried with "
                "versions before " OLDEST_SWTPM ".", program, version);
        pk_remedy(this->found, "Update swtpm.");
    } else {
        pk_ok(this->found, PK_CHECK_SWTPM, "%s is version %s%s.", program, version,
              uses_swtpm(this) ? "" : "; it is not needed here");
    }
}

static void check_swtpm(pk_doctor *this)
{
    char *program = NULL;
    int failure = pk_swtpm_program_find(&program);

    if (!failure) {
        judge_swtpm(this, program);
    } else if (failure == ENOMEM) {
        pk_examination_no_memory(this->found);
    } else if (uses_swtpm(this)) {
        pk_problem(this->found, PK_CHECK_SWTPM, "swtpm was not found in PATH.");
        pk_remedy(this->found, "Run: sudo apt install swtpm (Debian, Ubuntu) or sudo dnf install "
                               "swtpm (Fedora).");
    } else {
        pk_ok(this->found, PK_CHECK_SWTPM, "swtpm is not installed; it is not needed here.");
    }
    pk_text_free(program);
}

/* Whether the private software TPM may be started: it would wait for others,
 * and it would make a state where there is none. */
static bool check_swtpm_folder(pk_doctor *this)
{
    pk_swtpm_looks looks;
    int failure = this->home ? pk_swtpm_look(this->home, PK_DOCTOR_LOCK_MS, this->canceled, &looks)
                             : ENOENT;

    if (failure && this->home) {
        pk_problem(this->found, PK_CHECK_SWTPM_FOLDER, "The software TPM's folder %s/"
                   PK_SWTPM_FOLDER " cannot be opened: %s.", this->home, strerrordesc_np(failure));
        pk_remedy(this->found, "It must be a folder of mode 0700 that belongs to this user.");
    } else if (!failure && looks.is_kept) {
        pk_problem(this->found, PK_CHECK_SWTPM_LOCK, "Another process keeps the software TPM in %s/"
                   PK_SWTPM_FOLDER ".", this->home);
        pk_remedy(this->found, "See which: fuser -v %s/" PK_SWTPM_FOLDER "/.user.lock %s/"
                  PK_SWTPM_FOLDER "/.lock; end it if it hangs.", pk_word(this->home).x,
                  pk_word(this->home).x);
    } else if (!failure && !looks.has_state) {
        pk_ok(this->found, PK_CHECK_SWTPM_STATE, "The software TPM has not been used yet; the "
              "first bind makes it.");
    }
    return !failure && !looks.is_kept && looks.has_state;
}

/* ------------------------------------------------------------------- the TPM */

static pk_check check_of(const pk_doctor *this, passkey_status status)
{
    switch (status) {
    case PASSKEY_TPM_PERMISSION: return PK_CHECK_TPM_PERMISSION;
    case PASSKEY_TPM_STATE_CORRUPT: return PK_CHECK_SWTPM_STATE;
    case PASSKEY_STORE_UNSAFE:
    case PASSKEY_STORE_UNREADABLE:
    case PASSKEY_STORE_UNWRITABLE: return PK_CHECK_SWTPM_FOLDER;
    case PASSKEY_TPM_BUSY: return uses_swtpm(this) ? PK_CHECK_SWTPM_LOCK : PK_CHECK_TPM;
    default: return PK_CHECK_TPM;
    }
}

/* Is the group there, and only the session from before? */
static bool needs_new_session(const char *path)
{
    pk_file_facts facts;

    return path && pk_file_look(path, &facts) == 0 && (facts.mode & 0060) == 0060 &&
           geteuid() != 0 && pk_user_is_member(geteuid(), facts.group);
}

static void find_not_opened(pk_doctor *this, passkey_error *error)
{
    pk_check check = check_of(this, passkey_error_status(error));
    bool new_session = check == PK_CHECK_TPM_PERMISSION && needs_new_session(device_of(this->tpm));

    pk_problem_of_error(this->found, check, error);
    if (new_session)
        pk_remedy(this->found, "This user is in the device's group, but this session began "
                               "before: log in again.");
}

static void examine(pk_doctor *this, pk_tpm *tpm)
{
    passkey_error *error = NULL;
    pk_tpm_facts facts;

    if (pk_tpm_examine(tpm, &facts, &error)) {
        pk_problem_of_error(this->found, PK_CHECK_TPM, error);
        return;
    }
    this->num_srk_names = facts.num_srk_names;
    this->has_all_srk_names = facts.has_all_srk_names;
    memcpy(this->srk_names, facts.srk_names, sizeof this->srk_names);
    pk_doctor_tpm_facts(this, &facts);
}

/* Of a device that is not there enough was said. */
static bool may_open(pk_doctor *this)
{
    const char *path = device_of(this->tpm);
    char *program = NULL;
    bool has_program;

    if (!uses_swtpm(this))
        return !path || is_there(path);
    has_program = pk_swtpm_program_find(&program) == 0;
    pk_text_free(program);
    return check_swtpm_folder(this) && has_program;
}

void pk_doctor_tpm(pk_doctor *this)
{
    passkey_error *error = NULL;
    pk_tpm *tpm = NULL;

    check_device(this);
    check_swtpm(this);
    if (!may_open(this))
        return;
    if (pk_tpm_open(this->tpm, this->home, this->canceled, &tpm, &error))
        find_not_opened(this, error);
    else
        examine(this, tpm);
    pk_tpm_close(tpm);
}
