/* SPDX-License-Identifier: Apache-2.0
 * What the cloud remembers. Several servers may share one store, so everything
 * that must happen once is decided by the store: by a unique column or by an
 * UPDATE that names the state it expects. Texts of records are copied into the
 * arena; times are milliseconds since 1970. Tokens come here only as SHA-256.
 */
#ifndef PK_CLOUD_STORE_H
#define PK_CLOUD_STORE_H

#include "arena.h"
#include "store/sql.h"

#include <stddef.h>
#include <stdint.h>

typedef struct pk_store pk_store;

/* place is as pk_sql_open says. NULL when it cannot be opened; *out_reason
 * (static or the arena's) says why. */
pk_store *pk_store_open(const char *place, pk_arena *arena, const char **out_reason);
void pk_store_close(pk_store *store);

/* Begins a piece of work, such as a call of the API. Of what has failed in it:
 * why (for the log, without any value; NULL for nothing), whether that may pass,
 * and whether the whole may be done again at once, since nothing was kept. */
void pk_store_begin_work(pk_store *store);
const char *pk_store_reason(const pk_store *store);
bool pk_store_is_passing(const pk_store *store);
bool pk_store_may_repeat(const pk_store *store);

/* Whether the database answers: OK or FAILED. */
pk_stored pk_store_check(pk_store *store);

/* Several changes become one. */
bool pk_store_begin(pk_store *store);
bool pk_store_commit(pk_store *store);
void pk_store_rollback(pk_store *store);

/* Named values, such as which realm the first start made. */
pk_stored pk_store_setting(pk_store *store, pk_arena *arena, const char *name,
                           const char **out_value);
pk_stored pk_store_add_setting(pk_store *store, const char *name, const char *value);

/* A part of a list: the records behind position after, in the order in which
 * they were made, without the first skip of them, at most size. */
typedef struct pk_page {
    long long after;
    long long skip;
    long long size;
    long long total; /* out: how many there are in all */
    long long last;  /* out: position of the last one told */
    bool more;       /* out: whether there are others behind it */
} pk_page;

/* -------------------------------------------------------- tenant and realm */

typedef struct pk_tenant {
    const char *id;
    const char *display_name;
    int64_t create_ms;
    int64_t update_ms;
} pk_tenant;

pk_stored pk_store_add_tenant(pk_store *store, const pk_tenant *tenant);
pk_stored pk_store_tenant(pk_store *store, pk_arena *arena, const char *id, pk_tenant *out_tenant);
pk_stored pk_store_update_tenant(pk_store *store, const pk_tenant *tenant);

typedef struct pk_realm {
    const char *tenant_id;
    const char *tenant_display_name; /* out only */
    const char *id;
    const char *display_name;
    const char *classification;
    const char *theme; /* JSON text: an object with those members that were set */
    int64_t create_ms;
    int64_t update_ms;
} pk_realm;

pk_stored pk_store_add_realm(pk_store *store, const pk_realm *realm);
pk_stored pk_store_realm(pk_store *store, pk_arena *arena, const char *tenant_id, const char *id,
                         pk_realm *out_realm);
typedef bool pk_realm_each(const pk_realm *realm, void *user);
pk_stored pk_store_realms(pk_store *store, pk_arena *arena, const char *tenant_id, pk_page *page,
                          pk_realm_each *each, void *user);
/* Its name, classification and theme. */
pk_stored pk_store_update_realm(pk_store *store, const pk_realm *realm);
/* EXISTS when there are identities, applications or configs in it. */
pk_stored pk_store_delete_realm(pk_store *store, const char *id);

/* ------------------------------------------------------------------ tokens */

pk_stored pk_store_add_api_token(pk_store *store, const char *hash, const char *tenant_id,
                                 int64_t now_ms);
/* The tenant whose token has this hash. */
pk_stored pk_store_api_token(pk_store *store, pk_arena *arena, const char *hash,
                             const char **out_tenant_id);

/* An access token (a JWT) of an application, by its jti. Adding one forgets
 * those of the application that have expired. */
pk_stored pk_store_add_access_token(pk_store *store, const char *id, const char *application_id,
                                    int64_t now_ms, int64_t expire_ms);
/* OK when the application has it and it was not revoked; then also what the
 * application may do now. */
pk_stored pk_store_access_token(pk_store *store, pk_arena *arena, const char *id,
                                const char *application_id, const char **out_protocol_config);
pk_stored pk_store_delete_access_token(pk_store *store, const char *id,
                                       const char *application_id);

/* ----------------------------------------------------- authenticator config */

typedef struct pk_config {
    const char *id; /* NULL: within a job */
    const char *realm_id;
    const char *display_name;
    const char *config; /* JSON text */
    int64_t create_ms;
    int64_t update_ms;
} pk_config;

pk_stored pk_store_add_config(pk_store *store, const pk_config *config);
pk_stored pk_store_config(pk_store *store, pk_arena *arena, const char *realm_id, const char *id,
                          pk_config *out_config);
