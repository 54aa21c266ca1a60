/* SPDX-License-Identifier: Apache-2.0
 * The folder that holds the passkeys (docs/store.md):
 *
 *   home/passkeys/<local id>.json   one record per passkey
 *   home/keys/<16 hex>.pem          its key, wrapped by the TPM
 *   home/lock                       held while a passkey is replaced */
#ifndef PK_STORE_H
#define PK_STORE_H

#include "store/record.h"

/* Holds no descriptor while nothing is done with it: a thousand binds may wait
 * with one each. */
typedef struct pk_store pk_store;

/* Opens the store for writing, made when there is none. STORE_UNSAFE,
 * STORE_UNWRITABLE, STORE_UNREADABLE. */
passkey_status pk_store_open(const char *home, pk_store **out_store, passkey_error **out_error);
void pk_store_close(pk_store *store);

/* Saves a key, durably, under a handle that is new; "km:" and 16 hex digits,
 * for pk_text_free. */
passkey_status pk_store_add_key(pk_store *store, const char *pem, char **out_key_handle,
                                passkey_error **out_error);

/* Takes a key back that no record names. */
void pk_store_drop_key(pk_store *store, const char *key_handle);

/* Saves the record, durably, then removes the record and key of an older
 * passkey of the same tenant, realm and identity. */
passkey_status pk_store_add(pk_store *store, const passkey_credential *credential,
                            const pk_record_key *key, passkey_error **out_error);

/* Reads the passkeys of a store, oldest first; a store that is not there is
 * empty. */
passkey_status pk_store_list(const char *home, passkey_credential_list **out_list,
                             passkey_error **out_error);

#endif
