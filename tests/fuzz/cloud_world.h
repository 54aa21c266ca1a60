/* SPDX-License-Identifier: Apache-2.0
 * A cloud in memory, always the same, for the fuzz target of its requests. */
#ifndef FUZZ_CLOUD_WORLD_H
#define FUZZ_CLOUD_WORLD_H

#include "call.h"

#define FUZZ_NOW_MS 1700000000000

typedef struct fuzz_world {
    pk_cloud cloud;
    const char *values[8]; /* as the names of fuzz_cloud_request.c */
} fuzz_world;

/* Made by the first call. */
const fuzz_world *fuzz_world_get(void);

/* What is changed between the two is undone by the second. */
void fuzz_world_begin(void);
void fuzz_world_end(void);

#endif
