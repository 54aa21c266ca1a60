/* SPDX-License-Identifier: Apache-2.0
 * What a cloud has from its first start on. */
#ifndef PK_SETUP_H
#define PK_SETUP_H

#include "store/store.h"

typedef struct pk_setup {
    const char *tenant_id;
    const char *realm_id;
    const char *application_id;
    const char *config_id;
    const char *identity_id;
    const char *api_token;   /* NULL unless this was the first start */
    const char *signing_key; /* PEM; NULL from pk_setup_read */
} pk_setup;

/* Opens the store: database, a postgresql:// URL, or when that is NULL a file in
 * the folder, which must be nobody else's; create makes the folder. NULL when it
 * cannot, which is then said on stderr. */
pk_store *pk_setup_open(pk_arena *arena, const char *folder, const char *database, bool create);

/* Reads what was set up, or sets it up. False when the store cannot. */
bool pk_setup_ensure(pk_store *store, pk_arena *arena, pk_setup *out);

/* The same, but ABSENT when nothing was set up yet. */
pk_stored pk_setup_read(pk_store *store, pk_arena *arena, pk_setup *out);

/* A new API token for a tenant; NULL when the store cannot. */
const char *pk_setup_add_token(pk_store *store, pk_arena *arena, const char *tenant_id);

#endif
