/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include "base/clock.h"
#include "base/crypto.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TEMPORARY_PREFIX ".tmp-"

static int open_folder(int parent_fd, const char *name, int flags, int *out_fd)
{
    int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);

    if (fd < 0)
        return errno;
    *out_fd = fd;
    return 0;
}

static int make_folder(int parent_fd, const char *name)
{
    if (mkdirat(parent_fd, name, 0700) != 0)
        return errno == EEXIST ? 0 : errno;
    if (fchmodat(parent_fd, name, 0700, 0) != 0) /* whatever the umask took away */
        return errno;
    return parent_fd == AT_FDCWD || fsync(parent_fd) == 0 ? 0 : errno;
}

/* As mkdir -p does, but every folder made is 0700. */
static int make_folders(const char *path)
{
    char part[PATH_MAX];
    size_t len = strlen(path), i;
    int failure = 0;

    if (len >= sizeof part)
        return ENAMETOOLONG;
    memcpy(part, path, len + 1);
    for (i = 1; i <= len && !failure; i++) {
        if (part[i] != '/' && part[i] != '\0')
            continue;
        part[i] = '\0';
        if (access(part, F_OK) != 0)
            failure = make_folder(AT_FDCWD, part);
        part[i] = path[i];
    }
    return failure;
}

int pk_folder_open(const char *path, bool create, int *out_fd)
{
    int failure = open_folder(AT_FDCWD, path, 0, out_fd);

    if (failure != ENOENT || !create)
        return failure;
    failure = make_folders(path);
    return failure ? failure : open_folder(AT_FDCWD, path, 0, out_fd);
}

int pk_folder_open_at(int parent_fd, const char *name, bool create, int *out_fd)
{
    int failure = create ? make_folder(parent_fd, name) : 0;

    return failure ? failure : open_folder(parent_fd, name, O_NOFOLLOW, out_fd);
}

void pk_folder_close(int fd)
{
    if (fd >= 0)
        close(fd);
}

int pk_folder_check_private(int fd)
{
    struct stat info;

    if (fstat(fd, &info) != 0)
        return errno;
    if (info.st_uid != geteuid())
        return EPERM;
    return info.st_mode & 077 ? EACCES : 0;
}

int pk_folder_check_writable(int fd)
{
    return faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

static int read_all(int fd, size_t max_len, pk_buffer *out)
{
    char piece[4096];
    ssize_t len;

    while ((len = read(fd, piece, sizeof piece)) != 0) {
        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0)
            return errno;
        if (out->len + (size_t)len > max_len)
            return EFBIG;
        if (!pk_buffer_append(out, piece, (size_t)len))
            return ENOMEM;
    }
    pk_wipe(piece, sizeof piece);
    return pk_buffer_append(out, "", 0) ? 0 : ENOMEM;
}

int pk_file_read_at(int folder_fd, const char *name, size_t max_len, pk_buffer *out)
{
    /* O_NONBLOCK: a FIFO put in the file's place must not stop us. */
    int fd = openat(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat info;
    int failure;

    if (fd < 0)
        return errno;
    if (fstat(fd, &info) != 0)
        failure = errno;
    else if (!S_ISREG(info.st_mode))
        failure = EINVAL;
    else
        failure = read_all(fd, max_len, out);
    close(fd);
    if (failure)
        pk_buffer_free(out);
    return failure;
}

/* The file is then x_len long, however much room it had. */
static int write_all(int fd, const char *x, size_t x_len)
{
    size_t len_in_all = x_len;

    while (x_len) {
        ssize_t len = write(fd, x, x_len);

        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0)
            return errno;
        x += len;
        x_len -= (size_t)len;
    }
    return ftruncate(fd, (off_t)len_in_all) == 0 && fsync(fd) == 0 ? 0 : errno;
}

static int temporary_name(char out[PK_TEMPORARY_SIZE])
{
    unsigned char random[8];
    unsigned long long number;

    if (!pk_random(random, sizeof random))
        return ENOMEM; /* the only reason that OpenSSL's has */
    memcpy(&number, random, sizeof number);
    snprintf(out, PK_TEMPORARY_SIZE, TEMPORARY_PREFIX "%016llx", number);
    return 0;
}

