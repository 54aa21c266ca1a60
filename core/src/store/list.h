/* SPDX-License-Identifier: Apache-2.0
 * Several passkeys, and what could not be read. */
#ifndef PK_LIST_H
#define PK_LIST_H

#include "store/credential.h"

passkey_credential_list *pk_list_new(void);

/* Takes the credential's fields over; false without memory, the caller then
 * still owns them. */
bool pk_list_add(passkey_credential_list *list, const passkey_credential *credential);

/* Notes a file that could not be understood. */
bool pk_list_add_damaged(passkey_credential_list *list, const char *file, const char *why);

/* Sorts, oldest first, and makes the JSON; false without memory. */
bool pk_list_finish(passkey_credential_list *list);

/* The first passkey, taken out; NULL without memory. */
passkey_credential *pk_list_take_first(passkey_credential_list *list);

#endif
