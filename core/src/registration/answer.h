/* SPDX-License-Identifier: Apache-2.0
 * What the cloud answers, judged field by field. */
#ifndef PK_ANSWER_H
#define PK_ANSWER_H

#include "base/json.h"
#include "link/link.h"
#include "registration/http.h"

/* The answer to :getInfo. */
typedef struct pk_info {
    char *tenant_display_name;
    char *realm_display_name;
    char *identity_display_name;
    char *username;
    char *email_address; /* NULL when absent */
    char *logo_url_light;
    char *logo_url_dark;
    char *support_url;
    char *post_binding_redirect_uri; /* NULL when absent */
} pk_info;

void pk_info_free(pk_info *info);

/* The answer to :bind. */
typedef struct pk_bound {
    char *id;
    char *state; /* "active", "revoked" or "unknown" */
    char *create_time;
    char *update_time;
} pk_bound;

void pk_bound_free(pk_bound *bound);

/* PASSKEY_OK for a 2xx answer; else the status that belongs to the HTTP status
 * and, where the cloud names one, its error code. what names the request in
 * the message. secrets, of which the last is NULL, are what was sent: a text
 * of the cloud that holds a piece of one is left out of every error. */
passkey_status pk_answer_check(pk_http_answer *answer, const char *what,
                               const char *const *secrets, passkey_error **out_error);

/* Adds what the answer says of itself to the error just made. */
void pk_answer_set_http(const pk_http_answer *answer, passkey_error **out_error);

/* The JSON object in a 2xx answer; BAD_RESPONSE when there is none. */
passkey_status pk_answer_json(const pk_http_answer *answer, const char *what, pk_json **out_json,
                              passkey_error **out_error);

passkey_status pk_answer_instruction(const pk_http_answer *answer, pk_instruction *out_instruction,
                                     passkey_error **out_error);
passkey_status pk_answer_info(const pk_http_answer *answer, pk_info *out_info,
                              passkey_error **out_error);
passkey_status pk_answer_bound(const pk_http_answer *answer, pk_bound *out_bound,
                               passkey_error **out_error);

#endif
