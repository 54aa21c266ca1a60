/* SPDX-License-Identifier: Apache-2.0 */
#include "registration/registration.h"

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

#include <string.h>

/* What bind refuses in a link as malformed is here the cloud's fault. */
static passkey_status judge_base(const char *api_base_url, const pk_url_policy *policy,
                                 char **out_base, passkey_error **out_error)
{
    passkey_error *error = NULL;
    passkey_status status = pk_base_url_judge(api_base_url, "the api_base_url of the cloud's answer",
                                              policy, out_base, &error);

    if (status == PASSKEY_INVALID_LINK)
        status = pk_fail(out_error, PASSKEY_BAD_RESPONSE, "%s", passkey_error_message(error));
    else if (status && out_error)
        *out_error = error;
    if (!out_error || *out_error != error)
        passkey_error_free(error);
    return status;
}

passkey_status pk_registration_ask_instruction(pk_http *http, const char *invoke_url,
                                               passkey_error **out_error)
{
    const pk_http_request request = {
        .method = "GET", .url = invoke_url, .accept = "application/json"};

    return pk_http_prepare(http, &request, out_error);
}

static passkey_status judge_instruction(pk_http_answer *answer, const char *const *secrets,
                                        const pk_url_policy *policy,
                                        pk_instruction *out_instruction, passkey_error **out_error)
{
    pk_instruction instruction = {0};
    char *base = NULL;
    passkey_status status = pk_answer_check(answer, ":invokeAuthenticator", secrets, out_error);

    if (!status)
        status = pk_answer_instruction(answer, &instruction, out_error);
    if (!status)
        status = judge_base(instruction.api_base_url, policy, &base, out_error);
    if (status) {
        pk_instruction_free(&instruction);
        return status;
    }
    pk_text_free(instruction.api_base_url);
    instruction.api_base_url = base;
    *out_instruction = instruction;
    return PASSKEY_OK;
}

passkey_status pk_registration_take_instruction(pk_http *http, const char *invoke_url,
                                                const pk_url_policy *policy,
                                                pk_instruction *out_instruction,
                                                passkey_error **out_error)
{
    const char *query = strchr(invoke_url, '?');
    const char *secrets[] = {NULL, NULL, NULL};
    pk_http_answer answer = {0};
    pk_buffer token = {0};
    passkey_status status = pk_http_take(http, &answer, out_error);

    if (!status && query && pk_query_get(query + 1, strlen(query + 1), "token", &token) < 0)
        status = pk_fail_memory(out_error);
    secrets[0] = token.data ? token.data : "";
    secrets[1] = query ? query + 1 : "";
    if (!status)
        status = judge_instruction(&answer, secrets, policy, out_instruction, out_error);
    pk_buffer_free(&token);
    pk_http_answer_free(&answer);
    return status;
}

char *pk_registration_url(const char *api_base_url, const char *tenant_id, const char *realm_id,
                          const char *identity_id, const char *suffix)
{
    size_t base_len = strlen(api_base_url);
    pk_buffer url = {0};

    while (base_len && api_base_url[base_len - 1] == '/')
        base_len--;
    if (pk_buffer_append(&url, api_base_url, base_len) &&
        pk_buffer_append_text(&url, "/v1/tenants/") && pk_percent_encode(&url, tenant_id) &&
        pk_buffer_append_text(&url, "/realms/") && pk_percent_encode(&url, realm_id) &&
        pk_buffer_append_text(&url, "/identities/") && pk_percent_encode(&url, identity_id) &&
        pk_buffer_append_text(&url, suffix))
        return pk_buffer_take(&url);
    pk_buffer_free(&url);
    return NULL;
}

static char *job_url(const pk_instruction *instruction, const char *verb)
{
    pk_buffer suffix = {0};
    char *url = NULL;

    if (pk_buffer_append_text(&suffix, "/credential-binding-jobs/") &&
        pk_percent_encode(&suffix, instruction->job_id) && pk_buffer_append_text(&suffix, verb))
        url = pk_registration_url(instruction->api_base_url, instruction->tenant_id,
                                  instruction->realm_id, instruction->identity_id, suffix.data);
    pk_buffer_free(&suffix);
    return url;
}

static passkey_status ask(pk_http *http, const pk_instruction *instruction, const char *verb,
                          const char *body, passkey_error **out_error)
{
    char *url = job_url(instruction, verb);
    const pk_http_request request = {
        .method = "POST", .url = url, .bearer = instruction->token, .body = body};
    passkey_status status = url ? pk_http_prepare(http, &request, out_error)
                                : pk_fail_memory(out_error);

    pk_text_free(url);
    return status;
}

passkey_status pk_registration_ask_info(pk_http *http, const pk_instruction *instruction,
                                        passkey_error **out_error)
{
    return ask(http, instruction, ":getInfo", NULL, out_error);
}

passkey_status pk_registration_take_info(pk_http *http, const pk_instruction *instruction,
                                         pk_info *out_info, passkey_error **out_error)
{
    const char *const secrets[] = {instruction->token, NULL};
    pk_http_answer answer = {0};
    passkey_status status = pk_http_take(http, &answer, out_error);

    if (!status)
        status = pk_answer_check(&answer, ":getInfo", secrets, out_error);
    if (!status)
        status = pk_answer_info(&answer, out_info, out_error);
    pk_http_answer_free(&answer);
    return status;
}

static char *bind_body(const char *jws)
{
    pk_json *body = pk_json_new_object();
    char *text = NULL;

    if (pk_json_add_text(body, "type", "JWT") && pk_json_add_text(body, "raw", jws))
        text = pk_json_print(body);
    pk_json_free(body);
    return text;
}

passkey_status pk_registration_ask_bind(pk_http *http, const pk_instruction *instruction,
                                        const char *jws, passkey_error **out_error)
{
    char *body = bind_body(jws);
    passkey_status status = body ? ask(http, instruction, ":bind", body, out_error)
                                 : pk_fail_memory(out_error);

    pk_text_free(body);
    return status;
}

/* Its errors have a code. An identity that may not be used now may be later. */
static bool is_refused(const pk_http_answer *answer, passkey_status status)
{
    pk_json *json = status >= PASSKEY_BAD_REQUEST && status <= PASSKEY_UNPROCESSABLE &&
                            status != PASSKEY_FORBIDDEN
                        ? pk_json_parse(answer->body.data, answer->body.len, NULL)
                        : NULL;
    bool refused = json && pk_json_text(json, "code");

    pk_json_free(json);
    return refused;
}

passkey_status pk_registration_take_bound(pk_http *http, const pk_instruction *instruction,
                                          const char *jws, pk_bound *out_bound,
                                          bool *out_refused, passkey_error **out_error)
{
    const char *const secrets[] = {instruction->token, jws, NULL};
    pk_http_answer answer = {0};
    passkey_status status = pk_http_take(http, &answer, out_error);

    if (!status)
        status = pk_answer_check(&answer, ":bind", secrets, out_error);
    *out_refused = is_refused(&answer, status);
    if (!status)
        status = pk_answer_bound(&answer, out_bound, out_error);
    pk_http_answer_free(&answer);
    return status;
}
