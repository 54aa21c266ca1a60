/* SPDX-License-Identifier: Apache-2.0
 * What the cloud says a link would bind: the first steps of a bind, and all of
 * passkey_client_info. */
#ifndef PK_ENQUIRY_H
#define PK_ENQUIRY_H

#include "client/operation.h"
#include "registration/registration.h"

typedef struct pk_enquiry {
    char *text;
    pk_url_policy policy;
    pk_link link;
    pk_instruction instruction;
    pk_info info;
} pk_enquiry;

/* For this link; false without memory. */
bool pk_enquiry_init(pk_enquiry *enquiry, const char *link);
void pk_enquiry_free(pk_enquiry *enquiry);

/* In this order. What take_ reads is the answer to what ask_ has prepared. */
passkey_status pk_enquiry_read_link(pk_enquiry *enquiry, pk_call *call, passkey_error **out_error);
passkey_status pk_enquiry_ask_instruction(pk_enquiry *enquiry, pk_call *call,
                                          passkey_error **out_error);
passkey_status pk_enquiry_take_instruction(pk_enquiry *enquiry, pk_call *call,
                                           passkey_error **out_error);
passkey_status pk_enquiry_ask_info(pk_enquiry *enquiry, pk_call *call, passkey_error **out_error);
passkey_status pk_enquiry_take_info(pk_enquiry *enquiry, pk_call *call, passkey_error **out_error);

/* The api_base_url as it is shown and kept: without a slash at its end. */
void pk_enquiry_trim_base_url(pk_enquiry *enquiry);

#endif
