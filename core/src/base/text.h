/* SPDX-License-Identifier: Apache-2.0
 * The encodings that the protocol uses. What returns char * is to be given to
 * pk_text_free, and is NULL without memory. */
#ifndef PK_TEXT_H
#define PK_TEXT_H

#include "base/memory.h"

#include <stddef.h>
#include <stdint.h>

/* RFC 4648 section 5 without padding. */
char *pk_base64url_encode(const void *x, size_t x_len);

/* Strict: no padding, no white space, no stray bits at the end. False when the
 * text is not that or memory ran out; out is then unchanged. */
bool pk_base64url_decode(const char *text, size_t text_len, pk_buffer *out);

/* Lower-case hexadecimal. */
char *pk_hex_encode(const void *x, size_t x_len);

/* RFC 3986 percent-encoding of all but unreserved characters. */
bool pk_percent_encode(pk_buffer *out, const char *text);

/* application/x-www-form-urlencoded decoding: + is a space, %XX a byte, a
 * broken %-sequence stays as it is. The result may hold NUL bytes. */
bool pk_form_decode(pk_buffer *out, const char *text, size_t text_len);

/* The value of the first pair with this key in a form-encoded query, decoded.
 * 1 found, 0 absent, -1 without memory. out may be NULL to only ask. */
int pk_query_get(const char *query, size_t query_len, const char *key, pk_buffer *out);

/* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool pk_utf8_valid(const char *text, size_t text_len);

/* Puts a question mark in place of each byte that is not part of a valid
 * character, as when a text was cut in the middle of one. */
void pk_utf8_mend(char *text);

/* True when the text holds a control character (C0, DEL). */
bool pk_has_control(const char *text, size_t text_len);

/* A boolean as people write it: 1 0 true false yes no on off, any case. */
bool pk_bool_parse(const char *text, bool *out);

/* ASCII only: the locale has no say. */
bool pk_equal_ignoring_case(const char *a, const char *b);
bool pk_is_digit(char c);
bool pk_is_alpha(char c);
char pk_lower(char c);
void pk_lower_all(char *text);

/* What a hexadecimal digit stands for; -1 for any other character. */
int pk_hex_value(char c);

/* The byte that %XX at x stands for, -1 when that is not there. Reads nothing
 * behind a NUL. */
int pk_percent_value(const char *x);

#endif
