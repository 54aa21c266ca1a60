/* SPDX-License-Identifier: Apache-2.0
 * One call of the API: what was asked and what is answered. http/ makes it and
 * sends it, route.c hands it to its handler in api/. */
#ifndef PK_CALL_H
#define PK_CALL_H

#include "arena.h"
#include "sign.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The server, as all its calls see it. */
typedef struct pk_cloud {
    pk_store *store;
    const char *public_url; /* no slash at the end */
    int64_t link_lifetime_ms;
    struct pk_faults *faults; /* NULL: none was asked for */
    bool fault_control;       /* more may be asked for while it runs */
    const struct pk_mail *mail; /* the way into the outbox */
    const pk_signer *signer; /* of access tokens */
} pk_cloud;

#define PK_MAX_BODY 65536
#define PK_MAX_HEADERS 16

typedef struct pk_header {
    const char *name;
    const char *value;
} pk_header;

typedef struct pk_call {
    const pk_cloud *cloud;
    pk_store *store;
    int64_t now_ms; /* one time for everything that the call does */
    pk_arena arena;

    /* asked; NULL for a header that is absent */
    const char *method;
    const char *target; /* as on the request line */
    const char *authorization;
    const char *accept;
    const char *origin;
    const char *correlation_id; /* never NULL: generated when none came */
    const char *body;
    size_t body_len;
    bool body_too_large;
    bool from_loopback;
    const char *fault; /* the failure on request that it met; NULL: none */

    /* found by the router; NULL when the route has no such part */
    const char *route; /* its pattern, which unlike the target holds no secret */
    const char *query;
    const char *tenant_id;
    const char *realm_id;
    const char *identity_id;
    const char *id;
    pk_realm realm;
    const char *scope; /* of the access token; NULL: everything */

    /* answered */
    int status;
    const char *text; /* NULL: no body */
    const char *content_type; /* NULL: application/json */
    pk_header headers[PK_MAX_HEADERS];
    size_t num_headers;
} pk_call;

/* Answers a call: status, text and headers are set in any case. */
void pk_route(pk_call *call);

/* Instead of that: only the headers by which browsers on the origins that its link
 * trusts may read the answer. */
void pk_route_origin(pk_call *call);

/* As pk_route; once more when the database gave the work up to let another go on. */
void pk_call_run(pk_call *call);

/* The token of "Authorization: Bearer …"; NULL when there is none. */
const char *pk_call_bearer(pk_call *call);

/* A parameter of the query, decoded; NULL when absent. One that holds a NUL
 * character is a control character, so that it equals nothing. */
const char *pk_call_query(pk_call *call, const char *name);

/* How often the query has the parameter. */
int pk_call_num_queries(const pk_call *call, const char *name);

/* The same for any text of name=value pairs. */
int pk_num_pairs(const char *pairs, size_t pairs_len, const char *name);

/* The body as a JSON object; NULL when it is none, which is then answered. */
pk_json *pk_call_json(pk_call *call);

/* The path's identity for look-ups: NULL for "-", which means any. */
const char *pk_call_identity(const pk_call *call);

#endif
