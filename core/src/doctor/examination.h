/* SPDX-License-Identifier: Apache-2.0
 * A list of findings, in the order in which they were made. */
#ifndef PK_EXAMINATION_H
#define PK_EXAMINATION_H

#include "doctor/checks.h"

#include <passkey/passkey.h>

passkey_examination *pk_examination_new(void);

/* Each adds one finding without a remedy. A finding that memory does not allow
 * is lost; pk_examination_finish then says so. */
void pk_ok(passkey_examination *this, pk_check check, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void pk_warn(passkey_examination *this, pk_check check, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void pk_problem(passkey_examination *this, pk_check check, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What to do about the finding just added. */
void pk_remedy(passkey_examination *this, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Memory has run out while something was looked at. */
void pk_examination_no_memory(passkey_examination *this);

/* The error as a problem, its hint as the remedy; frees it. */
void pk_problem_of_error(passkey_examination *this, pk_check check, passkey_error *error);

/* Makes the JSON; false when memory has run out, also earlier. */
bool pk_examination_finish(passkey_examination *this);

/* Text as one word of a shell's command line, for use in the same expression:
 * pk_word(path).x. Cut when it is very long. */
typedef struct pk_shell_word {
    char x[2048];
} pk_shell_word;
pk_shell_word pk_word(const char *text);

#endif
