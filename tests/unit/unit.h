/* SPDX-License-Identifier: Apache-2.0
 * cmocka with what it needs before it, and helpers that every unit test uses. */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <passkey/passkey.h>

#define NUM(array) (sizeof(array) / sizeof *(array))

/* The status is expected, and the error that came with it says the same. */
#define assert_fails_with(expected, call, error)                                                   \
    do {                                                                                           \
        (error) = NULL;                                                                            \
        assert_int_equal((call), (expected));                                                      \
        assert_non_null(error);                                                                    \
        assert_int_equal(passkey_error_status(error), (expected));                                 \
        assert_true(passkey_error_message(error)[0]);                                              \
        assert_true(passkey_error_hint(error)[0]);                                                 \
    } while (0)

/* A new folder of mode 0700 under TMPDIR, for the caller to free. */
static inline char *unit_folder(void)
{
    const char *parent = getenv("TMPDIR");
    char *path = NULL;

    if (asprintf(&path, "%s/passkey-unit-XXXXXX", parent ? parent : "/tmp") < 0)
        abort();
    if (!mkdtemp(path))
        abort();
    return path;
}

/* Removes what unit_folder made and frees the path. */
static inline void unit_folder_remove(char *path)
{
    char *command = NULL;

    if (asprintf(&command, "rm -rf '%s'", path) < 0 || system(command) != 0)
        abort();
    free(command);
    free(path);
}

#endif