/* Room on the disk, where the file system can promise that. */
static int allocate(int fd, size_t size)
{
    int failure = size ? posix_fallocate(fd, 0, (off_t)size) : 0;

    return failure == EOPNOTSUPP || failure == EINVAL ? 0 : failure;
}

int pk_file_reserve_at(int folder_fd, size_t size, char out_temporary[PK_TEMPORARY_SIZE])
{
    char temporary[PK_TEMPORARY_SIZE];
    int failure = temporary_name(temporary);
    int fd;

    if (failure)
        return failure;
    fd = openat(folder_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno;
    failure = fchmod(fd, 0600) == 0 ? allocate(fd, size) : errno;
    close(fd);
    if (failure)
        unlinkat(folder_fd, temporary, 0);
    else
        memcpy(out_temporary, temporary, PK_TEMPORARY_SIZE);
    return failure;
}

static int fill(int folder_fd, const char *temporary, const void *x, size_t x_len)
{
    int fd = openat(folder_fd, temporary, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    int failure;

    if (fd < 0)
        return errno;
    failure = write_all(fd, x, x_len);
    if (close(fd) != 0 && !failure)
        failure = errno;
    return failure;
}

int pk_file_write_reserved_at(int folder_fd, const char *temporary, const char *name,
                              const void *x, size_t x_len)
{
    int failure = fill(folder_fd, temporary, x, x_len);

    if (!failure && renameat(folder_fd, temporary, folder_fd, name) != 0)
        failure = errno;
    if (failure)
        unlinkat(folder_fd, temporary, 0);
    else if (fsync(folder_fd) != 0)
        failure = errno;
    return failure;
}

int pk_file_write_at(int folder_fd, const char *name, const void *x, size_t x_len)
{
    char temporary[PK_TEMPORARY_SIZE];
    int failure = pk_file_reserve_at(folder_fd, 0, temporary);

    return failure ? failure : pk_file_write_reserved_at(folder_fd, temporary, name, x, x_len);
}

int pk_file_remove_at(int folder_fd, const char *name)
{
    if (unlinkat(folder_fd, name, 0) != 0)
        return errno == ENOENT ? 0 : errno;
    return fsync(folder_fd) == 0 ? 0 : errno;
}

static bool is_temporary(const char *name)
{
    return !strncmp(name, TEMPORARY_PREFIX, strlen(TEMPORARY_PREFIX));
}

static void sweep_one(int fd, const char *name, long older_than_s)
{
    struct stat info;

    if (fstatat(fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
        info.st_mtime < pk_clock_now_ms() / 1000 - older_than_s)
        unlinkat(fd, name, 0);
}

static DIR *open_listing(int fd)
{
    int own_fd = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = own_fd < 0 ? NULL : fdopendir(own_fd);

    if (!folder && own_fd >= 0)
        close(own_fd);
    return folder;
}

void pk_folder_sweep(int fd, long older_than_s)
{
    DIR *folder = open_listing(fd);
    struct dirent *entry;

    while (folder && (entry = readdir(folder)))
        if (is_temporary(entry->d_name))
            sweep_one(fd, entry->d_name, older_than_s);
    if (folder)
        closedir(folder);
}

/* A file that was made under a umask which kept even its owner out. The folder
 * is private, so nobody else can put another in its place meanwhile. */
static int let_owner_in(int folder_fd, const char *name)
{
    struct stat info;

    if (fstatat(folder_fd, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
        return errno;
    if (!S_ISREG(info.st_mode) || info.st_uid != geteuid())
        return EACCES;
    return fchmodat(folder_fd, name, 0600, 0) == 0 ? 0 : errno;
}

static int check_own(int fd)
{
    struct stat info;

    if (fstat(fd, &info) != 0)
        return errno;
    if (!S_ISREG(info.st_mode))
        return EINVAL;
    if (info.st_uid != geteuid() || (info.st_mode & 07777) == 0600)
        return 0;
    return fchmod(fd, 0600) == 0 ? 0 : errno;
}

/* O_NONBLOCK: a FIFO put in the file's place must not stop us. */
static int open_own(int folder_fd, const char *name, int flags, int *out_fd)
{
    int all_flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags;
    int fd = openat(folder_fd, name, all_flags, 0600);
    int failure = fd < 0 ? errno : 0;

    if (failure == EACCES && let_owner_in(folder_fd, name) == 0) {
        /* NOLINTNEXTLINE(resourceLeak): it failed, so there is none to leak */
        fd = openat(folder_fd, name, all_flags, 0600);
        failure = fd < 0 ? errno : 0;
    }
    if (failure == EISDIR || failure == ENXIO) /* a folder, a socket */
        failure = EINVAL;
    if (!failure)
        failure = check_own(fd);
    if (!failure)
        *out_fd = fd;
    else if (fd >= 0)
        close(fd);
    return failure;
}

int pk_file_secure_at(int folder_fd, const char *name, bool create)
{
    int fd = -1;
    int failure = open_own(folder_fd, name, create ? O_CREAT : 0, &fd);

    if (!failure)
        close(fd);
    return failure;
}

int pk_file_sync_at(int folder_fd, const char *name)
{
    int fd = -1;
    int failure = open_own(folder_fd, name, 0, &fd);

    if (failure)
        return failure;
    failure = fsync(fd) == 0 ? 0 : errno;
    close(fd);
    if (fsync(folder_fd) != 0 && !failure)
        failure = errno;
    return failure;
}

bool pk_file_is_locked_at(int folder_fd, const char *name)
{
    int fd = openat(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct flock held = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    bool locked = fd >= 0 && fcntl(fd, F_GETLK, &held) == 0 && held.l_type != F_UNLCK;

    if (fd >= 0)
        close(fd);
    return locked;
}

static bool ends_with(const char *text, const char *end)
{
    size_t text_len = strlen(text), end_len = strlen(end);

    return text_len >= end_len && !strcmp(text + text_len - end_len, end);
}

int pk_folder_each(int fd, const char *suffix, bool (*each)(const char *name, void *user),
                   void *user)
{
    DIR *folder = open_listing(fd);
    struct dirent *entry;
    int failure;

    if (!folder)
        return errno;
    errno = 0;
    while ((entry = readdir(folder))) {
        if (!is_temporary(entry->d_name) && ends_with(entry->d_name, suffix) &&
            !each(entry->d_name, user))
            break;
        errno = 0;
    }
    failure = entry ? 0 : errno;
    closedir(folder);
    return failure;
}

/* 0 while it is worth to go on waiting, else why it is not. */
static int why_stop(int64_t deadline_ms, const atomic_bool *canceled)
{
    if (canceled && atomic_load(canceled))
        return ECANCELED;
    return pk_clock_monotonic_ms() >= deadline_ms ? ETIMEDOUT : 0;
}

static int wait_for_lock(int fd, int64_t deadline_ms, const atomic_bool *canceled)
{
    struct timespec pause = {0, 500000};
    int failure = 0;

    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return errno;
        failure = why_stop(deadline_ms, canceled);
        if (failure)
            return failure;
        nanosleep(&pause, NULL);
        if (pause.tv_nsec < 8000000)
            pause.tv_nsec *= 2;
    }
    return 0;
}

int pk_file_lock_at(int folder_fd, const char *name, int timeout_ms, const atomic_bool *canceled,
                    int *out_lock)
{
    int64_t deadline_ms = pk_clock_monotonic_ms() + timeout_ms;
    int fd = -1;
    int failure = open_own(folder_fd, name, O_CREAT, &fd);

    if (failure)
        return failure;
    failure = wait_for_lock(fd, deadline_ms, canceled);
    if (failure)
        close(fd);
    else
        *out_lock = fd;
    return failure;
}

void pk_file_unlock(int lock)
{
    if (lock < 0)
        return;
    flock(lock, LOCK_UN); /* a child that the host forked meanwhile has the file open too */
    close(lock);
}
