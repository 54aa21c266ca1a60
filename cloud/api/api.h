/* SPDX-License-Identifier: Apache-2.0
 * The handlers, one file per resource. Each answers its call. */
#ifndef PK_API_H
#define PK_API_H

#include "call.h"
#include "check.h"

/* Whether the token may do one of scopes (alternatives, separated by spaces) in
 * the path's tenant, and the realm exists, if the path has one; else answers. */
bool pk_access_api(pk_call *call, const char *scopes);

/* Whether the token of the call has this scope. */
bool pk_access_has(const pk_call *call, const char *scope);

/* Whether a scope (words, separated by spaces) has the word. */
bool pk_scope_has(const char *scope, const char *word);

/* An access token that is valid now. */
typedef struct pk_access_token {
    const pk_json *claims;
    const char *application_id; /* whose it is */
    const char *scope;          /* of its own, what the application still has */
} pk_access_token;

/* ABSENT for any other text. */
pk_stored pk_access_token_read(pk_call *call, const char *token, pk_access_token *out);

void pk_tenant_get(pk_call *call);
void pk_tenant_update(pk_call *call);

void pk_realm_create(pk_call *call);
void pk_realm_list(pk_call *call);
void pk_realm_get(pk_call *call);
void pk_realm_update(pk_call *call);
void pk_realm_delete(pk_call *call);

void pk_theme_get(pk_call *call);
void pk_theme_update(pk_call *call);

/* The realm's theme, every member there; NULL without memory. */
pk_json *pk_theme_json(pk_arena *arena, const pk_realm *realm);

void pk_identity_create(pk_call *call);
void pk_identity_list(pk_call *call);
void pk_identity_get(pk_call *call);
void pk_identity_update(pk_call *call);
void pk_identity_delete(pk_call *call);
void pk_identity_delete_batch(pk_call *call);

/* The path's identity, which "-" is not; else answers 404. */
bool pk_identity_find(pk_call *call, pk_identity *out_identity);

/* Whether the path's identity exists ("-" always does); else answers 404. */
bool pk_identity_exists(pk_call *call);

/* Reads identity.traits into the identity: those of a body over those that old,
 * if it is not NULL, has. */
void pk_traits_read(pk_call *call, pk_check *check, const pk_json *body, const pk_identity *old,
                    pk_identity *identity);

void pk_application_create(pk_call *call);
void pk_application_list(pk_call *call);
void pk_application_get(pk_call *call);
void pk_application_update(pk_call *call);
void pk_application_delete(pk_call *call);

/* application.protocol_config of a body over that of old, which may be NULL: as
 * it is stored. NULL when there is something wrong, which check then has. */
pk_json *pk_protocol_read(pk_call *call, pk_check *check, const pk_json *body, const pk_json *old);

/* OAuth 2.0: open to everyone, who then shows a client's secret. */
void pk_token_issue(pk_call *call);
void pk_token_introspect(pk_call *call);
void pk_token_revoke(pk_call *call);
void pk_oauth_keys(pk_call *call);
void pk_oauth_configuration(pk_call *call);

void pk_config_create(pk_call *call);
void pk_config_list(pk_call *call);
void pk_config_get(pk_call *call);
void pk_config_update(pk_call *call);
void pk_config_delete(pk_call *call);

/* The config at field of a body (an object with a type) as it is stored; an
 * inline one is part of a job. NULL when there is something wrong, which check
 * then has. */
const char *pk_config_read(pk_call *call, pk_check *check, const pk_json *body, const char *field,
                           bool is_inline);

void pk_job_create(pk_call *call);
void pk_job_list(pk_call *call);
void pk_job_get(pk_call *call);
void pk_job_revoke(pk_call *call);
pk_json *pk_job_json(pk_call *call, const pk_job *job);

/* The state as the world sees it: EXPIRED is a matter of time. */
const char *pk_job_state(const pk_job *job, int64_t now_ms);

/* Reads authenticator_config, authenticator_config_id and
 * post_binding_redirect_uri of wrapper into the job; whether the config that it
 * names exists, check has then as well. */
void pk_job_read_template(pk_call *call, pk_check *check, const pk_json *body, const char *wrapper,
                          pk_job *job);

/* Why there can be no job for the identity; NULL when there can. */
const char *pk_job_fault(pk_call *call, const pk_job *job, const pk_identity *identity);

/* Makes the job one for the identity and stores it, with its message when its
 * link goes out by mail; within a transaction. The link, or NULL when it cannot. */
const char *pk_job_add(pk_call *call, pk_job *job, const pk_identity *identity);

void pk_batch_create(pk_call *call);
void pk_batch_get(pk_call *call);
void pk_batch_results(pk_call *call);

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

/* GET /healthz: 200, or 503 when the database does not answer. */
void pk_health(pk_call *call);

/* GET /openapi.json: the description of the API. */
void pk_openapi(pk_call *call);

/* What pk_link_load grants, and nothing else. */
void pk_link_allow_origin(pk_call *call);

void pk_link_preflight(pk_call *call);
void pk_link_invoke(pk_call *call, const pk_link *link);
void pk_link_for_application(pk_call *call);
void pk_link_get_info(pk_call *call, const pk_link *link);
void pk_link_bind(pk_call *call, const pk_link *link);

/* CORS: browsers on the origins that the authenticator config trusts may read
 * the answer. */
void pk_cors_allow(pk_call *call, const pk_json *config);
void pk_cors_preflight(pk_call *call, const pk_json *config);

#endif
