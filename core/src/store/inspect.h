/* SPDX-License-Identifier: Apache-2.0
 * A store looked at file by file: what passkey_client_list leaves out, too. */
#ifndef PK_STORE_INSPECT_H
#define PK_STORE_INSPECT_H

#include "store/store.h"

typedef enum pk_record_fault {
    PK_RECORD_FINE,
    PK_RECORD_DAMAGED,
    PK_RECORD_NEWER, /* of a version that is not known here */
    PK_RECORD_KEY_MISSING,
    PK_RECORD_KEY_CHANGED,
    PK_RECORD_UNREADABLE /* perhaps not damaged at all */
} pk_record_fault;

/* One file in the folder of records. */
typedef struct pk_record_looks {
    const char *file;
    pk_record_fault fault;
    const char *why;     /* in words; NULL when fine */
    const char *id;      /* of a record that was understood; else NULL */
    const char *key_file; /* that it names; NULL when none can be read */
    char srk_name[2 * 64 + 1]; /* hexadecimal; "" when it names none */
} pk_record_looks;

typedef struct pk_store_visitor {
    void (*on_record)(void *user, const pk_record_looks *looks);
    /* A key file that no record names, untouched for PK_STORE_ORPHAN_AGE_S. */
    void (*on_orphan)(void *user, const char *file);
    void *user;
} pk_store_visitor;

/* A bind that is under way has a key and no record yet. */
#define PK_STORE_ORPHAN_AGE_S 3600

/* 0 or an errno value; -1 for a folder that is not there. */
int pk_store_inspect(int passkeys_fd, int keys_fd, const pk_store_visitor *visitor);

#endif
