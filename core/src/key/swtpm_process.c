/* SPDX-License-Identifier: Apache-2.0
 *
 * The library is a guest in a process with threads and children of its own:
 * the process is made by posix_spawn, gets one descriptor of ours and none of
 * the host's, a plain signal mask and a process group of its own (Ctrl-C in a
 * terminal must not stop a TPM in the middle of a write), and only its own pid
 * is ever waited for. */
#include "key/swtpm_process.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILD_FD 3 /* swtpm refuses 0, 1 and 2 */
#define END_TIMEOUT_MS 2000
#define STACK_SIZE ((size_t)256 * 1024)
#define NUM_VARIABLES 2

/* -------------------------------------------------------------- the program */

static bool is_program(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && S_ISREG(info.st_mode) && access(path, X_OK) == 0;
}

static int look_in(const char *folder, size_t folder_len, char **out_program)
{
    pk_buffer file = {0};
    int failure = ENOENT;

    if (!pk_buffer_append(&file, folder, folder_len) ||
        !pk_buffer_append_text(&file, "/" PK_SWTPM_PROGRAM))
        failure = ENOMEM;
    else if (is_program(file.data))
        failure = (*out_program = pk_buffer_take(&file)) ? 0 : ENOMEM;
    pk_buffer_free(&file);
    return failure;
}

/* Only absolute folders count: what lies in the current folder is nobody's TPM. */
int pk_swtpm_program_find(char **out_program)
{
    const char *path = secure_getenv("PATH");
    const char *part = path ? path : "/usr/local/bin:/usr/bin:/bin";
    int failure = ENOENT;

    while (*part && failure == ENOENT) {
        size_t len = strcspn(part, ":");

        if (*part == '/')
            failure = look_in(part, len, out_program);
        part += len + (part[len] == ':');
    }
    return failure;
}

/* ---------------------------------------------------------------- the start */

typedef struct spawning {
    const char *program;
    char *const *arguments;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    char *environment[NUM_VARIABLES + 1];
    pid_t pid;
    int failure;
} spawning;

/* What a program needs to be found and linked. Not the host's environment: it
 * may hold secrets, and nothing in it concerns a TPM. */
static int choose_environment(spawning *this)
{
    static const char *const NAMES[NUM_VARIABLES] = {"PATH", "LD_LIBRARY_PATH"};
    size_t i, num = 0;

    for (i = 0; i < NUM_VARIABLES; i++) {
        const char *value = secure_getenv(NAMES[i]);
        pk_buffer entry = {0};

        if (!value)
            continue;
        if (!pk_buffer_printf(&entry, "%s=%s", NAMES[i], value)) {
            pk_buffer_free(&entry);
            return ENOMEM;
        }
        this->environment[num++] = pk_buffer_take(&entry);
    }
    return 0;
}

/* The folder is entered rather than named: its path may hold a comma, which
 * swtpm's options have no way to quote, and stays out of the process list.
 * Without a folder, fd is there to read what the program says. */
static int add_actions(posix_spawn_file_actions_t *actions, int folder, int fd)
{
    bool says = folder < 0;
    int failure = says ? 0 : posix_spawn_file_actions_addfchdir_np(actions, folder);

    if (!failure)
        failure = posix_spawn_file_actions_adddup2(actions, fd, says ? 1 : CHILD_FD);
    if (!failure)
        failure = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
    if (!failure && !says)
        failure = posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY, 0);
    if (!failure)
        failure = posix_spawn_file_actions_addopen(actions, 2, "/dev/null", O_WRONLY, 0);
    return failure ? failure
                   : posix_spawn_file_actions_addclosefrom_np(actions, CHILD_FD + (says ? 0 : 1));
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
static char *const TO_SERVE[] = {
    (char *)PK_SWTPM_PROGRAM,    (char *)"chardev",
    (char *)"--tpm2",            (char *)"--fd",
    (char *)"3",                 (char *)"--tpmstate",
    (char *)"dir=.,mode=0600",   (char *)"--flags",
    (char *)"not-need-init,startup-clear", NULL};

static char *const TO_SAY_VERSION[] = {(char *)PK_SWTPM_PROGRAM, (char *)"--version", NULL};

static void spawn_from_this_thread(spawning *this)
{
    this->failure = posix_spawn(&this->pid, this->program, &this->actions, &this->attributes,
                                this->arguments, this->environment);
}

/* swtpm makes its files under the umask it inherits, and one that keeps even
 * the owner out would make it fail. Where the system lets a thread have a
 * umask of its own, this one takes a harmless one first: the host's stays. */
static void *spawn_under_own_umask(void *this)
{
    if (unshare(CLONE_FS) == 0)
        umask(077);
    spawn_from_this_thread(this);
    return NULL;
}

