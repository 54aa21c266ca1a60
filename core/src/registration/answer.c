/* SPDX-License-Identifier: Apache-2.0 */
#include "registration/answer.h"

#include "base/error.h"
#include "base/text.h"
#include "registration/fields.h"

#include <string.h>

#define INTO(type, member) offsetof(type, member)

static const pk_field INSTRUCTION_FIELDS[] = {
    {"api_base_url", PK_USABLE, INTO(pk_instruction, api_base_url)},
    {"tenant_id", PK_USABLE, INTO(pk_instruction, tenant_id)},
    {"realm_id", PK_USABLE, INTO(pk_instruction, realm_id)},
    {"identity_id", PK_USABLE, INTO(pk_instruction, identity_id)},
    {"job_id", PK_USABLE, INTO(pk_instruction, job_id)},
    {"token", PK_USABLE, INTO(pk_instruction, token)},
};

static const pk_field INFO_FIELDS[] = {
    {"tenant.display_name", PK_REQUIRED, INTO(pk_info, tenant_display_name)},
    {"realm.display_name", PK_REQUIRED, INTO(pk_info, realm_display_name)},
    {"identity.display_name", PK_REQUIRED, INTO(pk_info, identity_display_name)},
    {"identity.traits.type", PK_TRAITS_V0, PK_NO_TARGET},
    {"identity.traits.username", PK_REQUIRED, INTO(pk_info, username)},
    {"identity.traits.primary_email_address", PK_OPTIONAL, INTO(pk_info, email_address)},
    {"theme.logo_url_light", PK_REQUIRED, INTO(pk_info, logo_url_light)},
    {"theme.logo_url_dark", PK_REQUIRED, INTO(pk_info, logo_url_dark)},
    {"theme.support_url", PK_REQUIRED, INTO(pk_info, support_url)},
    {"post_binding_redirect_uri", PK_OPTIONAL, INTO(pk_info, post_binding_redirect_uri)},
    {"application_id", PK_OPTIONAL, PK_NO_TARGET},
    {"authenticator_config.id", PK_OPTIONAL, PK_NO_TARGET},
    {"authenticator_config.tenant_id", PK_REQUIRED, PK_NO_TARGET},
    {"authenticator_config.realm_id", PK_REQUIRED, PK_NO_TARGET},
    {"authenticator_config.config.type", PK_REQUIRED, PK_NO_TARGET},
};

