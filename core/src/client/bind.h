/* SPDX-License-Identifier: Apache-2.0
 * The whole story of one passkey: link -> registration -> key -> store. */
#ifndef PK_BIND_H
#define PK_BIND_H

#include "client/operation.h"

extern const pk_work PK_BIND; /* its result is a passkey_bind_result */

/* The state of a bind of this link; NULL without memory. */
void *pk_binding_new(const char *link);

#endif
