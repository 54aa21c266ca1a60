/* SPDX-License-Identifier: Apache-2.0
 * The folder that holds the passkeys (docs/store.md):
 *
 *   home/passkeys/<local id>.json   one record per passkey
 *   home/keys/<16 hex>.pem          its key, wrapped by the TPM
 *   home/pending/<64 hex>           a bind under way (store/pending.h)
 *   home/lock                       held while a passkey is replaced or deleted */

#ifndef PK_STORE_H
#define PK_STORE_H

#include "store/record.h"

#include <stdatomic.h>

/* Holds no descriptor while nothing is done with it: a thousand binds may wait
 * with one each. */
typedef struct pk_store pk_store;

/* Opens the store for writing, made when there is none. STORE_UNSAFE,
 * STORE_UNWRITABLE, STORE_UNREADABLE. */
passkey_status pk_store_open(const char *home, pk_store **out_store, passkey_error **out_error);
void pk_store_close(pk_store *store);

/* A new handle for a key, "km:" and 16 hex digits; false without memory. */
#define PK_KEY_HANDLE_SIZE 20
bool pk_store_new_handle(char out[PK_KEY_HANDLE_SIZE]);

/* Saves a key, durably, under its handle. */
passkey_status pk_store_put_key(pk_store *store, const char *key_handle, const char *pem,
                                passkey_error **out_error);

/* Removes a key's file, unless a record names it. */
void pk_store_drop_key(pk_store *store, const char *key_handle);

/* Saves the record, durably, then removes the record and key of an older
 * passkey of the same tenant, realm and identity. */
passkey_status pk_store_add(pk_store *store, const passkey_credential *credential,
                            const pk_record_key *key, passkey_error **out_error);

/* Reads the passkeys of a store, oldest first; a store that is not there is
 * empty. */
passkey_status pk_store_list(const char *home, passkey_credential_list **out_list,
                             passkey_error **out_error);

/* The passkey with this id: one, none, or a damaged one. */
passkey_status pk_store_find(const char *home, const char *id, passkey_credential_list **out_list,
                             passkey_error **out_error);

/* Removes the record with this id, whatever is in it, then the key file that it
 * names and no other record does. Both are gone for good when it returns
 * PASSKEY_OK, also when there was none. STORE_BUSY, CANCELED, STORE_UNSAFE,
 * STORE_UNREADABLE, STORE_UNWRITABLE. */
passkey_status pk_store_delete(const char *home, const char *id, const atomic_bool *canceled,
                               passkey_error **out_error);

#endif
