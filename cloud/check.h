/* SPDX-License-Identifier: Apache-2.0
 * Field by field: all that is wrong with a body is told in one answer. */
#ifndef PK_CHECK_H
#define PK_CHECK_H

#include "call.h"

/* All zero is a check that has found nothing yet. */
typedef struct pk_check {
    pk_json *violations;
    bool broken; /* there was no memory to note one */
} pk_check;

void pk_check_fail(pk_check *check, const char *field, const char *description);

/* True when nothing was found; else answers 400. Ends the check. */
bool pk_check_end(pk_check *check, pk_call *call);

/* The body when it is {wrapper: {…}}; else NULL, which is then answered. */
const pk_json *pk_check_body(pk_call *call, const char *wrapper);

/* Whether there is a member that is not null. */
bool pk_check_given(const pk_json *body, const char *field);

/* The string at a path such as "identity.display_name" of a body, of at most
 * max_len characters, no control characters. Absent and null are "missing"
 * when it is required, "" is then "empty string"; when it is optional all
 * three are NULL. NULL also when something is wrong with it. */
const char *pk_check_text(pk_check *check, const pk_json *body, const char *field, bool required,
                          size_t max_len);

/* The same for one of a few words, which choices lists and ends with NULL. */
const char *pk_check_choice(pk_check *check, const pk_json *body, const char *field, bool required,
                            const char *const *choices);

/* A boolean; fallback when it is absent or null. */
bool pk_check_flag(pk_check *check, const pk_json *body, const char *field, bool fallback);

/* Whether there is an array; each of it goes to judge, which answers what is
 * wrong with it (NULL: nothing). Absent and null are "missing" when it is
 * required. */
typedef const char *pk_check_judge(const pk_json *value);
bool pk_check_array(pk_check *check, const pk_json *body, const char *field, bool required,
                    pk_check_judge *judge);

/* The same for display names and usernames: 1 to 64 characters, none of
 * {}[]<>;:?\/|*^%$#=~`! */
const char *pk_check_name(pk_check *check, const pk_json *body, const char *field);

/* The same for 1 to 1000 ids. */
void pk_check_ids(pk_check *check, const pk_json *body, const char *field);

/* The same for a URI, of which judge (uri.h) answers what is wrong. */
const char *pk_check_uri(pk_check *check, const pk_json *body, const char *field, bool required,
                         const char *(*judge)(const char *uri));

/* The same for an email address; loosely, since only mail can prove one. */
const char *pk_check_email(pk_check *check, const pk_json *body, const char *field);

#endif
