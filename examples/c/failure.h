/* SPDX-License-Identifier: Apache-2.0
 * What went wrong, as a person wants it told: what it means for them, what to do. */
#ifndef EXAMPLE_FAILURE_H
#define EXAMPLE_FAILURE_H

#include <passkey/passkey.h>

/* All texts are borrowed from the error, or static. */
typedef struct failure {
    unsigned status;
    const char *title;
    const char *text;
    const char *hint;
    const passkey_error *error; /* the library's, or NULL */
} failure;

/* target is what was asked for. */
failure failure_of(const passkey_error *error, const char *target);

#endif
