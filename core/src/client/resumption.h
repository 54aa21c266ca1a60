/* SPDX-License-Identifier: Apache-2.0
 * What passkey_client_resume gives. */
#ifndef PK_RESUMPTION_H
#define PK_RESUMPTION_H

#include "client/draft.h"

passkey_resumption *pk_resumption_new(void);

/* One more pending bind. result is what it has become, NULL for nothing yet;
 * then error says why, and is_over whether it will not be tried again. Takes
 * result and error over, also on failure; false without memory. */
bool pk_resumption_add(passkey_resumption *resumption, const pk_instruction *instruction,
                       passkey_bind_result *result, bool is_over, passkey_error *error);

/* Makes the JSON; false without memory. */
bool pk_resumption_finish(passkey_resumption *resumption);

#endif
