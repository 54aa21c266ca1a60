/* SPDX-License-Identifier: Apache-2.0
 * How the inside of the library makes a passkey_error. */
#ifndef PK_ERROR_H
#define PK_ERROR_H

#include <passkey/passkey.h>

/* Makes an error with this message and the status's own hint, puts it into
 * *out_error unless out_error is NULL, and returns status. Never a link or a
 * token in the message. */
passkey_status pk_fail(passkey_error **out_error, passkey_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

passkey_status pk_fail_memory(passkey_error **out_error);

/* The setters add to the error just made; they do nothing when out_error is
 * NULL and lose the detail, not the error, without memory. */
void pk_error_set_hint(passkey_error **out_error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void pk_error_set_cause(passkey_error **out_error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Not retryable, whatever the status. */
void pk_error_set_final(passkey_error **out_error);
void pk_error_set_http(passkey_error **out_error, int http_status, const char *correlation_id);

#endif
