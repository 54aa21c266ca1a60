/* SPDX-License-Identifier: Apache-2.0
 * What a link is, read from its syntax alone: the part that the predicates and
 * bind share. */
#ifndef PK_CLASSIFY_H
#define PK_CLASSIFY_H

#include "link/link.h"
#include "link/url.h"

#define PK_BEHIND_JOB ":invokeAuthenticator"

/* The parameters of a /bind link, in the order of pk_instruction; then NULL. */
extern const char *const pk_bind_keys[];

/* What was read from a text. */
typedef struct pk_reading {
    pk_url url;
    const char *reason;     /* why it is no URL to us; then the rest does not count */
    pk_link_kind path_kind; /* what the path says it is */
    const char *missing;    /* the first parameter that such a path needs and that is not there */
} pk_reading;

/* PASSKEY_OK also for what is no link, or OUT_OF_MEMORY; in any case for
 * pk_reading_free. */
passkey_status pk_link_read(const char *text, pk_reading *out);
pk_link_kind pk_reading_kind(const pk_reading *reading);
void pk_reading_free(pk_reading *reading);

/* The path of a cloud link; it points into the path that it was split from. */
typedef struct pk_invoke_path {
    const char *ids[4]; /* tenant, realm, identity, job; may be empty */
    size_t lens[4];
    const char *rest; /* what stands behind :invokeAuthenticator */
} pk_invoke_path;

bool pk_invoke_path_split(const char *path, pk_invoke_path *out);

/* Moves *p to the next pair with this key in a form-encoded query: 1, or 0 when
 * there is none, or -1 without memory. */
int pk_query_find(const char **p, const char *key, size_t *out_len);

#endif
