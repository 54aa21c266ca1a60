/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/letter.h"

#include "mail/mime.h"
#include "names.h"

#include <string.h>

/* "=_" is in no quoted-printable text, and random digits are in no other. */
static const char *new_boundary(pk_arena *arena)
{
    const char *random = pk_new_uuid(arena);

    return random ? pk_arena_printf(arena, "=_%s", random) : NULL;
}

/* Of the sender's domain, as its name must be unique. */
static bool write_id(const pk_letter *letter, pk_buffer *out)
{
    return pk_buffer_printf(out, "Message-ID: <passkey.%s%s>\r\n", letter->id,
                            strchr(letter->from, '@'));
}

static bool write_address(pk_buffer *out, const char *field, const char *name, const char *address)
{
    return pk_buffer_printf(out, "%s: ", field) && pk_mime_words(out, name) &&
           pk_buffer_printf(out, "\r\n <%s>\r\n", address);
}

static bool write_subject(pk_arena *arena, const pk_letter *letter, pk_buffer *out)
{
    const char *subject = pk_arena_printf(arena, "Set up your passkey for %s", letter->look.name);

    return subject && pk_buffer_append_text(out, "Subject: ") && pk_mime_words(out, subject) &&
           pk_buffer_append_text(out, "\r\n");
}

/* Auto-Submitted (RFC 3834) keeps absence notes from being sent back. */
static bool write_headers(pk_arena *arena, const pk_letter *letter, const char *boundary,
                          pk_buffer *out)
{
    return pk_buffer_append_text(out, "Date: ") && pk_mime_date(out, letter->create_ms) &&
           pk_buffer_append_text(out, "\r\n") &&
           write_address(out, "From", letter->look.name, letter->from) &&
           write_address(out, "To", letter->person, letter->to) &&
           write_subject(arena, letter, out) && write_id(letter, out) &&
           pk_buffer_printf(out,
                            "Auto-Submitted: auto-generated\r\n"
                            "MIME-Version: 1.0\r\n"
                            "Content-Type: multipart/alternative;\r\n boundary=\"%s\"\r\n\r\n",
                            boundary);
}

static bool write_part(pk_buffer *out, const char *boundary, const char *subtype,
                       const pk_buffer *text)
{
    return pk_buffer_printf(out, "--%s\r\n", boundary) &&
           pk_mime_text_part(out, subtype, text->data) && pk_buffer_append_text(out, "\r\n");
}

bool pk_letter_write(pk_arena *arena, const pk_letter *letter, pk_buffer *out)
{
    const char *boundary = new_boundary(arena);
    pk_buffer text = {0}, html = {0};
    bool done = boundary && pk_letter_text(arena, letter, &text) &&
                pk_letter_html(arena, letter, &html) &&
                write_headers(arena, letter, boundary, out) &&
                write_part(out, boundary, "plain", &text) &&
                write_part(out, boundary, "html", &html) &&
                pk_buffer_printf(out, "--%s--\r\n", boundary);

    pk_buffer_free(&text);
    pk_buffer_free(&html);
    return done;
}