static int start_thread(spawning *this, pthread_t *out_thread)
{
    pthread_attr_t attributes;
    int failure = pthread_attr_init(&attributes);

    if (failure)
        return failure;
    failure = pthread_attr_setstacksize(&attributes, STACK_SIZE);
    if (!failure)
        failure = pthread_create(out_thread, &attributes, spawn_under_own_umask, this);
    pthread_attr_destroy(&attributes);
    return failure;
}

/* Without a thread to spare, under the umask that there is. */
static int spawn_on_thread(spawning *this)
{
    pthread_t thread;

    if (start_thread(this, &thread) == 0)
        pthread_join(thread, NULL);
    else
        spawn_from_this_thread(this);
    return this->failure;
}

static int prepare_and_spawn(spawning *this, int folder, int fd)
{
    int failure = choose_environment(this);

    if (!failure)
        failure = add_actions(&this->actions, folder, fd);
    if (!failure)
        failure = set_attributes(&this->attributes);
    return failure ? failure : spawn_on_thread(this);
}

static int spawn(const char *program, int folder, int fd, pid_t *out_pid)
{
    spawning this = {.program = program, .arguments = folder < 0 ? TO_SAY_VERSION : TO_SERVE};
    int failure = posix_spawn_file_actions_init(&this.actions);
    size_t i;

    if (failure)
        return failure;
    failure = posix_spawnattr_init(&this.attributes);
    if (!failure) {
        failure = prepare_and_spawn(&this, folder, fd);
        posix_spawnattr_destroy(&this.attributes);
    }
    posix_spawn_file_actions_destroy(&this.actions);
    for (i = 0; i < NUM_VARIABLES; i++)
        pk_text_free(this.environment[i]);
    if (!failure)
        *out_pid = this.pid;
    return failure;
}

int pk_swtpm_process_start(const char *program, int folder, pk_swtpm_process *out_process)
{
    int fds[2];
    int failure;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
        return errno;
    failure = spawn(program, folder, fds[1], &out_process->pid);
    close(fds[1]);
    if (failure)
        close(fds[0]);
    else
        out_process->fd = fds[0];
    return failure;
}

/* ------------------------------------------------------------------ the end */

static bool wait_for_hang_up(int fd)
{
    struct pollfd peer = {.fd = fd};
    int ready;

    do
        ready = poll(&peer, 1, END_TIMEOUT_MS); /* POLLHUP needs no asking */
    while (ready < 0 && errno == EINTR);
    return ready > 0;
}

pk_swtpm_end pk_swtpm_process_end(pk_swtpm_process *process)
{
    pk_swtpm_end end = {.wait_status = -1};
    int wait_status = -1;
    pid_t ended = 0;

    if (!process->pid)
        return end;
    shutdown(process->fd, SHUT_WR); /* swtpm ends by itself at the end of its input */
    if (!wait_for_hang_up(process->fd)) {
        ended = waitpid(process->pid, &wait_status, WNOHANG);
        end.killed = ended == 0 && kill(process->pid, SIGKILL) == 0;
    }
    while (ended == 0 || (ended < 0 && errno == EINTR))
        ended = waitpid(process->pid, &wait_status, 0);
    /* else the host has seen to it before us, because it ignores SIGCHLD for instance */
    if (ended == process->pid)
        end.wait_status = wait_status;
    close(process->fd);
    *process = (pk_swtpm_process)PK_SWTPM_NO_PROCESS;
    return end;
}

/* ---------------------------------------------------------------- the version */

/* What it says until it ends; nothing more when it says nothing for long. */
static size_t listen_to(int fd, char *out, size_t size)
{
    struct pollfd peer = {.fd = fd, .events = POLLIN};
    size_t len = 0;
    ssize_t part = 1;

    while (part > 0 && len < size - 1) {
        if (poll(&peer, 1, END_TIMEOUT_MS) <= 0)
            break;
        part = read(fd, out + len, size - 1 - len);
        if (part > 0)
            len += (size_t)part;
    }
    out[len] = '\0';
    return len;
}

int pk_swtpm_program_version(const char *program, char out[PK_SWTPM_VERSION_SIZE])
{
    pk_swtpm_process process = PK_SWTPM_NO_PROCESS;
    char text[512], *number;
    int failure = pk_swtpm_process_start(program, -1, &process);

    if (failure)
        return failure;
    listen_to(process.fd, text, sizeof text);
    pk_swtpm_process_end(&process);
    number = text + strcspn(text, "0123456789");
    snprintf(out, PK_SWTPM_VERSION_SIZE, "%.*s", (int)strspn(number, "0123456789."), number);
    return *out ? 0 : ENOEXEC;
}
