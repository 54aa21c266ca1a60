/* SPDX-License-Identifier: Apache-2.0 */
#include "base/held_file.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---------------------------------------------------------------------- forks */

/* A lock lasts as long as any process has the file open. A child that the host
 * forked would hold what it knows nothing of, long after its parent's death. */
static struct {
    pthread_mutex_t lock;
    int *fds;
    size_t num;
} all_held = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void before_fork(void)
{
    pthread_mutex_lock(&all_held.lock);
}

static void after_fork(void)
{
    pthread_mutex_unlock(&all_held.lock);
}

/* Without LOCK_UN: the parent goes on holding them. */
static void in_child(void)
{
    while (all_held.num)
        close(all_held.fds[--all_held.num]);
    pthread_mutex_unlock(&all_held.lock);
}

static void watch_forks(void)
{
    pthread_atfork(before_fork, after_fork, in_child);
}

static bool remember(int held)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    int *more;

    pthread_once(&once, watch_forks);
    pthread_mutex_lock(&all_held.lock);
    more = realloc(all_held.fds, (all_held.num + 1) * sizeof *more);
    if (more) {
        all_held.fds = more;
        more[all_held.num++] = held;
    }
    pthread_mutex_unlock(&all_held.lock);
    return more;
}

/* And closes it: no fork comes between. */
static void forget(int held)
{
    size_t i = 0;

    pthread_mutex_lock(&all_held.lock);
    while (i < all_held.num && all_held.fds[i] != held)
        i++;
    if (i < all_held.num)
        all_held.fds[i] = all_held.fds[--all_held.num];
    if (!all_held.num) {
        free(all_held.fds);
        all_held.fds = NULL;
    }
    pk_file_unlock(held);
    pthread_mutex_unlock(&all_held.lock);
}

/* ---------------------------------------------------------------------- a file */

/* Whoever held it before may have removed it: then this is no file of that name
 * any more. */
static bool is_named(int held, int folder_fd, const char *name)
{
    struct stat mine, named;

    return fstat(held, &mine) == 0 && fstatat(folder_fd, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           mine.st_dev == named.st_dev && mine.st_ino == named.st_ino;
}

int pk_held_file_open_at(int folder_fd, const char *name, int timeout_ms,
                         const atomic_bool *canceled, int *out_held)
{
    for (;;) {
        int held = -1;
        int failure = pk_file_lock_at(folder_fd, name, timeout_ms, canceled, &held);

        if (failure)
            return failure;
        if (is_named(held, folder_fd, name)) {
            if (!remember(held)) {
                pk_file_unlock(held);
                return ENOMEM;
            }
            *out_held = held;
            return 0;
        }
        pk_file_unlock(held);
    }
}

void pk_held_file_release(int held)
{
    if (held >= 0)
        forget(held);
}

int pk_held_file_read(int held, size_t max_len, pk_buffer *out)
{
    char piece[4096];
    ssize_t len;
    int failure = 0;

    while (!failure && (len = pread(held, piece, sizeof piece, (off_t)out->len)) != 0) {
        if (len < 0)
            failure = errno == EINTR ? 0 : errno;
        else if (out->len + (size_t)len > max_len)
            failure = EFBIG;
        else if (!pk_buffer_append(out, piece, (size_t)len))
            failure = ENOMEM;
    }
    pk_wipe(piece, sizeof piece);
    if (failure)
        pk_buffer_free(out);
    return failure;
}

static int write_all(int held, const char *x, size_t x_len)
{
    off_t at = 0;

    while ((size_t)at < x_len) {
        ssize_t len = pwrite(held, x + at, x_len - (size_t)at, at);

        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0)
            return errno;
        at += len;
    }
    return 0;
}

int pk_held_file_write(int held, int folder_fd, const void *x, size_t x_len)
{
    int failure = ftruncate(held, 0) == 0 ? write_all(held, x, x_len) : errno;

    if (!failure && (fsync(held) != 0 || fsync(folder_fd) != 0))
        failure = errno;
    return failure;
}

int pk_held_file_remove_at(int folder_fd, const char *name)
{
    return unlinkat(folder_fd, name, 0) == 0 || errno == ENOENT ? 0 : errno;
}
