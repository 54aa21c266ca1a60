/* SPDX-License-Identifier: Apache-2.0
 * The whole story of one passkey: link -> registration -> key -> store. */
#ifndef PK_BIND_H
#define PK_BIND_H

#include "client/options.h"

#include <stdatomic.h>

/* passkey_client_bind on this thread. */
passkey_status pk_bind(const pk_options *options, const char *link, const atomic_bool *canceled,
                       passkey_bind_result **out_result, passkey_error **out_error);

#endif
