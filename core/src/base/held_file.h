/* SPDX-License-Identifier: Apache-2.0
 * A file that is a lock and a note at once: as long as it is held nobody else
 * reads, writes or removes it. Its note is written in place, so that it may be
 * found torn after a crash: its writer must be able to tell. Functions return 0
 * or an errno value. */
#ifndef PK_HELD_FILE_H
#define PK_HELD_FILE_H

#include "base/memory.h"

#include <stdatomic.h>

/* Makes the file if there is none, mode 0600, and holds it until
 * pk_held_file_release. ETIMEDOUT after timeout_ms, ECANCELED soon after
 * *canceled became true; canceled may be NULL. */
int pk_held_file_open_at(int folder_fd, const char *name, int timeout_ms,
                         const atomic_bool *canceled, int *out_held);
void pk_held_file_release(int held);

/* The whole note, empty when there is none; EFBIG beyond max_len bytes. */
int pk_held_file_read(int held, size_t max_len, pk_buffer *out);

/* Writes the note, over an older one; durable when it returns 0. */
int pk_held_file_write(int held, int folder_fd, const void *x, size_t x_len);

/* Removes the file that is held. After a crash it may be there again. */
int pk_held_file_remove_at(int folder_fd, const char *name);

#endif
