/* SPDX-License-Identifier: Apache-2.0
 * What the fuzz targets share. A target is one function that takes any bytes;
 * libFuzzer calls it (PASSKEY_FUZZ), or replay.c does with the files of a folder.
 * It says with REQUIRE what must hold, besides that nothing is read or written
 * out of bounds, leaked or undefined, which the sanitizers see. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *x, size_t x_len);

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* A text of exactly that size, so that one byte too far is seen; for free. */
static inline char *fuzz_text(const uint8_t *x, size_t x_len)
{
    char *text = malloc(x_len + 1);

    REQUIRE(text);
    if (x_len)
        memcpy(text, x, x_len);
    text[x_len] = '\0';
    return text;
}

static inline int fuzz_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

#endif
