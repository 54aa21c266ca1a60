/* SPDX-License-Identifier: Apache-2.0 */
#include "client/job_call.h"

#include "base/error.h"
#include "link/link.h"

#include <string.h>

bool pk_job_call_init(pk_job_call *job, const char *identity_id, const char *job_id)
{
    job->identity_id = pk_text_copy(identity_id);
    job->job_id = pk_text_copy(job_id);
    return job->identity_id && (job->job_id || !job_id);
}

void pk_job_call_free(pk_job_call *job)
{
    pk_text_free(job->identity_id);
    pk_text_free(job->job_id);
    pk_text_free(job->base);
}

/* Why this cannot be one step of a URL's path; NULL when it can. */
static const char *id_reason(const char *id)
{
    const char *reason = pk_instruction_value_reason(id, strlen(id));

    return reason || !strpbrk(id, "/\\?#%") ? reason : "holds a character that ids do not have";
}

passkey_status pk_job_call_check_id(const char *what, const char *id, passkey_error **out_error)
{
    const char *reason = id_reason(id);

    return reason ? pk_fail(out_error, PASSKEY_INVALID_ARGUMENT, "%s %s.", what, reason)
                  : PASSKEY_OK;
}

static passkey_status fail_option(const char *name, const char *reason, bool with_config,
                                  passkey_error **out_error)
{
    pk_fail(out_error, PASSKEY_INVALID_OPTION, "The option %s %s.", name, reason);
    pk_error_set_hint(out_error, "Jobs need the options api_base_url, tenant, realm, %sapi_token.",
                      with_config ? "authenticator_config and " : "and ");
    return PASSKEY_INVALID_OPTION;
}

static passkey_status need_options(const pk_options *options, bool with_config,
                                   passkey_error **out_error)
{
    const struct {
        const char *name, *value;
        bool is_needed, is_id;
    } needs[] = {
        {"api_base_url", options->api_base_url, true, false},
        {"tenant", options->tenant, true, true},
        {"realm", options->realm, true, true},
        {"authenticator_config", options->authenticator_config, with_config, false},
        {"api_token", options->api_token, true, false},
    };
    size_t i;

    for (i = 0; i < sizeof needs / sizeof *needs; i++) {
        const char *value = needs[i].value;
        const char *reason = !value           ? "is not set"
                             : needs[i].is_id ? id_reason(value)
                                              : pk_instruction_value_reason(value, strlen(value));

        if (needs[i].is_needed && reason)
            return fail_option(needs[i].name, reason, with_config, out_error);
    }
    return PASSKEY_OK;
}

passkey_status pk_job_call_open(pk_job_call *job, pk_call *call, bool with_config,
                                passkey_error **out_error)
{
    const pk_options *options = &call->options;
    const pk_url_policy policy = {options->allowed_domains,
                                  pk_options_allow_loopback_http(options)};
    passkey_status status = need_options(options, with_config, out_error);

    if (!status)
        status = pk_base_url_judge(options->api_base_url, "the option api_base_url", &policy,
                                   &job->base, out_error);
    if (status)
        return status;
    job->place = (pk_job_place){.api_base_url = job->base,
                                .tenant_id = options->tenant,
                                .realm_id = options->realm,
                                .identity_id = job->identity_id,
                                .api_token = options->api_token};
    return pk_call_open_http(call, out_error);
}

void pk_job_call_free_result(void *job)
{
    passkey_job_free(job);
}
