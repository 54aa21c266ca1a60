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
    char *identity_id, *delivery_method, *post_binding_redirect_uri;
} job_ask;

static void free_job_ask(void *ask)
{
    job_ask *job = ask;

    if (!job)
        return;
    pk_text_free(job->identity_id);
    pk_text_free(job->delivery_method);
    pk_text_free(job->post_binding_redirect_uri);
    free(job);
}

static void free_job(void *result)
{
    passkey_job_free(result);
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

static passkey_status send_job(const pk_options *options, const job_ask *ask, const char *base,
                               const atomic_bool *canceled, passkey_job **out_job,
                               passkey_error **out_error)
{
    const pk_http_options http_options = {.ca_file = options->ca_file,
                                          .proxy = options->proxy,
                                          .timeout_ms = pk_options_timeout_ms(options),
                                          .canceled = canceled};
    const pk_job_request request = {.api_base_url = base,
                                    .tenant_id = options->tenant,
                                    .realm_id = options->realm,
                                    .identity_id = ask->identity_id,
                                    .authenticator_config_id = options->authenticator_config,
                                    .api_token = options->api_token,
                                    .delivery_method = ask->delivery_method,
                                    .post_binding_redirect_uri = ask->post_binding_redirect_uri};
    pk_http *http = NULL;
    passkey_status status = pk_http_new(&http_options, &http, out_error);

    if (!status)
        status = pk_job_create(http, &request, out_job, out_error);
    pk_http_free(http);
    return status;
}

static passkey_status run_create_job(const pk_options *options, const void *ask,
                                     const atomic_bool *canceled, void **out_result,
                                     passkey_error **out_error)
{
    const pk_url_policy policy = {options->allowed_domains,
                                  pk_options_allow_loopback_http(options)};
    passkey_job *job = NULL;
    char *base = NULL;
    passkey_status status = need_options(options, out_error);

    if (!status)
        status = pk_base_url_judge(options->api_base_url, "the option api_base_url", &policy, &base,
                                   out_error);
    if (!status)
        status = send_job(options, ask, base, canceled, &job, out_error);
    pk_text_free(base);
    *out_result = job;
    return status;
}

static const pk_work CREATE_JOB = {run_create_job, free_job_ask, free_job};

static job_ask *new_job_ask(const char *identity_id, const char *delivery_method,
                            const char *post_binding_redirect_uri)
{
    job_ask *ask = calloc(1, sizeof *ask);

    if (!ask)
        return NULL;
    ask->identity_id = pk_text_copy(identity_id);
    ask->delivery_method = pk_text_copy(delivery_method);
    ask->post_binding_redirect_uri = pk_text_copy(post_binding_redirect_uri);
    if (ask->identity_id && ask->delivery_method &&
        (!post_binding_redirect_uri || ask->post_binding_redirect_uri))
        return ask;
    free_job_ask(ask);
    return NULL;
}

passkey_status passkey_client_create_job(passkey_client *client, const char *identity_id,
                                         const char *delivery_method,
                                         const char *post_binding_redirect_uri,
                                         passkey_job **out_job, passkey_error **out_error)
{
    pk_options options = {0};
    void *result = NULL;
    job_ask *ask;
    passkey_status status;

    if (!client || !identity_id || !delivery_method || !out_job)
        return pk_fail_missing("client, identity_id, delivery_method or out_job", out_error);
    if (pk_instruction_value_reason(identity_id, strlen(identity_id)) ||
        (strcmp(delivery_method, "RETURN") && strcmp(delivery_method, "EMAIL")))
        return pk_fail(out_error, PASSKEY_INVALID_ARGUMENT,
                       "An identity and the delivery method RETURN or EMAIL are needed.");
    status = pk_client_options(client, &options, out_error);
    if (status)
        return status;
    ask = new_job_ask(identity_id, delivery_method, post_binding_redirect_uri);
    status = ask ? pk_operation_run(&options, &CREATE_JOB, ask, &result, out_error)
                 : pk_fail_memory(out_error);
    pk_options_clear(&options);
    if (!status)
        *out_job = result;
    return status;
}
