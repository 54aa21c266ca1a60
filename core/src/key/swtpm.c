/* SPDX-License-Identifier: Apache-2.0
 *
 * The library is a guest in a process with threads and children of its own:
 * the process is made by posix_spawn, gets one descriptor of ours and none of
 * the host's, a plain signal mask and a process group of its own (Ctrl-C in a
 * terminal must not stop a TPM in the middle of a write), and only its own pid
 * is ever waited for. */
#include "key/swtpm.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FOLDER "swtpm"
#define USER_LOCK ".user.lock"
#define STATE_FILE "tpm2-00.permall"
#define STATE_LOCK ".lock" /* swtpm's own */
#define PROGRAM "swtpm"
#define CHILD_FD 3 /* swtpm refuses 0, 1 and 2 */
#define END_TIMEOUT_MS 2000
#define STATE_LOCK_TIMEOUT_MS 5000

struct pk_swtpm {
    char *home;
    int folder;
    int lock;
    int fd;
    pid_t pid; /* 0 when there is no process */
};

/* -------------------------------------------------------------- the program */

static bool is_program(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && S_ISREG(info.st_mode) && access(path, X_OK) == 0;
}

/* The first swtpm in PATH. Only absolute folders count: what lies in the
 * current folder is nobody's TPM. */
static char *find_program(void)
{
    const char *path = secure_getenv("PATH");
    const char *part = path ? path : "/usr/local/bin:/usr/bin:/bin";

    while (*part) {
        size_t len = strcspn(part, ":");
        pk_buffer file = {0};

        if (*part == '/' && pk_buffer_append(&file, part, len) &&
            pk_buffer_append_text(&file, "/" PROGRAM) && is_program(file.data))
            return pk_buffer_take(&file);
        pk_buffer_free(&file);
        part += len + (part[len] == ':');
    }
    return NULL;
}

/* What a program needs to be found and linked. Not the host's environment: it
 * may hold secrets, and nothing in it concerns a TPM. */
static void choose_environment(char *storage[2], char *environment[3])
{
    static const char *const NAMES[] = {"PATH", "LD_LIBRARY_PATH"};
    size_t i, num = 0;

    for (i = 0; i < 2; i++) {
        const char *value = secure_getenv(NAMES[i]);
        pk_buffer entry = {0};

        storage[i] = NULL;
        if (value && pk_buffer_printf(&entry, "%s=%s", NAMES[i], value))
            storage[i] = environment[num++] = pk_buffer_take(&entry);
        pk_buffer_free(&entry);
    }
    environment[num] = NULL;
}

/* -------------------------------------------------------------- the process */

/* The folder is entered rather than named: its path may hold a comma, which
 * swtpm's options have no way to quote, and stays out of the process list. */
static int add_actions(posix_spawn_file_actions_t *actions, int folder, int fd)
{
    int failure = posix_spawn_file_actions_addfchdir_np(actions, folder);

    if (!failure)
        failure = posix_spawn_file_actions_adddup2(actions, fd, CHILD_FD);
    if (!failure)
        failure = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
    if (!failure)
        failure = posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY, 0);
    if (!failure)
        failure = posix_spawn_file_actions_addopen(actions, 2, "/dev/null", O_WRONLY, 0);
    return failure ? failure : posix_spawn_file_actions_addclosefrom_np(actions, CHILD_FD + 1);
}

static int set_attributes(posix_spawnattr_t *attributes)
{
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP;
    sigset_t none, all;
    int failure;

    sigemptyset(&none);
    sigfillset(&all);
    failure = posix_spawnattr_setsigmask(attributes, &none);
    if (!failure)
        failure = posix_spawnattr_setsigdefault(attributes, &all);
    return failure ? failure : posix_spawnattr_setflags(attributes, flags);
}

/* "chardev", though it is a socket: "socket" of swtpm 0.7 never ends, and
 * burns a processor, when its user dies while it works on a command. */
