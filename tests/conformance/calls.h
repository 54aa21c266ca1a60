/* SPDX-License-Identifier: Apache-2.0
 * The calls that scenarios name, on the public C API. */
#ifndef CONFORMANCE_CALLS_H
#define CONFORMANCE_CALLS_H

#include "outcome.h"

/* What a call is made with; NULL where the scenario does not say. */
typedef struct call_words {
    char *link;
    char *id;
    char *identity;
    char *job;
    char *delivery_method;
    char *post_binding_redirect_uri;
    unsigned wait_ms;
} call_words;

typedef struct call_kind call_kind;

/* NULL for a name that nobody knows. */
const call_kind *call_find(const char *name);

/* Starts it; what has no operation is done at once, and leaves NULL. */
passkey_operation *call_start(const call_kind *kind, passkey_client *client,
                              const call_words *words, outcome *out);

/* Waits, takes the outcome and frees the operation. */
void call_end(const call_kind *kind, passkey_operation *operation, outcome *out);

#endif