typedef bool pk_config_each(const pk_config *config, void *user);
pk_stored pk_store_configs(pk_store *store, pk_arena *arena, const char *realm_id, pk_page *page,
                           pk_config_each *each, void *user);
pk_stored pk_store_update_config(pk_store *store, const pk_config *config);
/* EXISTS when an application uses it, or a job whose link still works. */
pk_stored pk_store_delete_config(pk_store *store, const char *id, int64_t now_ms);

/* -------------------------------------------------------------- application */

typedef struct pk_application {
    const char *id;
    const char *realm_id;
    const char *config_id;          /* NULL: none */
    const char *resource_server_id; /* NULL: none */
    const char *display_name;
    const char *classification; /* NULL: none */
    const char *client_id;
    const char *client_secret_hash; /* NULL: a public client */
    const char *protocol_config;    /* JSON text, without the two above */
    int64_t create_ms;
    int64_t update_ms;
} pk_application;

pk_stored pk_store_add_application(pk_store *store, const pk_application *application);
pk_stored pk_store_application(pk_store *store, pk_arena *arena, const char *realm_id,
                               const char *id, pk_application *out_application);
pk_stored pk_store_application_of_client(pk_store *store, pk_arena *arena, const char *realm_id,
                                         const char *client_id, pk_application *out_application);
typedef bool pk_application_each(const pk_application *application, void *user);
pk_stored pk_store_applications(pk_store *store, pk_arena *arena, const char *realm_id,
                                pk_page *page, pk_application_each *each, void *user);
pk_stored pk_store_update_application(pk_store *store, const pk_application *application);
pk_stored pk_store_delete_application(pk_store *store, const char *id);
/* The first application that uses the authenticator config. */
pk_stored pk_store_application_of(pk_store *store, pk_arena *arena, const char *config_id,
                                  const char **out_id);

/* ----------------------------------------------------------------- identity */

typedef struct pk_identity {
    const char *id;
    const char *realm_id;
    const char *display_name;
    const char *status; /* active or suspended */
    const char *username;
    const char *traits; /* JSON text */
    const char *email;       /* what filters compare; in only, NULL: none */
    const char *external_id; /* the same */
    int64_t create_ms;
    int64_t update_ms;
    bool enrolled; /* has an active credential; out only */
    bool pending;  /* has a job whose link still works at now_ms; out only */
    bool failed;   /* has a job whose mail could not be sent; out only */
} pk_identity;

/* EXISTS when the realm has the username already, whatever the case of its
 * ASCII letters. */
pk_stored pk_store_add_identity(pk_store *store, const pk_identity *identity);
pk_stored pk_store_identity(pk_store *store, pk_arena *arena, const char *realm_id, const char *id,
                            int64_t now_ms, pk_identity *out_identity);

/* Each is a text that the attribute is equal to or contains; NULL: whatever.
 * Of names and addresses the case of ASCII letters is no difference. */
typedef struct pk_identity_filter {
    const char *id, *id_part;
    const char *display_name, *display_name_part;
    const char *username, *username_part;
    const char *external_id, *external_id_part;
    const char *email, *email_part;
} pk_identity_filter;

typedef bool pk_identity_each(const pk_identity *identity, void *user);
pk_stored pk_store_identities(pk_store *store, pk_arena *arena, const char *realm_id,
                              int64_t now_ms, const pk_identity_filter *filter, pk_page *page,
                              pk_identity_each *each, void *user);
/* EXISTS as above. */
pk_stored pk_store_update_identity(pk_store *store, const pk_identity *identity);
/* With its jobs and credentials. */
pk_stored pk_store_delete_identity(pk_store *store, const char *realm_id, const char *id);

/* ------------------------------------------------- credential binding job */

typedef struct pk_job {
    const char *id;
    const char *realm_id;
    const char *identity_id;
    const char *delivery_method;
    const char *state;
    const char *batch_id;                  /* NULL: none */
    const char *config_id;                 /* NULL: see config */
    const char *config;                    /* JSON text of the job's own; NULL: see config_id */
    const char *post_binding_redirect_uri; /* NULL: none */
    const char *credential_id;             /* NULL: none */
    const char *token_hash;
    int64_t create_ms;
    int64_t update_ms;
    int64_t expire_ms;
} pk_job;

pk_stored pk_store_add_job(pk_store *store, const pk_job *job);
/* identity_id NULL: of any identity of the realm. */
pk_stored pk_store_job(pk_store *store, pk_arena *arena, const char *realm_id,
                       const char *identity_id, const char *id, pk_job *out_job);
typedef bool pk_job_each(const pk_job *job, void *user);
pk_stored pk_store_jobs(pk_store *store, pk_arena *arena, const char *realm_id,
                        const char *identity_id, pk_page *page, pk_job_each *each, void *user);

/* LINK_SENT becomes LINK_OPENED; both become REQUEST_DELIVERED; and so does
 * FAILED_TO_SEND, as the message must have arrived all the same; ABSENT when it
 * is there already or beyond. */
