/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PK_RESULT_H
#define PK_RESULT_H

#include "link/link.h"
#include "registration/answer.h"
#include "store/credential.h"

/* Takes both over, also on failure; NULL without memory. */
passkey_bind_result *pk_bind_result_new(passkey_credential *credential,
                                        char *post_binding_redirect_uri);

/* What passkey_client_info gives; leaves both as they are; NULL without memory. */
passkey_info *pk_info_result_new(const pk_instruction *instruction, const pk_info *info);

/* What passkey_client_check shows of a link; leaves link as it is. */
passkey_link *pk_link_description(const pk_link *link);

#endif
