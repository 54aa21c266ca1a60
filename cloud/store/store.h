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

/* NULL when it cannot be opened; *out_reason (static or the arena's) says why. */
pk_store *pk_store_open(const char *folder, pk_arena *arena, const char **out_reason);
void pk_store_close(pk_store *store);

/* For the log: why the last call failed, without any value; NULL for none. */
const char *pk_store_reason(const pk_store *store);

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

/* ------------------------------------------------- tenant, realm and set-up */

typedef struct pk_realm {
    const char *tenant_id;
    const char *tenant_display_name;
    const char *id;
    const char *display_name;
} pk_realm;

pk_stored pk_store_add_tenant(pk_store *store, const char *id, const char *display_name,
                              int64_t now_ms);
pk_stored pk_store_add_realm(pk_store *store, const pk_realm *realm, int64_t now_ms);
pk_stored pk_store_realm(pk_store *store, pk_arena *arena, const char *tenant_id, const char *id,
                         pk_realm *out_realm);

pk_stored pk_store_add_api_token(pk_store *store, const char *hash, const char *tenant_id,
                                 int64_t now_ms);
/* The tenant whose token has this hash. */
pk_stored pk_store_api_token(pk_store *store, pk_arena *arena, const char *hash,
                             const char **out_tenant_id);

typedef struct pk_config {
    const char *id;
    const char *realm_id;
    const char *display_name;
    const char *config; /* JSON text */
} pk_config;

pk_stored pk_store_add_config(pk_store *store, const pk_config *config, int64_t now_ms);
pk_stored pk_store_config(pk_store *store, pk_arena *arena, const char *realm_id, const char *id,
                          pk_config *out_config);

pk_stored pk_store_add_application(pk_store *store, const char *id, const char *display_name,
                                   const pk_config *config, int64_t now_ms);
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
    int64_t create_ms;
    int64_t update_ms;
    bool enrolled; /* has an active credential; out only */
    bool pending;  /* has a job whose link still works at now_ms; out only */
} pk_identity;

/* EXISTS when the realm has the username already, whatever the case of its
 * ASCII letters. */
pk_stored pk_store_add_identity(pk_store *store, const pk_identity *identity);
pk_stored pk_store_identity(pk_store *store, pk_arena *arena, const char *realm_id, const char *id,
                            int64_t now_ms, pk_identity *out_identity);
typedef bool pk_identity_each(const pk_identity *identity, void *user);
pk_stored pk_store_identities(pk_store *store, pk_arena *arena, const char *realm_id,
                              int64_t now_ms, pk_page *page, pk_identity_each *each, void *user);

/* ------------------------------------------------- credential binding job */

typedef struct pk_job {
    const char *id;
    const char *realm_id;
    const char *identity_id;
    const char *delivery_method;
    const char *state;
    const char *config_id;
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

/* LINK_SENT becomes LINK_OPENED; both become REQUEST_DELIVERED; ABSENT when it
 * is there already or beyond. */
pk_stored pk_store_job_opened(pk_store *store, const char *id, int64_t now_ms);
pk_stored pk_store_job_delivered(pk_store *store, const char *id, int64_t now_ms);
/* ABSENT when it was complete or revoked already. */
pk_stored pk_store_job_revoked(pk_store *store, const char *id, int64_t now_ms);
pk_stored pk_store_job_complete(pk_store *store, const char *id, const char *credential_id,
                                int64_t now_ms);

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
typedef bool pk_credential_each(const pk_credential *credential, void *user);
pk_stored pk_store_credentials(pk_store *store, pk_arena *arena, const char *realm_id,
                               const char *identity_id, pk_page *page, pk_credential_each *each,
                               void *user);
/* ABSENT when it was revoked already. */
pk_stored pk_store_credential_revoked(pk_store *store, const char *id, int64_t now_ms);

#endif
