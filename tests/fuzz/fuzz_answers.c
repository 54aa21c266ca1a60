/* SPDX-License-Identifier: Apache-2.0
 * The answers to :invokeAuthenticator (the instruction) and :getInfo. */
#include "answer.h"

static void require_usable(const char *value)
{
    REQUIRE(value && !pk_instruction_value_reason(value, strlen(value)));
}

static void take_instruction(const pk_http_answer *answer)
{
    pk_instruction made = {0};
    passkey_error *error = NULL;
    passkey_status status = pk_answer_instruction(answer, &made, &error);

    if (!status) {
        require_usable(made.api_base_url);
        require_usable(made.tenant_id);
        require_usable(made.realm_id);
        require_usable(made.identity_id);
        require_usable(made.job_id);
        require_usable(made.token);
    }
    fuzz_answer_judged(status, error);
    pk_instruction_free(&made);
}

static void take_info(const pk_http_answer *answer)
{
    pk_info info = {0};
    passkey_error *error = NULL;
    passkey_status status = pk_answer_info(answer, &info, &error);

    if (!status)
        REQUIRE(info.tenant_display_name && info.realm_display_name && info.username &&
                info.identity_display_name && info.support_url && info.logo_url_dark &&
                info.logo_url_light);
    fuzz_answer_judged(status, error);
    pk_info_free(&info);
}

int LLVMFuzzerTestOneInput(const uint8_t *x, size_t x_len)
{
    pk_http_answer answer = fuzz_answer(x, x_len);

    take_instruction(&answer);
    take_info(&answer);
    fuzz_answer_refused(&answer);
    free(answer.body.data);
    return 0;
}
