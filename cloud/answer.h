/* SPDX-License-Identifier: Apache-2.0
 * Answers in the shapes of the API. Errors are
 * {"code","message","details"?:[{"type",…}]}. */
#ifndef PK_ANSWER_H
#define PK_ANSWER_H

#include "call.h"

/* Takes json over; NULL (no memory to build it) becomes an internal error. */
void pk_answer(pk_call *call, int status, pk_json *json);

void pk_answer_error(pk_call *call, int status, const char *code, const char *message);

/* An error about one resource, which a ResourceInfo names. */
void pk_answer_resource(pk_call *call, int status, const char *code, const char *resource_type,
                        const char *id, const char *message);

/* 404 for a path or a resource of which nothing more is said. */
void pk_answer_not_found(pk_call *call);

/* 400 for one field of the request. */
void pk_answer_violation(pk_call *call, const char *field, const char *description);

/* 400 with a FieldViolations detail; takes the array of violations over. */
void pk_answer_violations(pk_call *call, pk_json *violations);

void pk_answer_unauthorized(pk_call *call);
void pk_answer_forbidden(pk_call *call);

/* 500, or 503 with Retry-After when the database may soon be back; what went
 * wrong goes to the log only. */
void pk_answer_internal(pk_call *call);

/* 302 */
void pk_answer_redirect(pk_call *call, const char *location);

/* 200 without a body */
void pk_answer_done(pk_call *call);

/* 204 */
void pk_answer_nothing(pk_call *call);

/* value is copied, and takes the place of an earlier one of this name. */
void pk_answer_header(pk_call *call, const char *name, const char *value);

#endif
