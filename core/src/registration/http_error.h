/* SPDX-License-Identifier: Apache-2.0
 * What a CURLcode means for a bind. */
#ifndef PK_HTTP_ERROR_H
#define PK_HTTP_ERROR_H

#include <passkey/passkey.h>

/* The error for a transfer that ended with this CURLcode; detail is libcurl's
 * own text. */
passkey_status pk_http_fail(int curl_code, const char *detail, passkey_error **out_error);

#endif
