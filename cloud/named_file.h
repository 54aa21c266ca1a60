/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PK_NAMED_FILE_H
#define PK_NAMED_FILE_H

#include "arena.h"

#include <stddef.h>

/* The text of a file that the command line names, symbolic links followed: such
 * is often a certificate. 0, or 1 after saying on stderr what is wrong. */
int pk_named_file_read(pk_arena *arena, const char *path, size_t max_len, const char **out_text);

#endif
