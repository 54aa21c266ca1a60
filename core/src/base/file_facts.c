/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file_facts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static pk_file_kind kind_of(mode_t mode)
{
    if (S_ISDIR(mode))
        return PK_FILE_FOLDER;
    if (S_ISREG(mode))
        return PK_FILE_REGULAR;
    return S_ISLNK(mode) ? PK_FILE_LINK : PK_FILE_OTHER;
}

static int look(int folder_fd, const char *name, int flags, pk_file_facts *out)
{
    struct stat info;

    if (fstatat(folder_fd, name, &info, flags) != 0)
        return errno;
    *out = (pk_file_facts){.kind = kind_of(info.st_mode),
                           .mode = info.st_mode & 07777,
                           .owner = info.st_uid,
                           .group = info.st_gid,
                           .changed_s = info.st_mtime};
    return 0;
}

int pk_file_look(const char *path, pk_file_facts *out)
{
    return look(AT_FDCWD, path, 0, out);
}

int pk_file_look_at(int folder_fd, const char *name, pk_file_facts *out)
{
    return look(folder_fd, name, AT_SYMLINK_NOFOLLOW, out);
}

int pk_folder_room(int fd, uint64_t *out_bytes, uint64_t *out_files)
{
    struct statvfs info;

    if (fstatvfs(fd, &info) != 0)
        return errno;
    *out_bytes = (uint64_t)info.f_bavail * info.f_frsize;
    /* file systems without a limit on files say that they have none at all */
    *out_files = info.f_files ? info.f_favail : UINT64_MAX;
    return 0;
}

int pk_folder_look_writable(const char *path)
{
    return faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

bool pk_path_parent(const char *path, char *out, size_t size)
{
    size_t len = strlen(path);

    while (len > 1 && path[len - 1] == '/')
        len--;
    while (len && path[len - 1] != '/')
        len--;
    while (len > 1 && path[len - 1] == '/')
        len--;
    if (!len || len >= size || (len == 1 && !path[strspn(path, "/")]))
        return false;
    memmove(out, path, len);
    out[len] = '\0';
    return true;
}
