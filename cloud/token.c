/* SPDX-License-Identifier: Apache-2.0
 * passkey-cloud token create: another API token, on stdout. */
#include "options.h"
#include "setup.h"

#include <stdio.h>

static int create(pk_store *store, pk_arena *arena)
{
    pk_setup setup;
    const char *token;

    switch (pk_setup_read(store, arena, &setup)) {
    case PK_STORED_OK:
        break;
    case PK_STORED_ABSENT:
        return pk_say_failure("there is no tenant in this folder yet", NULL,
                              "Run passkey-cloud init with this --data first.");
    default:
        return pk_say_failure("the database cannot be read", pk_store_reason(store), NULL);
    }
    token = pk_setup_add_token(store, arena, setup.tenant_id);
    if (!token)
        return pk_say_failure("the token cannot be stored", pk_store_reason(store), NULL);
    if (puts(token) == EOF || fflush(stdout) == EOF)
        return pk_say_failure("the token cannot be printed", NULL, NULL);
    return 0;
}

int pk_token_create(const pk_options *options)
{
    pk_arena arena = {0};
    pk_store *store = pk_setup_open(&arena, options->data, options->database, false);
    int code = store ? create(store, &arena) : 1;

    pk_store_close(store);
    pk_arena_free(&arena);
    return code;
}
