/* SPDX-License-Identifier: Apache-2.0 */
#include "client/enquiry.h"

#include <string.h>

bool pk_enquiry_init(pk_enquiry *enquiry, const char *link)
{
    enquiry->text = pk_text_copy_n(link, strnlen(link, PK_LINK_MAX + 1));
    return enquiry->text;
}

void pk_enquiry_free(pk_enquiry *enquiry)
{
    pk_info_free(&enquiry->info);
    pk_instruction_free(&enquiry->instruction);
    pk_link_free(&enquiry->link);
    pk_text_free(enquiry->text);
}

passkey_status pk_enquiry_read_link(pk_enquiry *enquiry, pk_call *call, passkey_error **out_error)
{
    enquiry->policy.allowed_domains = call->options.allowed_domains;
    enquiry->policy.allow_loopback_http = pk_options_allow_loopback_http(&call->options);
    return pk_link_parse(enquiry->text, &enquiry->policy, &enquiry->link, out_error);
}

/* A …/bind?… link is the instruction itself: nothing is asked then. */
passkey_status pk_enquiry_ask_instruction(pk_enquiry *enquiry, pk_call *call,
                                          passkey_error **out_error)
{
    passkey_status status = pk_call_open_http(call, out_error);

    if (!status && enquiry->link.kind == PK_LINK_INVOKE)
        status = pk_registration_ask_instruction(call->http, enquiry->link.invoke_url, out_error);
    return status;
}

passkey_status pk_enquiry_take_instruction(pk_enquiry *enquiry, pk_call *call,
                                           passkey_error **out_error)
{
    if (enquiry->link.kind == PK_LINK_INVOKE)
        return pk_registration_take_instruction(call->http, enquiry->link.invoke_url,
                                                &enquiry->policy, &enquiry->instruction,
                                                out_error);
    enquiry->instruction = enquiry->link.instruction;
    memset(&enquiry->link.instruction, 0, sizeof enquiry->link.instruction);
    return PASSKEY_OK;
}

passkey_status pk_enquiry_ask_info(pk_enquiry *enquiry, pk_call *call, passkey_error **out_error)
{
    return pk_registration_ask_info(call->http, &enquiry->instruction, out_error);
}

passkey_status pk_enquiry_take_info(pk_enquiry *enquiry, pk_call *call, passkey_error **out_error)
{
    return pk_registration_take_info(call->http, &enquiry->instruction, &enquiry->info, out_error);
}

void pk_enquiry_trim_base_url(pk_enquiry *enquiry)
{
    char *url = enquiry->instruction.api_base_url;
    size_t len = strlen(url);

    while (len && url[len - 1] == '/')
        url[--len] = '\0';
}
