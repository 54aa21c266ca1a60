/* SPDX-License-Identifier: Apache-2.0 */
#include "registration/job.h"

#include "base/error.h"
#include "base/json.h"
#include "registration/answer.h"
#include "registration/registration.h"

#include <stdlib.h>
#include <string.h>

struct passkey_job {
    pk_json *answer;
    char *json;
};

static char *create_body(const pk_job_request *request)
{
    pk_json *body = pk_json_new_object(), *job = pk_json_new_object();
    bool done = pk_json_add_text(job, "delivery_method", request->delivery_method) &&
                pk_json_add_text(job, "authenticator_config_id",
                                 request->authenticator_config_id) &&
                (!request->post_binding_redirect_uri ||
                 pk_json_add_text(job, "post_binding_redirect_uri",
                                  request->post_binding_redirect_uri));
    char *text = NULL;

    if (!done)
        pk_json_free(job);
    else if (pk_json_add(body, "job", job))
        text = pk_json_print(body);
    pk_json_free(body);
    return text;
}

static passkey_status judge(const pk_json *answer, const char *delivery_method,
                            passkey_error **out_error)
{
    const char *missing = NULL;

    if (!pk_json_text(answer, "credential_binding_job.id"))
        missing = "credential_binding_job.id";
    else if (!pk_json_text(answer, "credential_binding_job.state"))
        missing = "credential_binding_job.state";
    else if (!strcmp(delivery_method, "RETURN") &&
             !pk_json_text(answer, "credential_binding_link"))
        missing = "credential_binding_link";
    return missing ? pk_fail(out_error, PASSKEY_BAD_RESPONSE,
                             "The cloud's answer lacks %s, or it is not a string.", missing)
                   : PASSKEY_OK;
}

static passkey_status take_answer(const pk_http_answer *answer, const char *delivery_method,
                                  passkey_job **out_job, passkey_error **out_error)
{
    passkey_job *job = calloc(1, sizeof *job);
    passkey_status status = job ? pk_answer_json(answer, "credential-binding-jobs", &job->answer,
                                                 out_error)
                                : pk_fail_memory(out_error);

    if (!status)
        status = judge(job->answer, delivery_method, out_error);
    if (!status && !(job->json = pk_json_print(job->answer)))
        status = pk_fail_memory(out_error);
    if (status)
        passkey_job_free(job);
    else
        *out_job = job;
    return status;
}

passkey_status pk_job_ask(pk_http *http, const pk_job_request *request, passkey_error **out_error)
{
    char *url = pk_registration_url(request->api_base_url, request->tenant_id, request->realm_id,
                                    request->identity_id, "/credential-binding-jobs");
    char *body = create_body(request);
    const pk_http_request post = {.method = "POST",
                                  .url = url,
                                  .accept = "application/json",
                                  .bearer = request->api_token,
                                  .body = body};
    passkey_status status = url && body ? pk_http_prepare(http, &post, out_error)
                                        : pk_fail_memory(out_error);

    pk_text_free(body);
    pk_text_free(url);
    return status;
}

passkey_status pk_job_take(pk_http *http, const char *delivery_method, const char *api_token,
                           passkey_job **out_job, passkey_error **out_error)
{
    const char *const secrets[] = {api_token, NULL};
    pk_http_answer answer = {0};
    passkey_status status = pk_http_take(http, &answer, out_error);

    if (!status)
        status = pk_answer_check(&answer, "the credential binding job", secrets, out_error);
    if (!status)
        status = take_answer(&answer, delivery_method, out_job, out_error);
    pk_http_answer_free(&answer);
    return status;
}

const char *passkey_job_id(const passkey_job *job)
{
    return job ? pk_json_text(job->answer, "credential_binding_job.id") : NULL;
}

const char *passkey_job_state(const passkey_job *job)
{
    return job ? pk_json_text(job->answer, "credential_binding_job.state") : NULL;
}

const char *passkey_job_link(const passkey_job *job)
{
    return job ? pk_json_text(job->answer, "credential_binding_link") : NULL;
}

const char *passkey_job_json(const passkey_job *job)
{
    return job ? job->json : NULL;
}

void passkey_job_free(passkey_job *job)
{
    if (!job)
        return;
    pk_json_free(job->answer);
    pk_text_free(job->json);
    free(job);
}
