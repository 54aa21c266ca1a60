/* SPDX-License-Identifier: Apache-2.0
 * Memory that may hold secrets: it is overwritten before it is given back. */
#ifndef PK_MEMORY_H
#define PK_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Overwrites x_len bytes; the compiler does not remove it. */
void pk_wipe(void *x, size_t x_len);

/* Overwrites and frees a string; NULL is fine. */
void pk_text_free(char *text);

/* A copy to be given to pk_text_free; NULL for NULL or without memory. */
char *pk_text_copy(const char *text);
char *pk_text_copy_n(const char *text, size_t text_len);

/* A growing run of bytes. All zero is an empty buffer. When it grows, what it
 * held before is overwritten. data always has a NUL behind len bytes once
 * anything was appended. */
typedef struct pk_buffer {
    char *data;
    size_t len;
    size_t capacity;
} pk_buffer;

/* False without memory; the buffer is then as before. */
bool pk_buffer_append(pk_buffer *buffer, const void *x, size_t x_len);
bool pk_buffer_append_text(pk_buffer *buffer, const char *text);

/* Appends as printf does. */
bool pk_buffer_printf(pk_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Takes the text out, to be given to pk_text_free; the buffer is then empty.
 * NULL without memory. */
char *pk_buffer_take(pk_buffer *buffer);

void pk_buffer_free(pk_buffer *buffer);

#endif
