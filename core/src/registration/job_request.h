/* SPDX-License-Identifier: Apache-2.0
 * The requests about credential binding jobs. Each is prepared by ask_, to be
 * submitted, and its answer judged by take_. */
#ifndef PK_JOB_REQUEST_H
#define PK_JOB_REQUEST_H

#include "registration/http.h"
#include "registration/job.h"

/* Whose jobs, and by which right. The ids have been judged. */
typedef struct pk_job_place {
    const char *api_base_url; /* judged */
    const char *tenant_id;
    const char *realm_id;
    const char *identity_id; /* "-": any */
    const char *api_token;   /* never shown */
} pk_job_place;

typedef struct pk_job_order {
    const char *authenticator_config_id;
    const char *delivery_method;
    const char *post_binding_redirect_uri; /* NULL: none */
} pk_job_order;

passkey_status pk_job_ask_new(pk_http *http, const pk_job_place *place, const pk_job_order *order,
                              passkey_error **out_error);
passkey_status pk_job_take_new(pk_http *http, const pk_job_place *place, const pk_job_order *order,
                               passkey_job **out_job, passkey_error **out_error);

passkey_status pk_job_ask(pk_http *http, const pk_job_place *place, const char *job_id,
                          passkey_error **out_error);
passkey_status pk_job_ask_revoke(pk_http *http, const pk_job_place *place, const char *job_id,
                                 passkey_error **out_error);
/* The answer to either; *out_retry_after_s, which may be NULL, is set also on
 * failure, 0 when the cloud did not say. */
passkey_status pk_job_take(pk_http *http, const pk_job_place *place, passkey_job **out_job,
                           int *out_retry_after_s, passkey_error **out_error);

/* A walk through the pages of a list; all zero but list is its beginning. */
typedef struct pk_job_pages {
    passkey_job_list *list;
    char *next_token; /* of the page to ask for; NULL: the first, or no more */
    char *old_token;
    unsigned num_pages, num_until_old; /* see job_pages.c */
} pk_job_pages;

passkey_status pk_job_ask_page(pk_http *http, const pk_job_place *place, const pk_job_pages *pages,
                               passkey_error **out_error);
/* What pk_job_take_page does with the answer. */
passkey_status pk_job_read_page(const pk_json *json, pk_job_pages *pages,
                                passkey_error **out_error);
passkey_status pk_job_take_page(pk_http *http, const pk_job_place *place, pk_job_pages *pages,
                                passkey_error **out_error);
void pk_job_pages_free(pk_job_pages *pages);

/* For the two files of these functions. */
passkey_status pk_job_get(pk_http *http, const pk_job_place *place, const char *path,
                          size_t max_answer, passkey_error **out_error);
passkey_status pk_job_take_json(pk_http *http, const pk_job_place *place, pk_http_answer *answer,
                                pk_json **out_json, passkey_error **out_error);

#endif
