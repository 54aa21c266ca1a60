/* SPDX-License-Identifier: Apache-2.0 */
#include "registration/job_request.h"

#include "base/error.h"
#include "base/text.h"
#include "registration/answer.h"
#include "registration/registration.h"

#include <string.h>

#define JOBS "/credential-binding-jobs"
#define WHAT "the request about credential binding jobs"

/* path is what follows …/credential-binding-jobs. */
static passkey_status ask(pk_http *http, const pk_job_place *place, const char *method,
                          const char *path, const char *body, size_t max_answer,
                          passkey_error **out_error)
{
    pk_buffer suffix = {0};
    char *url = pk_buffer_append_text(&suffix, JOBS) && pk_buffer_append_text(&suffix, path)
                    ? pk_registration_url(place->api_base_url, place->tenant_id, place->realm_id,
                                          place->identity_id, suffix.data)
                    : NULL;
    const pk_http_request request = {.method = method,
                                     .url = url,
                                     .accept = "application/json",
                                     .bearer = place->api_token,
                                     .body = body,
                                     .max_answer = max_answer};
    passkey_status status = url ? pk_http_prepare(http, &request, out_error)
                                : pk_fail_memory(out_error);

    pk_text_free(url);
    pk_buffer_free(&suffix);
    return status;
}

passkey_status pk_job_get(pk_http *http, const pk_job_place *place, const char *path,
                          size_t max_answer, passkey_error **out_error)
{
    return ask(http, place, "GET", path, NULL, max_answer, out_error);
}

/* The hints of the statuses speak of links; here an API token and ids decide. */
static void set_hint(passkey_status status, passkey_error **out_error)
{
    if (status == PASSKEY_UNAUTHORIZED)
        pk_error_set_hint(out_error, "Check the option api_token: it may be wrong or expired.");
    else if (status == PASSKEY_FORBIDDEN)
        pk_error_set_hint(out_error, "The API token needs the scope for this, and must be of the "
                                     "tenant and realm in the options.");
    else if (status == PASSKEY_NOT_FOUND)
        pk_error_set_hint(out_error, "Check the options tenant and realm, and the ids of the "
                                     "identity and the job.");
    else if (status == PASSKEY_CONFLICT)
        pk_error_set_hint(out_error, "The job's link has been used; what it created is revoked "
                                     "as a credential.");
    else if (status == PASSKEY_BAD_REQUEST)
        pk_error_set_hint(out_error, "See the message; correct the options or what was passed.");
    else if (status == PASSKEY_SERVER_ERROR)
        pk_error_set_hint(out_error, "Try again later.");
}

passkey_status pk_job_take_json(pk_http *http, const pk_job_place *place, pk_http_answer *answer,
                                pk_json **out_json, passkey_error **out_error)
{
    const char *const secrets[] = {place->api_token, NULL};
    passkey_status status = pk_http_take(http, answer, out_error);

    if (status)
        return status;
    status = pk_answer_check(answer, WHAT, secrets, out_error);
    if (status)
        set_hint(status, out_error);
    return status ? status : pk_answer_json(answer, WHAT, out_json, out_error);
}

/* ------------------------------------------------------------------- a new one */

static char *order_text(const pk_job_order *order)
{
    pk_json *body = pk_json_new_object(), *job = pk_json_new_object();
    bool done = pk_json_add_text(job, "delivery_method", order->delivery_method) &&
                pk_json_add_text(job, "authenticator_config_id", order->authenticator_config_id) &&
                (!order->post_binding_redirect_uri ||
                 pk_json_add_text(job, "post_binding_redirect_uri",
                                  order->post_binding_redirect_uri));
    char *text = NULL;

    if (!done)
        pk_json_free(job);
    else if (pk_json_add(body, "job", job))
        text = pk_json_print(body);
    pk_json_free(body);
    return text;
}

passkey_status pk_job_ask_new(pk_http *http, const pk_job_place *place, const pk_job_order *order,
                              passkey_error **out_error)
{
    char *body = order_text(order);
    passkey_status status = body ? ask(http, place, "POST", "", body, 0, out_error)
                                 : pk_fail_memory(out_error);

    pk_text_free(body);
    return status;
}

static passkey_status read_new(const pk_json *json, const pk_job_order *order,
                               passkey_job **out_job, passkey_error **out_error)
{
    bool returned = !strcmp(order->delivery_method, "RETURN");
    const char *link = returned ? pk_json_text(json, "credential_binding_link") : NULL;

    if (returned && !link)
        return pk_fail(out_error, PASSKEY_BAD_RESPONSE,
                       "The cloud's answer to " WHAT
                       ": credential_binding_link is missing or not a string.");
    return pk_job_read(pk_json_get(json, "credential_binding_job"), WHAT, link, out_job,
                       out_error);
}

passkey_status pk_job_take_new(pk_http *http, const pk_job_place *place, const pk_job_order *order,
                               passkey_job **out_job, passkey_error **out_error)
{
    pk_http_answer answer = {0};
    pk_json *json = NULL;
    passkey_status status = pk_job_take_json(http, place, &answer, &json, out_error);

    if (!status && (status = read_new(json, order, out_job, out_error)))
        pk_answer_set_http(&answer, out_error);
    pk_json_free(json);
    pk_http_answer_free(&answer);
    return status;
}

/* ------------------------------------------------------------- one that is there */

static passkey_status ask_of(pk_http *http, const pk_job_place *place, const char *method,
                             const char *job_id, const char *verb, passkey_error **out_error)
{
    pk_buffer path = {0};
    passkey_status status = PASSKEY_OUT_OF_MEMORY;

    if (pk_buffer_append_text(&path, "/") && pk_percent_encode(&path, job_id) &&
        pk_buffer_append_text(&path, verb))
        status = ask(http, place, method, path.data, NULL, 0, out_error);
    else
        pk_fail_memory(out_error);
    pk_buffer_free(&path);
    return status;
}

passkey_status pk_job_ask(pk_http *http, const pk_job_place *place, const char *job_id,
                          passkey_error **out_error)
{
    return ask_of(http, place, "GET", job_id, "", out_error);
}

passkey_status pk_job_ask_revoke(pk_http *http, const pk_job_place *place, const char *job_id,
                                 passkey_error **out_error)
{
    return ask_of(http, place, "POST", job_id, ":revoke", out_error);
}

passkey_status pk_job_take(pk_http *http, const pk_job_place *place, passkey_job **out_job,
                           int *out_retry_after_s, passkey_error **out_error)
{
    pk_http_answer answer = {0};
    pk_json *json = NULL;
    passkey_status status = pk_job_take_json(http, place, &answer, &json, out_error);

    if (!status && (status = pk_job_read(json, WHAT, NULL, out_job, out_error)))
        pk_answer_set_http(&answer, out_error);
    if (out_retry_after_s)
        *out_retry_after_s = answer.retry_after_s;
    pk_json_free(json);
    pk_http_answer_free(&answer);
    return status;
}
