/* SPDX-License-Identifier: Apache-2.0
 * The message that takes a creation link to a person. */
#ifndef PK_LETTER_H
#define PK_LETTER_H

#include "base/memory.h"
#include "pages/look.h"

typedef struct pk_letter {
    pk_look look;
    const char *id;   /* the same for each try, so that the receiver can tell */
    const char *from; /* both addresses can be addressed (pk_mail_can_address) */
    const char *to;
    const char *person; /* display name */
    const char *link;
    int64_t create_ms;
    int64_t expire_ms;
} pk_letter;

/* The whole message, with CRLF. False without memory. */
bool pk_letter_write(pk_arena *arena, const pk_letter *letter, pk_buffer *out);

/* Its two ways of saying the same; texts with LF. */
bool pk_letter_text(pk_arena *arena, const pk_letter *letter, pk_buffer *out);
bool pk_letter_html(pk_arena *arena, const pk_letter *letter, pk_buffer *out);

#endif
