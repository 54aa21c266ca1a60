/* SPDX-License-Identifier: Apache-2.0
 * The requests that turn a link into a registered public key. */
#ifndef PK_REGISTRATION_H
#define PK_REGISTRATION_H

#include "registration/answer.h"
#include "registration/http.h"

/* Each request is prepared by ask_, to be submitted, and its answer judged by
 * take_. */

/* GET …:invokeAuthenticator: what is to be bound, with the api_base_url of the
 * answer judged as the link was. */
passkey_status pk_registration_ask_instruction(pk_http *http, const char *invoke_url,
                                               passkey_error **out_error);
passkey_status pk_registration_take_instruction(pk_http *http, const char *invoke_url,
                                                const pk_url_policy *policy,
                                                pk_instruction *out_instruction,
                                                passkey_error **out_error);

/* POST …:getInfo: whom the passkey will be for. */
passkey_status pk_registration_ask_info(pk_http *http, const pk_instruction *instruction,
                                        passkey_error **out_error);
passkey_status pk_registration_take_info(pk_http *http, const pk_instruction *instruction,
                                         pk_info *out_info, passkey_error **out_error);

/* POST …:bind: registers the public key in jws. The same jws may be sent again
 * when the answer was lost: the cloud takes it as the same bind. out_refused: the
 * cloud itself said so, in its own form, and will say so again; what stands before
 * it (a gateway, a proxy) knows nothing of an earlier bind. */
passkey_status pk_registration_ask_bind(pk_http *http, const pk_instruction *instruction,
                                        const char *jws, passkey_error **out_error);
passkey_status pk_registration_take_bound(pk_http *http, const pk_instruction *instruction,
                                          const char *jws, pk_bound *out_bound,
                                          bool *out_refused, passkey_error **out_error);

/* {api_base_url}/v1/tenants/…/identities/…, percent-encoded, with suffix
 * behind it; NULL without memory; pk_text_free. */
char *pk_registration_url(const char *api_base_url, const char *tenant_id, const char *realm_id,
                          const char *identity_id, const char *suffix);

#endif