static const pk_field BOUND_FIELDS[] = {
    {"id", PK_USABLE, INTO(pk_bound, id)},
    {"state", PK_REQUIRED, INTO(pk_bound, state)},
    {"create_time", PK_REQUIRED, INTO(pk_bound, create_time)},
    {"update_time", PK_REQUIRED, INTO(pk_bound, update_time)},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

void pk_info_free(pk_info *info)
{
    pk_fields_free(info, INFO_FIELDS, COUNT(INFO_FIELDS));
}

void pk_bound_free(pk_bound *bound)
{
    pk_fields_free(bound, BOUND_FIELDS, COUNT(BOUND_FIELDS));
}

void pk_answer_set_http(const pk_http_answer *answer, passkey_error **out_error)
{
    pk_error_set_http(out_error, (int)answer->status,
                      *answer->correlation_id ? answer->correlation_id : NULL);
}

passkey_status pk_answer_json(const pk_http_answer *answer, const char *what, pk_json **out_json,
                              passkey_error **out_error)
{
    const char *reason = "it is not an object";
    pk_json *json = pk_json_parse(answer->body.data, answer->body.len, &reason);

    if (json && pk_json_is_object(json)) {
        *out_json = json;
        return PASSKEY_OK;
    }
    pk_json_free(json);
    if (reason == PK_JSON_NO_MEMORY)
        return pk_fail_memory(out_error);
    pk_fail(out_error, PASSKEY_BAD_RESPONSE, "The cloud's answer to %s is not what it should be: %s.",
            what, reason);
    pk_answer_set_http(answer, out_error);
    return PASSKEY_BAD_RESPONSE;
}

static passkey_status take_fields(const pk_http_answer *answer, const char *what,
                                  const pk_field *fields, size_t num_fields, void *into,
                                  passkey_error **out_error)
{
    pk_json *json = NULL;
    passkey_status status = pk_answer_json(answer, what, &json, out_error);

    if (!status)
        status = pk_fields_take(json, what, fields, num_fields, into, out_error);
    pk_json_free(json);
    if (status)
        pk_answer_set_http(answer, out_error);
    return status;
}

passkey_status pk_answer_instruction(const pk_http_answer *answer, pk_instruction *out_instruction,
                                     passkey_error **out_error)
{
    pk_instruction instruction = {0};
    passkey_status status = take_fields(answer, ":invokeAuthenticator", INSTRUCTION_FIELDS,
                                        COUNT(INSTRUCTION_FIELDS), &instruction, out_error);

    if (!status)
        *out_instruction = instruction;
    return status;
}

passkey_status pk_answer_info(const pk_http_answer *answer, pk_info *out_info,
                              passkey_error **out_error)
{
    pk_info info = {0};
    passkey_status status = take_fields(answer, ":getInfo", INFO_FIELDS, COUNT(INFO_FIELDS), &info,
                                        out_error);

    if (!status)
        *out_info = info;
    return status;
}

passkey_status pk_answer_bound(const pk_http_answer *answer, pk_bound *out_bound,
                               passkey_error **out_error)
{
    pk_bound bound = {0};
    const char *state;
    char *known;
    passkey_status status = take_fields(answer, ":bind", BOUND_FIELDS, COUNT(BOUND_FIELDS), &bound,
                                        out_error);

    if (status)
        return status;
    state = bound.state;
    known = pk_text_copy(!strcmp(state, "ACTIVE")    ? "active"
                         : !strcmp(state, "REVOKED") ? "revoked"
                                                     : "unknown");
    if (!known) {
        pk_bound_free(&bound);
        return pk_fail_memory(out_error);
    }
    pk_text_free(bound.state);
    bound.state = known;
    *out_bound = bound;
    return PASSKEY_OK;
}

static passkey_status status_of(long http_status, const char *code)
{
    switch (http_status) {
    case 400: return PASSKEY_BAD_REQUEST;
    case 401: return PASSKEY_UNAUTHORIZED;
    case 403: return PASSKEY_FORBIDDEN;
    case 404: return PASSKEY_NOT_FOUND;
    case 409: return PASSKEY_CONFLICT;
    case 410: return code && !strcmp(code, "link_revoked") ? PASSKEY_LINK_REVOKED
                                                           : PASSKEY_LINK_EXPIRED;
    case 422: return PASSKEY_UNPROCESSABLE;
    case 429: return PASSKEY_RATE_LIMITED;
    default: return http_status >= 500 && http_status <= 599 ? PASSKEY_SERVER_ERROR
                                                             : PASSKEY_UNEXPECTED_STATUS;
    }
}

/* So much of a secret is too much; less is found in any text. */
#define PIECE 8

static bool holds_piece(const char *text, const char *secret)
{
    char piece[PIECE + 1] = "";
    size_t len = strlen(secret), i;

    if (len && len < PIECE)
        return strstr(text, secret);
    for (i = 0; i + PIECE <= len; i++) {
        memcpy(piece, secret + i, PIECE);
        if (strstr(text, piece))
            return true;
    }
    return false;
}

static bool holds_secret(const char *text, const char *const *secrets)
{
    for (; *secrets; secrets++)
        if (holds_piece(text, *secrets))
            return true;
    return false;
}

/* The cloud's own words are shown when they are short and plain. */
static bool presentable(const char *text, const char *const *secrets)
{
    size_t len = text ? strlen(text) : 0;

    return len && len <= 200 && !pk_has_control(text, len) && !holds_secret(text, secrets);
}

static void fail_with_words(const pk_http_answer *answer, passkey_status status, const char *what,
                            const char *words, passkey_error **out_error)
{
    if (answer->status >= 300 && answer->status <= 399)
        pk_fail(out_error, status, "The cloud answered %s with a redirect (HTTP %ld).", what,
                answer->status);
    else if (words)
        pk_fail(out_error, status, "The cloud refused %s with HTTP %ld: %s", what, answer->status,
                words);
    else
        pk_fail(out_error, status, "The cloud refused %s with HTTP %ld.", what, answer->status);
}

passkey_status pk_answer_check(pk_http_answer *answer, const char *what,
                               const char *const *secrets, passkey_error **out_error)
{
    pk_json *json;
    const char *words;
    passkey_status status;

    if (holds_secret(answer->correlation_id, secrets))
        answer->correlation_id[0] = '\0';
    if (answer->status >= 200 && answer->status <= 299)
        return PASSKEY_OK;
    json = pk_json_parse(answer->body.data, answer->body.len, NULL);
    words = pk_json_text(json, "message");
    status = status_of(answer->status, pk_json_text(json, "code"));
    fail_with_words(answer, status, what, presentable(words, secrets) ? words : NULL, out_error);
    pk_answer_set_http(answer, out_error);
    pk_json_free(json);
    return status;
}