static int spawn(const char *program, int folder, int fd, pid_t *out_pid)
{
    static char *const ARGUMENTS[] = {(char *)PROGRAM,        (char *)"chardev",
                                      (char *)"--tpm2",       (char *)"--fd",
                                      (char *)"3",            (char *)"--tpmstate",
                                      (char *)"dir=.",        (char *)"--flags",
                                      (char *)"not-need-init,startup-clear", NULL};
    char *storage[2], *environment[3];
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int failure = posix_spawn_file_actions_init(&actions);

    if (failure)
        return failure;
    failure = posix_spawnattr_init(&attributes);
    if (!failure) {
        choose_environment(storage, environment);
        failure = add_actions(&actions, folder, fd);
        if (!failure)
            failure = set_attributes(&attributes);
        if (!failure)
            failure = posix_spawn(out_pid, program, &actions, &attributes, ARGUMENTS, environment);
        pk_text_free(storage[0]);
        pk_text_free(storage[1]);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return failure;
}

static int start_process(pk_swtpm *swtpm, const char *program)
{
    int fds[2];
    int failure;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
        return errno;
    failure = spawn(program, swtpm->folder, fds[1], &swtpm->pid);
    close(fds[1]);
    if (failure) {
        swtpm->pid = 0;
        close(fds[0]);
        return failure;
    }
    swtpm->fd = fds[0];
    return 0;
}

/* -------------------------------------------------------------- the folder */

static passkey_status fail_folder(passkey_error **out_error, const char *home, int failure)
{
    passkey_status status = failure == EPERM || failure == EACCES ? PASSKEY_STORE_UNSAFE
                                                                  : PASSKEY_STORE_UNWRITABLE;

    if (failure == ENOMEM)
        return pk_fail_memory(out_error);
    pk_fail(out_error, status, "The software TPM's folder %s/" FOLDER " cannot be used.", home);
    pk_error_set_cause(out_error, "%s", strerrordesc_np(failure));
    return status;
}

static passkey_status open_folder(pk_swtpm *swtpm, const char *home, passkey_error **out_error)
{
    int home_fd = -1;
    int failure = pk_folder_open(home, true, &home_fd);

    if (!failure)
        failure = pk_folder_open_at(home_fd, FOLDER, true, &swtpm->folder);
    pk_folder_close(home_fd);
    if (failure) {
        /* not entered or not made: here EACCES says nothing about others */
        bool denied = failure == EACCES || failure == EPERM;

        return fail_folder(out_error, home, denied ? EROFS : failure);
    }
    failure = pk_folder_check_private(swtpm->folder);
    if (!failure && pk_folder_check_writable(swtpm->folder) != 0)
        failure = EROFS;
    return failure ? fail_folder(out_error, home, failure) : PASSKEY_OK;
}

static passkey_status fail_busy(passkey_error **out_error, const char *home)
{
    pk_fail(out_error, PASSKEY_TPM_BUSY,
            "Another process has held the software TPM in %s/" FOLDER " for too long.", home);
    pk_error_set_hint(out_error, "Wait for the other process to end, then try again.");
    return PASSKEY_TPM_BUSY;
}

/* A host that was killed leaves a swtpm behind for a moment: until it notices
 * that its socket is closed, it holds its own lock and a new one would refuse
 * to start. 0, ETIMEDOUT or ECANCELED. */
static int wait_for_left_behind(int folder, const atomic_bool *canceled)
{
    int64_t deadline_ms = pk_clock_monotonic_ms() + STATE_LOCK_TIMEOUT_MS;
    struct timespec pause = {0, 1000000};

    while (pk_file_is_locked_at(folder, STATE_LOCK)) {
        if (pk_clock_monotonic_ms() >= deadline_ms)
            return ETIMEDOUT;
        if (canceled && atomic_load(canceled))
            return ECANCELED;
        nanosleep(&pause, NULL);
    }
    return 0;
}

static passkey_status lock_folder(pk_swtpm *swtpm, const char *home, const atomic_bool *canceled,
                                  passkey_error **out_error)
{
    int failure = pk_file_lock_at(swtpm->folder, USER_LOCK, PK_SWTPM_LOCK_TIMEOUT_MS, canceled,
                                  &swtpm->lock);

    if (!failure)
        failure = wait_for_left_behind(swtpm->folder, canceled);
    if (failure == ETIMEDOUT || failure == ECANCELED)
        return fail_busy(out_error, home);
    return failure ? fail_folder(out_error, home, EROFS) : PASSKEY_OK;
}

/* ------------------------------------------------------------------- public */

static passkey_status fail_program(passkey_error **out_error)
{
    pk_fail(out_error, PASSKEY_NO_TPM, "There is no software TPM: swtpm was not found in PATH.");
    pk_error_set_hint(out_error, "Install it: apt install swtpm (Debian, Ubuntu), "
                                 "dnf install swtpm (Fedora).");
    return PASSKEY_NO_TPM;
}

static passkey_status fail_spawn(passkey_error **out_error, const char *program, int failure)
{
    pk_fail(out_error, PASSKEY_NO_TPM, "The software TPM %s could not be started.", program);
    pk_error_set_hint(out_error, "Check the limits on processes, memory and open files.");
    pk_error_set_cause(out_error, "%s", strerrordesc_np(failure));
    return PASSKEY_NO_TPM;
}

passkey_status pk_swtpm_start(const char *home, const atomic_bool *canceled, pk_swtpm **out_swtpm,
                              passkey_error **out_error)
{
    pk_swtpm *swtpm = calloc(1, sizeof *swtpm);
    char *program = NULL;
    passkey_status status;
    int failure;

    if (!swtpm)
        return pk_fail_memory(out_error);
    swtpm->folder = swtpm->lock = swtpm->fd = -1;
    program = find_program();
    swtpm->home = pk_text_copy(home);
    status = !swtpm->home ? pk_fail_memory(out_error)
             : !program   ? fail_program(out_error)
                          : open_folder(swtpm, home, out_error);
    if (!status)
        status = lock_folder(swtpm, home, canceled, out_error);
    if (!status) {
        failure = start_process(swtpm, program);
        if (failure)
            status = fail_spawn(out_error, program, failure);
    }
    if (status)
        pk_swtpm_stop(swtpm);
    else
        *out_swtpm = swtpm;
    pk_text_free(program);
    return status;
}

int pk_swtpm_fd(const pk_swtpm *swtpm)
{
    return swtpm->fd;
}

static bool wait_for_hang_up(int fd)
{
    struct pollfd peer = {.fd = fd};
    int ready;

    do
        ready = poll(&peer, 1, END_TIMEOUT_MS); /* POLLHUP needs no asking */
    while (ready < 0 && errno == EINTR);
    return ready > 0;
}

/* The wait status; -1 when the host has seen to the process before us, for
 * instance because it ignores SIGCHLD. */
static int end_process(pk_swtpm *swtpm)
{
    int wait_status = -1;
    pid_t ended = 0;

    shutdown(swtpm->fd, SHUT_WR); /* swtpm ends by itself at the end of its input */
    if (!wait_for_hang_up(swtpm->fd)) {
        ended = waitpid(swtpm->pid, &wait_status, WNOHANG);
        if (ended == 0)
            kill(swtpm->pid, SIGKILL);
    }
    while (ended == 0 || (ended < 0 && errno == EINTR))
        ended = waitpid(swtpm->pid, &wait_status, 0);
    return ended == swtpm->pid ? wait_status : -1;
}

static int stop(pk_swtpm *swtpm)
{
    int wait_status = swtpm->pid ? end_process(swtpm) : -1;

    /* swtpm replaces its state file at each run and does not wait for the disk:
     * a power loss could leave an empty file and with it no passkey. */
    if (swtpm->pid)
        pk_file_sync_at(swtpm->folder, STATE_FILE);
    swtpm->pid = 0;
    if (swtpm->fd >= 0)
        close(swtpm->fd);
    swtpm->fd = -1;
    pk_file_unlock(swtpm->lock);
    swtpm->lock = -1;
    return wait_status;
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

static void set_cause(passkey_error **out_error, int wait_status)
{
    if (wait_status == -1)
        pk_error_set_cause(out_error, "swtpm ended, its exit status is not known");
    else if (WIFSIGNALED(wait_status))
        pk_error_set_cause(out_error, "swtpm was ended by signal %d", WTERMSIG(wait_status));
    else
        pk_error_set_cause(out_error, "swtpm exit status %d", WEXITSTATUS(wait_status));
}

passkey_status pk_swtpm_stop_silent(pk_swtpm *swtpm, passkey_error **out_error)
{
    int wait_status = stop(swtpm);
    bool has_state = faccessat(swtpm->folder, STATE_FILE, F_OK, 0) == 0;
    passkey_status status;

    if (wait_status != -1 && WIFSIGNALED(wait_status)) {
        status = pk_fail(out_error, PASSKEY_TPM_GONE, "The software TPM was stopped by someone.");
    } else if (has_state) {
        status = pk_fail(out_error, PASSKEY_TPM_STATE_CORRUPT,
                         "The software TPM cannot start from its state in %s/" FOLDER ".",
                         swtpm->home);
    } else {
        status = pk_fail(out_error, PASSKEY_NO_TPM,
                         "The software TPM ended before it answered; it could not make its "
                         "state in %s/" FOLDER ".",
                         swtpm->home);
        pk_error_set_hint(out_error, "Check that swtpm runs at all (swtpm --version), and that no "
                                     "security policy, such as AppArmor, keeps it from its "
                                     "folder.");
    }
    set_cause(out_error, wait_status);
    pk_swtpm_stop(swtpm);
    return status;
}
