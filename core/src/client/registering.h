/* SPDX-License-Identifier: Apache-2.0
 * From a draft to a passkey: the last steps of a bind, and all of a resume. */
#ifndef PK_REGISTERING_H
#define PK_REGISTERING_H

#include "client/draft.h"
#include "client/operation.h"
#include "store/store.h"

typedef struct pk_registering {
    pk_pending *pending; /* held; NULL before */
    pk_draft draft;
    bool is_noted; /* the cloud may know the key, or soon will */
    bool was_asked; /* before the request that is answered now: it may know it already */
    bool is_refused; /* by the cloud itself, for good */
    pk_bound bound;
} pk_registering;

/* Holds the pending bind of that name, and reads what it has noted, if
 * anything. STORE_DAMAGED for a note of a newer version, and what
 * pk_pending_hold says. */
passkey_status pk_registering_hold(pk_registering *this, const char *home, const char *name,
                                   passkey_error **out_error);

/* Notes the draft: from here on nothing is lost. */
passkey_status pk_registering_note(pk_registering *this, passkey_error **out_error);

/* In this order. What take reads is the answer to what ask has prepared. ask
 * judges where a noted draft would go by the policy of now. */
passkey_status pk_registering_ask(pk_registering *this, pk_call *call, passkey_error **out_error);
passkey_status pk_registering_ask_again(pk_registering *this, pk_call *call,
                                        passkey_error **out_error);
passkey_status pk_registering_take(pk_registering *this, pk_call *call, passkey_error **out_error);
passkey_status pk_registering_save(pk_registering *this, pk_store *store,
                                   passkey_bind_result **out_result, passkey_error **out_error);

/* Whether it is over with this status: it was saved, the cloud has refused it,
 * or it was never noted. Else it stays pending: so does a key that may have been
 * registered by an earlier request, whatever a gateway says of this one. */
bool pk_registering_is_over(const pk_registering *this, passkey_status status);

/* Frees all of it; what is over leaves nothing behind. */
void pk_registering_end(pk_registering *this, pk_store *store, passkey_status status);

#endif
