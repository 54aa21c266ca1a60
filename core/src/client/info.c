/* SPDX-License-Identifier: Apache-2.0
 * passkey_client_info: what bind would do, up to where a key would be made. */
#include "base/error.h"
#include "client/client.h"
#include "client/enquiry.h"
#include "client/result.h"

#include <stdlib.h>

typedef struct inquiring {
    pk_enquiry enquiry;
    passkey_info *info;
} inquiring;

static passkey_status take_info(inquiring *this, pk_call *call, passkey_error **out_error)
{
    passkey_status status = pk_enquiry_take_info(&this->enquiry, call, out_error);

    if (status)
        return status;
    pk_enquiry_trim_base_url(&this->enquiry);
    this->info = pk_info_result_new(&this->enquiry.instruction, &this->enquiry.info);
    return this->info ? PASSKEY_OK : pk_fail_memory(out_error);
}

static const pk_step STEPS[] = {
    {.name = "link"}, {.name = "instruction"}, {0}, {.name = "info"}, {0},
};

static const pk_step *step_at(size_t i)
{
    return i < sizeof STEPS / sizeof *STEPS ? &STEPS[i] : NULL;
}

static passkey_status run(pk_call *call, void *state, size_t i, passkey_error **out_error)
{
    inquiring *this = state;

    switch (i) {
    case 0: return pk_enquiry_read_link(&this->enquiry, call, out_error);
    case 1: return pk_enquiry_ask_instruction(&this->enquiry, call, out_error);
    case 2: return pk_enquiry_take_instruction(&this->enquiry, call, out_error);
    case 3: return pk_enquiry_ask_info(&this->enquiry, call, out_error);
    default: return take_info(this, call, out_error);
    }
}

static void *end(pk_call *call, void *state, passkey_status status)
{
    inquiring *this = state;
    passkey_info *info = this->info;

    (void)call, (void)status; /* without success there is none */
    pk_enquiry_free(&this->enquiry);
    free(this);
    return info;
}

static void free_result(void *result)
{
    passkey_info_free(result);
}

static const pk_work INFO = {"info", PK_OUTCOME_INFO, step_at, run, end, free_result};

static inquiring *new_inquiring(const char *link)
{
    inquiring *this = calloc(1, sizeof *this);

    if (!this || pk_enquiry_init(&this->enquiry, link))
        return this;
    free(this);
    return NULL;
}

passkey_status passkey_client_info_start(passkey_client *client, const char *link,
                                         passkey_operation **out_operation,
                                         passkey_error **out_error)
{
    if (!client || !link || !out_operation)
        return pk_fail_missing("client, link or out_operation", out_error);
    return pk_client_start(client, &INFO, new_inquiring(link), out_operation, out_error);
}
