/* SPDX-License-Identifier: Apache-2.0
 * What can be said of a file or folder without opening it. Functions return 0
 * or an errno value. */
#ifndef PK_FILE_FACTS_H
#define PK_FILE_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef enum pk_file_kind {
    PK_FILE_FOLDER,
    PK_FILE_REGULAR,
    PK_FILE_LINK,
    PK_FILE_OTHER
} pk_file_kind;

typedef struct pk_file_facts {
    pk_file_kind kind;
    mode_t mode; /* permissions only */
    uid_t owner;
    gid_t group;
    int64_t changed_s; /* its contents, since 1970 */
} pk_file_facts;

/* Of what a symbolic link leads to. */
int pk_file_look(const char *path, pk_file_facts *out);

/* Of a symbolic link itself. */
int pk_file_look_at(int folder_fd, const char *name, pk_file_facts *out);

/* What is left for this user on the disk that the folder is on. */
int pk_folder_room(int fd, uint64_t *out_bytes, uint64_t *out_files);

/* Whether this user may put files into it, by its permissions and by the disk
 * not being read-only. */
int pk_folder_look_writable(const char *path);

/* The folder that a path is in; false for the root and for what does not fit.
 * out may be path itself. */
bool pk_path_parent(const char *path, char *out, size_t size);

#endif
