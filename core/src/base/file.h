/* SPDX-License-Identifier: Apache-2.0
 * Files and folders. Only file.c opens, renames and removes them. Functions
 * return 0 or an errno value. */
#ifndef PK_FILE_H
#define PK_FILE_H

#include "base/memory.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* Opens a folder for the calls below. create makes it, and its parents, with
 * mode 0700. One inside another is not opened through a symbolic link. *out_fd
 * is to be given to pk_folder_close. */
int pk_folder_open(const char *path, bool create, int *out_fd);
int pk_folder_open_at(int parent_fd, const char *name, bool create, int *out_fd);
void pk_folder_close(int fd);

/* 0 when the folder belongs to this user and nobody else may enter it; EPERM
 * when it belongs to another, EACCES when group or others have any
 * permission. */
int pk_folder_check_private(int fd);

/* Whether a file can be made in it; leaves nothing behind. */
int pk_folder_check_writable(int fd);

/* Reads a regular file of at most max_len bytes; EFBIG beyond, ELOOP for a
 * symbolic link, EINVAL for what is not a regular file. */
int pk_file_read_at(int folder_fd, const char *name, size_t max_len, pk_buffer *out);

/* Writes all or nothing, durable when it returns 0: a new file of mode 0600,
 * fsync, rename over name, fsync of the folder. */
int pk_file_write_at(int folder_fd, const char *name, const void *x, size_t x_len);

/* The same in two steps: first an empty file with room for size bytes, so that
 * a full disk is found out early, then its contents and its name. The second
 * step removes the file when it fails; without it, pk_file_remove_at does. */
#define PK_TEMPORARY_SIZE 40
int pk_file_reserve_at(int folder_fd, size_t size, char out_temporary[PK_TEMPORARY_SIZE]);
int pk_file_write_reserved_at(int folder_fd, const char *temporary, const char *name,
                              const void *x, size_t x_len);

/* Removes a file, durably; 0 also when there was none. */
int pk_file_remove_at(int folder_fd, const char *name);

/* Makes durable what another program has written and renamed into place, and
 * private as below. */
int pk_file_sync_at(int folder_fd, const char *name);

/* Before another program opens a file of ours: sees to it that the file is a
 * regular one of mode 0600, whatever the umask was when it was made, and when
 * create is set, that there is one. ENOENT when there is none, ELOOP for a
 * symbolic link, EINVAL for what else is not a regular file. */
int pk_file_secure_at(int folder_fd, const char *name, bool create);

/* Whether another process holds a POSIX record lock (fcntl) on the file; false
 * when there is no such file. */
bool pk_file_is_locked_at(int folder_fd, const char *name);

/* Removes temporary files that nobody has touched for that long: those of a
 * process that was killed. */
void pk_folder_sweep(int fd, long older_than_s);

/* Calls each(name, user) for every entry whose name ends so, in no order,
 * until it returns false. Temporary files are left out. */
int pk_folder_each(int fd, const char *suffix, bool (*each)(const char *name, void *user),
                   void *user);

/* An exclusive lock among processes and threads, held until pk_file_unlock;
 * the file is made and never removed. ETIMEDOUT after timeout_ms, ECANCELED
 * soon after *canceled became true; canceled may be NULL. */
int pk_file_lock_at(int folder_fd, const char *name, int timeout_ms, const atomic_bool *canceled,
                    int *out_lock);
void pk_file_unlock(int lock);

#endif
