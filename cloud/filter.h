/* SPDX-License-Identifier: Apache-2.0
 * The filters of lists: attribute eq "text" and attribute co "text", joined by
 * and, as RFC 7644 section 3.4.2.2 writes them. */
#ifndef PK_FILTER_H
#define PK_FILTER_H

#include "arena.h"

#include <stdbool.h>

typedef struct pk_filter_slot {
    const char *attribute;
    const char **equal;
    const char **part; /* NULL: co is not for this attribute */
} pk_filter_slot;

/* Puts the texts where slots (which ends with an attribute NULL) say. NULL, or
 * what is wrong with the filter. */
const char *pk_filter_read(pk_arena *arena, const char *filter, const pk_filter_slot *slots);

#endif
