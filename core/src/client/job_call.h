/* SPDX-License-Identifier: Apache-2.0
 * What the calls about credential binding jobs share: whose job, which options
 * they need, and a cloud that may be asked. */
#ifndef PK_JOB_CALL_H
#define PK_JOB_CALL_H

#include "client/operation.h"
#include "registration/job_request.h"

typedef struct pk_job_call {
    char *identity_id;
    char *job_id; /* NULL for calls about none or several */
    char *base;
    pk_job_place place;
} pk_job_call;

/* False without memory; pk_job_call_free is needed all the same. */
bool pk_job_call_init(pk_job_call *job, const char *identity_id, const char *job_id);
void pk_job_call_free(pk_job_call *job);

/* INVALID_ARGUMENT for what can be no id; what names it. */
passkey_status pk_job_call_check_id(const char *what, const char *id, passkey_error **out_error);

/* The first step: after it place can be asked. with_config when the option
 * authenticator_config is needed, too. */
passkey_status pk_job_call_open(pk_job_call *job, pk_call *call, bool with_config,
                                passkey_error **out_error);

/* For pk_work.result_free. */
void pk_job_call_free_result(void *job);

#endif
