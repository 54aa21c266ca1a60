/* SPDX-License-Identifier: Apache-2.0
 * What came of one scenario, and whether it is what the file expects. */
#ifndef CONFORMANCE_OUTCOME_H
#define CONFORMANCE_OUTCOME_H

#include "base/memory.h"

#include <cjson/cJSON.h>
#include <passkey/passkey.h>

typedef struct outcome {
    passkey_status status;
    passkey_error *error;
    bool value;     /* of a predicate */
    size_t count;   /* of a list */
    cJSON *passkey; /* of bind and get */
    cJSON *info;
    cJSON *job;
    cJSON *resumed;  /* the first of the report */
    cJSON *findings; /* the worst level of each check */
} outcome;

/* Writes into why what differs; leaves it empty when all is as expected. */
void outcome_compare(const outcome *got, const cJSON *expect, pk_buffer *why);
void outcome_free(outcome *got);

#endif
