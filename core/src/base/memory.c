/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void pk_wipe(void *x, size_t x_len)
{
    if (x && x_len)
        explicit_bzero(x, x_len);
}

void pk_text_free(char *text)
{
    if (!text)
        return;
    pk_wipe(text, strlen(text));
    free(text);
}

char *pk_text_copy(const char *text)
{
    return text ? pk_text_copy_n(text, strlen(text)) : NULL;
}

char *pk_text_copy_n(const char *text, size_t text_len)
{
    char *copy = malloc(text_len + 1);

    if (!copy)
        return NULL;
    if (text_len)
        memcpy(copy, text, text_len);
    copy[text_len] = '\0';
    return copy;
}

/* realloc would leave a copy of the old bytes behind. */
static bool grow(pk_buffer *buffer, size_t needed)
{
    size_t capacity = buffer->capacity ? buffer->capacity : 128;
    char *data;

    while (capacity < needed) {
        if (capacity > SIZE_MAX / 2)
            return false;
        capacity *= 2;
    }
    data = malloc(capacity);
    if (!data)
        return false;
    if (buffer->len) /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): then there is data */
        memcpy(data, buffer->data, buffer->len);
    pk_wipe(buffer->data, buffer->len);
    free(buffer->data);
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

bool pk_buffer_append(pk_buffer *buffer, const void *x, size_t x_len)
{
    if (x_len >= SIZE_MAX - buffer->len)
        return false;
    if (buffer->len + x_len + 1 > buffer->capacity && !grow(buffer, buffer->len + x_len + 1))
        return false;
    if (x_len)
        memcpy(buffer->data + buffer->len, x, x_len);
    buffer->len += x_len;
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): with a capacity there is data */
    buffer->data[buffer->len] = '\0';
    return true;
}

bool pk_buffer_append_text(pk_buffer *buffer, const char *text)
{
    return pk_buffer_append(buffer, text, strlen(text));
}

bool pk_buffer_printf(pk_buffer *buffer, const char *format, ...)
{
    va_list arguments;
    int len;

    va_start(arguments, format);
    len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (len < 0)
        return false;
    if (buffer->len + (size_t)len + 1 > buffer->capacity &&
        !grow(buffer, buffer->len + (size_t)len + 1))
        return false;
    va_start(arguments, format);
    vsnprintf(buffer->data + buffer->len, (size_t)len + 1, format, arguments);
    va_end(arguments);
    buffer->len += (size_t)len;
    return true;
}

char *pk_buffer_take(pk_buffer *buffer)
{
    char *text;

    if (!buffer->data && !pk_buffer_append(buffer, "", 0))
        return NULL;
    text = buffer->data;
    memset(buffer, 0, sizeof *buffer);
    return text;
}

void pk_buffer_free(pk_buffer *buffer)
{
    pk_wipe(buffer->data, buffer->capacity);
    free(buffer->data);
    memset(buffer, 0, sizeof *buffer);
}
