/* SPDX-License-Identifier: Apache-2.0
 * To be preloaded (LD_PRELOAD) into the passkey command: kills it with SIGKILL
 * before its n-th step that leaves a trace, in the store or at the cloud.
 *
 *     KILL_BEFORE=7             before the 7th
 *     COUNT_CALLS=FILE          into FILE: one line for each, when it comes
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned long kill_before;
static unsigned long num_calls;
static int count_fd = -1;

static void *real(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

/* Programs that the command starts inherit the environment. */
__attribute__((constructor)) static void read_settings(void)
{
    const char *number = getenv("KILL_BEFORE"), *file = getenv("COUNT_CALLS");

    if (strcmp(program_invocation_short_name, "passkey") != 0)
        return;
    kill_before = number ? strtoul(number, NULL, 10) : 0;
    if (file)
        count_fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

static void step(const char *call, const char *what)
{
    unsigned long number = __atomic_add_fetch(&num_calls, 1, __ATOMIC_SEQ_CST);

    if (number == kill_before)
        kill(getpid(), SIGKILL);
    if (count_fd >= 0)
        dprintf(count_fd, "%lu %s %s\n", number, call, what);
}

static bool is_file(int fd)
{
    struct stat info;

    return fd != count_fd && fd > 2 && fstat(fd, &info) == 0 &&
           (S_ISREG(info.st_mode) || S_ISDIR(info.st_mode));
}

int openat(int folder_fd, const char *path, int flags, ...)
{
    va_list arguments;
    mode_t mode;

    va_start(arguments, flags);
    mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    if (flags & O_CREAT)
        step("openat", path);
    return ((int (*)(int, const char *, int, ...))real("openat"))(folder_fd, path, flags, mode);
}

int mkdirat(int folder_fd, const char *path, mode_t mode)
{
    step("mkdirat", path);
    return ((int (*)(int, const char *, mode_t))real("mkdirat"))(folder_fd, path, mode);
}

ssize_t write(int fd, const void *x, size_t len)
{
    if (is_file(fd))
        step("write", "");
    return ((ssize_t(*)(int, const void *, size_t))real("write"))(fd, x, len);
}

ssize_t pwrite(int fd, const void *x, size_t len, off_t at)
{
    if (is_file(fd))
        step("pwrite", "");
    return ((ssize_t(*)(int, const void *, size_t, off_t))real("pwrite"))(fd, x, len, at);
}

int fsync(int fd)
{
    step("fsync", "");
    return ((int (*)(int))real("fsync"))(fd);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    step("renameat", to);
    return ((int (*)(int, const char *, int, const char *))real("renameat"))(from_fd, from, to_fd,
                                                                            to);
}

int unlinkat(int folder_fd, const char *path, int flags)
{
    step("unlinkat", path);
    return ((int (*)(int, const char *, int))real("unlinkat"))(folder_fd, path, flags);
}

/* A request is sent, an answer received. */
ssize_t send(int fd, const void *x, size_t len, int flags)
{
    step("send", "");
    return ((ssize_t(*)(int, const void *, size_t, int))real("send"))(fd, x, len, flags);
}

ssize_t recv(int fd, void *out, size_t len, int flags)
{
    ssize_t received = ((ssize_t(*)(int, void *, size_t, int))real("recv"))(fd, out, len, flags);

    if (received > 0)
        step("recv", "");
    return received;
}
