/* SPDX-License-Identifier: Apache-2.0
 * A credential binding job, and several, as the cloud tells of them. */
#ifndef PK_JOB_H
#define PK_JOB_H

#include "base/json.h"

#include <passkey/passkey.h>

/* Judges and copies. what names the request; link is what came beside the job,
 * or NULL. BAD_RESPONSE, OUT_OF_MEMORY. */
passkey_status pk_job_read(const pk_json *json, const char *what, const char *link,
                           passkey_job **out_job, passkey_error **out_error);

/* Whether nothing will happen to it any more. */
bool pk_job_has_ended(const passkey_job *job);

passkey_job_list *pk_job_list_new(void);

/* Takes the job over, also on failure; false without memory. */
bool pk_job_list_add(passkey_job_list *list, passkey_job *job);

/* Makes the JSON; false without memory. */
bool pk_job_list_finish(passkey_job_list *list);

#endif
