/* SPDX-License-Identifier: Apache-2.0
 * How a message is written (RFC 5322, 2045, 2047). Each appends, with CRLF, and
 * is false without memory. */
#ifndef PK_MIME_H
#define PK_MIME_H

#include "base/memory.h"

#include <stdint.h>

/* Mon, 23 Nov 2026 20:34:19 +0000 */
bool pk_mime_date(pk_buffer *out, int64_t ms);

/* A text for a Subject, or a display name before an address: as it is when it
 * is words of ASCII letters and digits, else as encoded words, in which no
 * character can mean anything. Control characters become spaces. */
bool pk_mime_words(pk_buffer *out, const char *text);

/* A part of a message from UTF-8 text with LF: its headers, an empty line, and
 * the text, as it is if it may be, else quoted-printable. */
bool pk_mime_text_part(pk_buffer *out, const char *subtype, const char *text);

#endif
