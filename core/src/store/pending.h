/* SPDX-License-Identifier: Apache-2.0
 * Binds under way: home/pending/<name>, one file for each link, held by the one
 * operation that works on it. Its note is what is needed to go on with the bind
 * after a crash (client/draft.h); without a note nothing was sent yet. */
#ifndef PK_PENDING_H
#define PK_PENDING_H

#include "base/memory.h"

#include <passkey/passkey.h>

#define PK_PENDING_NAME_SIZE 65 /* 64 hexadecimal digits */
#define PK_PENDING_MAX (8 * 65536)

typedef struct pk_pending pk_pending;

/* Whether there is a bind under way of that name, be it somebody else's. */
bool pk_pending_exists(const char *home, const char *name);

/* Holds it, made if there is none. STORE_BUSY at once when another operation
 * holds it; STORE_DAMAGED when something else is in its place; STORE_UNWRITABLE,
 * STORE_UNREADABLE, STORE_UNSAFE. */
passkey_status pk_pending_hold(const char *home, const char *name, pk_pending **out_pending,
                               passkey_error **out_error);

/* The note; len 0 when there is none. */
const pk_buffer *pk_pending_note(const pk_pending *pending);

/* Notes, durably. STORE_UNWRITABLE. */
passkey_status pk_pending_write(pk_pending *pending, const char *note, passkey_error **out_error);

/* Lets go of it; over: it is removed. NULL is allowed. */
void pk_pending_release(pk_pending *pending, bool over);

/* The names of all, for pk_pending_names_free; none where there is no store. */
typedef struct pk_pending_names {
    char (*names)[PK_PENDING_NAME_SIZE];
    size_t count;
} pk_pending_names;

passkey_status pk_pending_list(const char *home, pk_pending_names *out_names,
                               passkey_error **out_error);
void pk_pending_names_free(pk_pending_names *names);

#endif