pk_stored pk_store_job_opened(pk_store *store, const char *id, int64_t now_ms);
pk_stored pk_store_job_delivered(pk_store *store, const char *id, int64_t now_ms);
/* ABSENT when it was complete or revoked already. */
pk_stored pk_store_job_revoked(pk_store *store, const char *id, int64_t now_ms);
pk_stored pk_store_job_complete(pk_store *store, const char *id, const char *credential_id,
                                int64_t now_ms);

/* ---------------------------------------------------------- batches of jobs */

typedef struct pk_batch {
    const char *id;
    const char *realm_id;
    const char *job_template; /* JSON text */
    int64_t create_ms;
    int64_t update_ms;   /* out only, as what follows */
    long long succeeded; /* jobs whose mail has gone out */
    long long failed;    /* jobs whose mail cannot go out, and identities without a job */
    long long pending;
} pk_batch;

pk_stored pk_store_add_batch(pk_store *store, const pk_batch *batch);
/* fault says why there is no job for the identity; NULL when there is one. */
pk_stored pk_store_add_batch_item(pk_store *store, const char *batch_id, const char *identity_id,
                                  const char *fault);
pk_stored pk_store_batch(pk_store *store, pk_arena *arena, const char *realm_id, const char *id,
                         pk_batch *out_batch);
/* Every identity that was asked for, as asked; fault also when the mail of its
 * job could not be sent. */
typedef bool pk_batch_item_each(const char *identity_id, const char *fault, void *user);
pk_stored pk_store_batch_items(pk_store *store, const char *batch_id, pk_batch_item_each *each,
                               void *user);
pk_stored pk_store_batch_jobs(pk_store *store, pk_arena *arena, const char *batch_id,
                              pk_page *page, pk_job_each *each, void *user);
/* How many messages of the realm wait to be sent. */
pk_stored pk_store_num_queued(pk_store *store, const char *realm_id, long long *out_num);

/* --------------------------------------------------------------- credential */

typedef struct pk_credential {
    const char *id;
    const char *realm_id;
    const char *identity_id;
    const char *job_id;
    const char *state;    /* ACTIVE or REVOKED */
    const char *csr_type; /* JWT */
    const char *jwk;      /* JSON text, members in the order of RFC 7638 */
    const char *jwk_thumbprint;
    int64_t create_ms;
    int64_t update_ms;
} pk_credential;

/* EXISTS when the job has one already. */
pk_stored pk_store_add_credential(pk_store *store, const pk_credential *credential);
/* identity_id NULL: of any identity of the realm. */
pk_stored pk_store_credential(pk_store *store, pk_arena *arena, const char *realm_id,
                              const char *identity_id, const char *id,
                              pk_credential *out_credential);

/* What to be equal to; NULL: whatever. */
typedef struct pk_credential_filter {
    const char *state;
    const char *jwk_thumbprint;
} pk_credential_filter;

typedef bool pk_credential_each(const pk_credential *credential, void *user);
pk_stored pk_store_credentials(pk_store *store, pk_arena *arena, const char *realm_id,
                               const char *identity_id, const pk_credential_filter *filter,
                               pk_page *page, pk_credential_each *each, void *user);
/* ABSENT when it was revoked already. */
pk_stored pk_store_credential_revoked(pk_store *store, const char *id, int64_t now_ms);

/* ------------------------------------------------------------------- outbox */

/* The message that takes a job's link to its identity. Its row is made with
 * the job and deleted when the message was sent; when it finally cannot be,
 * the row stays without the link, and the job is FAILED_TO_SEND. */
typedef struct pk_outgoing {
    const char *job_id;
    const char *tenant_id;
    const char *realm_id;
    const char *identity_id;
    const char *recipient;   /* an email address */
    const char *key_id;      /* which key the link is sealed with */
    const char *sealed_link; /* never NULL while it waits */
    long long attempts;
    int64_t create_ms;
    int64_t next_ms; /* when it is due; while it is being sent, when that is given up */
    int64_t expire_ms;
} pk_outgoing;

pk_stored pk_store_add_outgoing(pk_store *store, const pk_outgoing *outgoing);
/* The one that is due for longest: sealed with this key or expired. */
pk_stored pk_store_due_outgoing(pk_store *store, pk_arena *arena, const char *key_id,
                                int64_t now_ms, pk_outgoing *out_outgoing);
/* Makes it ours until lease_ms and counts the attempt, also in *outgoing.
 * ABSENT when another server was faster. */
pk_stored pk_store_claim_outgoing(pk_store *store, pk_outgoing *outgoing, int64_t lease_ms);
/* How the attempt ended; ABSENT when the message is not ours any more. */
pk_stored pk_store_outgoing_done(pk_store *store, const pk_outgoing *outgoing);
pk_stored pk_store_outgoing_later(pk_store *store, const pk_outgoing *outgoing, int64_t next_ms,
                                  const char *error);
pk_stored pk_store_outgoing_failed(pk_store *store, const pk_outgoing *outgoing, int64_t now_ms,
                                   const char *error);

#endif
