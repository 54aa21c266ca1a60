/* SPDX-License-Identifier: Apache-2.0
 * Credential binding jobs: the API call that makes a link. */
#ifndef PK_JOB_H
#define PK_JOB_H

#include "registration/http.h"

typedef struct pk_job_request {
    const char *api_base_url; /* judged */
    const char *tenant_id;
    const char *realm_id;
    const char *identity_id;
    const char *authenticator_config_id;
    const char *api_token;
    const char *delivery_method;
    const char *post_binding_redirect_uri; /* NULL: none */
} pk_job_request;

/* Prepares the request, to be submitted. */
passkey_status pk_job_ask(pk_http *http, const pk_job_request *request, passkey_error **out_error);

/* Judges its answer; api_token is never shown. */
passkey_status pk_job_take(pk_http *http, const char *delivery_method, const char *api_token,
                           passkey_job **out_job, passkey_error **out_error);

#endif
