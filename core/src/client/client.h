/* SPDX-License-Identifier: Apache-2.0
 * What the public functions of a client share. */
#ifndef PK_CLIENT_H
#define PK_CLIENT_H

#include "base/log.h"
#include "client/operation.h"

/* The client's options as they are now, for pk_options_clear, and its log,
 * with a sink for pk_log_sink_drop. */
passkey_status pk_client_settings(passkey_client *client, pk_options *out_options,
                                  pk_log *out_log, passkey_error **out_error);

/* Starts work with the client's options; state is taken over, NULL is without
 * memory. */
passkey_status pk_client_start(passkey_client *client, const pk_work *work, void *state,
                               passkey_operation **out_operation, passkey_error **out_error);

/* INVALID_ARGUMENT: what is NULL. */
passkey_status pk_fail_missing(const char *what, passkey_error **out_error);

#endif
