/* SPDX-License-Identifier: Apache-2.0
 * passkey_client_create_job. */
#include "base/error.h"
#include "base/memory.h"
#include "client/client.h"
#include "client/operation.h"
#include "link/link.h"
#include "registration/job.h"

#include <stdlib.h>
#include <string.h>

typedef struct job_ask {
    pk_call *call;
    char *identity_id, *delivery_method, *post_binding_redirect_uri;
    passkey_job *job;
} job_ask;

static void free_ask(job_ask *this)
{
    pk_text_free(this->identity_id);
    pk_text_free(this->delivery_method);
    pk_text_free(this->post_binding_redirect_uri);
    free(this);
}

static passkey_status need_option(const char *name, const char *value, passkey_error **out_error)
{
    const char *why = value ? pk_instruction_value_reason(value, strlen(value)) : "is not set";

    if (!why)
        return PASSKEY_OK;
    pk_fail(out_error, PASSKEY_INVALID_OPTION, "The option %s %s.", name, why);
    pk_error_set_hint(out_error, "Jobs need the options api_base_url, tenant, realm, "
                                 "authenticator_config and api_token.");
    return PASSKEY_INVALID_OPTION;
}

static passkey_status need_options(const pk_options *options, passkey_error **out_error)
{
    passkey_status status = need_option("api_base_url", options->api_base_url, out_error);

    if (!status)
        status = need_option("tenant", options->tenant, out_error);
    if (!status)
        status = need_option("realm", options->realm, out_error);
    if (!status)
        status = need_option("authenticator_config", options->authenticator_config, out_error);
    return status ? status : need_option("api_token", options->api_token, out_error);
}

static passkey_status prepare(const job_ask *this, const char *base, passkey_error **out_error)
{
    const pk_options *options = &this->call->options;
    const pk_job_request request = {.api_base_url = base,
                                    .tenant_id = options->tenant,
                                    .realm_id = options->realm,
                                    .identity_id = this->identity_id,
                                    .authenticator_config_id = options->authenticator_config,
                                    .api_token = options->api_token,
                                    .delivery_method = this->delivery_method,
                                    .post_binding_redirect_uri = this->post_binding_redirect_uri};
    passkey_status status = pk_call_open_http(this->call, out_error);

    return status ? status : pk_job_ask(this->call->http, &request, out_error);
}

static passkey_status ask_for_job(job_ask *this, passkey_error **out_error)
{
    const pk_options *options = &this->call->options;
    const pk_url_policy policy = {options->allowed_domains,
                                  pk_options_allow_loopback_http(options)};
    char *base = NULL;
    passkey_status status = need_options(options, out_error);

    if (!status)
        status = pk_base_url_judge(options->api_base_url, "the option api_base_url", &policy, &base,
                                   out_error);
    if (!status)
        status = prepare(this, base, out_error);
    pk_text_free(base);
    return status;
}

static passkey_status take_job(job_ask *this, passkey_error **out_error)
{
    return pk_job_take(this->call->http, this->delivery_method, this->call->options.api_token,
                       &this->job, out_error);
}

static const struct {
    pk_step step;
    passkey_status (*run)(job_ask *this, passkey_error **out_error);
} STEPS[] = {
    {{.name = "job"}, ask_for_job},
    {{0}, take_job},
};

static const pk_step *step_at(size_t i)
{
    return i < sizeof STEPS / sizeof *STEPS ? &STEPS[i].step : NULL;
}

static passkey_status run(pk_call *call, void *state, size_t i, passkey_error **out_error)
{
    job_ask *this = state;

    this->call = call;
    return STEPS[i].run(this, out_error);
}

static void *end(pk_call *call, void *state, passkey_status status)
{
    passkey_job *job = ((job_ask *)state)->job;
    (void)call, (void)status; /* without success there is none */

    free_ask(state);
    return job;
}

static void free_job(void *result)
{
    passkey_job_free(result);
}

static const pk_work CREATE_JOB = {"create_job", step_at, run, end, free_job};

static job_ask *new_ask(const char *identity_id, const char *delivery_method,
                        const char *post_binding_redirect_uri)
{
    job_ask *this = calloc(1, sizeof *this);

    if (!this)
        return NULL;
    this->identity_id = pk_text_copy(identity_id);
    this->delivery_method = pk_text_copy(delivery_method);
    this->post_binding_redirect_uri = pk_text_copy(post_binding_redirect_uri);
    if (this->identity_id && this->delivery_method &&
        (!post_binding_redirect_uri || this->post_binding_redirect_uri))
        return this;
    free_ask(this);
    return NULL;
}

passkey_status passkey_client_create_job_start(passkey_client *client, const char *identity_id,
                                               const char *delivery_method,
                                               const char *post_binding_redirect_uri,
                                               passkey_operation **out_operation,
                                               passkey_error **out_error)
{
    pk_options options = {0};
    pk_log log = {0};
    job_ask *ask;
    passkey_status status;

    if (!client || !identity_id || !delivery_method || !out_operation)
        return pk_fail_missing("client, identity_id, delivery_method or out_operation", out_error);
    if (pk_instruction_value_reason(identity_id, strlen(identity_id)) ||
        (strcmp(delivery_method, "RETURN") && strcmp(delivery_method, "EMAIL")))
        return pk_fail(out_error, PASSKEY_INVALID_ARGUMENT,
                       "An identity and the delivery method RETURN or EMAIL are needed.");
    status = pk_client_settings(client, &options, &log, out_error);
    if (status)
        return status;
    ask = new_ask(identity_id, delivery_method, post_binding_redirect_uri);
    if (ask)
        return pk_operation_start(&options, &log, &CREATE_JOB, ask, out_operation, out_error);
    pk_options_clear(&options);
    pk_log_sink_drop(log.sink);
    return pk_fail_memory(out_error);
}

passkey_status passkey_operation_create_job_result(passkey_operation *operation,
                                                   passkey_job **out_job,
                                                   passkey_error **out_error)
{
    void *result = NULL;
    passkey_status status;

    if (!out_job)
        return pk_fail_missing("out_job", out_error);
    status = pk_operation_take(operation, &CREATE_JOB, &result, out_error);
    if (!status)
        *out_job = result;
    return status;
}

passkey_status passkey_client_create_job(passkey_client *client, const char *identity_id,
                                         const char *delivery_method,
                                         const char *post_binding_redirect_uri,
                                         passkey_job **out_job, passkey_error **out_error)
{
    passkey_operation *operation = NULL;
    passkey_status status;

    if (!out_job)
        return pk_fail_missing("out_job", out_error);
    status = passkey_client_create_job_start(client, identity_id, delivery_method,
                                             post_binding_redirect_uri, &operation, out_error);
    if (status)
        return status;
    passkey_operation_wait(operation, -1);
    status = passkey_operation_create_job_result(operation, out_job, out_error);
    passkey_operation_free(operation);
    return status;
}
