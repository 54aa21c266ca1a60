/* SPDX-License-Identifier: Apache-2.0
 * The handlers, one file per resource. Each answers its call. */
#ifndef PK_API_H
#define PK_API_H

#include "call.h"

/* Whether the API token may call this and the realm exists; else answers. */
bool pk_access_api(pk_call *call);

void pk_identity_create(pk_call *call);
void pk_identity_list(pk_call *call);
void pk_identity_get(pk_call *call);

/* Whether the path's identity exists ("-" always does); else answers 404. */
bool pk_identity_exists(pk_call *call);

void pk_job_create(pk_call *call);
void pk_job_list(pk_call *call);
void pk_job_get(pk_call *call);
void pk_job_revoke(pk_call *call);

/* The state as the world sees it: EXPIRED is a matter of time. */
const char *pk_job_state(const pk_job *job, int64_t now_ms);

void pk_credential_list(pk_call *call);
void pk_credential_get(pk_call *call);
void pk_credential_revoke(pk_call *call);
pk_json *pk_credential_json(pk_call *call, const pk_credential *credential);

/* A passkey creation link: the job that a path names and what belongs to it. */
typedef struct pk_link {
    pk_job job;
    pk_identity identity;
    pk_config config;
    pk_json *config_json; /* the arena's */
} pk_link;

/* Finds the link of the path and grants its origins access; false when there
 * is none, which is then answered. Says nothing of the caller's rights. */
bool pk_link_load(pk_call *call, pk_link *out_link);

/* Whether token is the link's and the link can still be used, by a bind of the
 * same key also after it was (allow_complete); else answers. */
bool pk_link_open(pk_call *call, const pk_link *link, const char *token, bool allow_complete);
bool pk_link_usable(pk_call *call, const pk_job *job, bool allow_complete);

void pk_link_preflight(pk_call *call);
void pk_link_invoke(pk_call *call, const pk_link *link);
void pk_link_get_info(pk_call *call, const pk_link *link);
void pk_link_bind(pk_call *call, const pk_link *link);

/* CORS: browsers on the origins that the authenticator config trusts may read
 * the answer. */
void pk_cors_allow(pk_call *call, const pk_json *config);
void pk_cors_preflight(pk_call *call, const pk_json *config);

#endif
