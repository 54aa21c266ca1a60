/* SPDX-License-Identifier: Apache-2.0
 * What an authenticator config may be: embedded, hosted_web, console, platform.
 * Only what is known of its type is kept. */
#include "api/api.h"

#include "base/text.h"
#include "web/uri.h"

#include <string.h>

typedef struct reading {
    pk_call *call;
    pk_check *check;
    const pk_json *body;
    const char *field; /* of the config */
    pk_json *out;
} reading;

static void note(const reading *r, bool done)
{
    if (!done)
        r->check->broken = true;
}

static const char *field_of(const reading *r, const char *name)
{
    const char *field = pk_arena_printf(&r->call->arena, "%s.%s", r->field, name);

    note(r, field);
    return field ? field : r->field;
}

/* -------------------------------------------------------------- trusted origins */

/* <scheme>://<host>[:<port>], as browsers write it: in lower case. */
static bool is_origin(const char *text)
{
    const char *host = strstr(text, "://");
    size_t scheme_len = host ? (size_t)(host - text) : 0;

    return scheme_len > 0 && pk_is_alpha(*text) &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789+-.") == scheme_len &&
           !strpbrk(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") &&
           pk_uri_is_authority(host + 3, strlen(host + 3));
}

static const char *origin_fault(const pk_json *value)
{
    const char *text = pk_json_string(value);

    return text && is_origin(text) ? NULL : "not an array of <scheme>://<host>[:<port>]";
}

/* --------------------------------------------------------- authentication methods */

/* What is behind the names, the documented clients know. */
static const char *method_fault(const pk_json *value)
{
    static const char *const known[] = {"email_one_time_password", "software_passkey",
                                        "webauthn_passkey",        "subtle_crypto_passkey",
                                        "fido2"};
    const char *type = pk_json_text(value, "type");

    for (size_t i = 0; type && i < sizeof known / sizeof *known; i++)
        if (strcmp(type, known[i]) == 0)
            return pk_json_is_finite(value) ? NULL : "a number is too large";
    return "not an array of objects with a known type";
}

/* --------------------------------------------------------------------- the types */

static const char *text_fault(const pk_json *value)
{
    const char *text = pk_json_string(value);

    return text && strlen(text) <= 256 ? NULL : "not an array of strings";
}

static void copy_array(const reading *r, const char *name, bool required, pk_check_judge *judge)
{
    const char *field = field_of(r, name);

    if (pk_check_array(r->check, r->body, field, required, judge))
        note(r, pk_json_add(r->out, name, pk_json_copy(pk_json_get(r->body, field))));
}

static void read_embedded(const reading *r)
{
    static const char *const types[] = {"automatic", "manual", NULL};
    const char *url = pk_check_uri(r->check, r->body, field_of(r, "invoke_url"), true,
                                   pk_uri_invoke_fault);
    const char *type = pk_check_choice(r->check, r->body, field_of(r, "invocation_type"), false,
                                       types);

    if (url)
        note(r, pk_json_add_text(r->out, "invoke_url", url));
    note(r, pk_json_add_text(r->out, "invocation_type", type ? type : "automatic"));
    copy_array(r, "trusted_origins", true, origin_fault);
    copy_array(r, "authentication_methods", false, method_fault);
}

static void read_hosted_web(const reading *r)
{
    copy_array(r, "authentication_methods", true, method_fault);
    copy_array(r, "trusted_origins", true, origin_fault);
}

/* onboarding_configuration.verification_method: {type: none} or
 * {type: idp, idp_id} */
static void read_console(const reading *r)
{
    static const char *const types[] = {"idp", "none", NULL};
    const char *type = pk_check_choice(
        r->check, r->body, field_of(r, "onboarding_configuration.verification_method.type"), true,
        types);
    bool is_idp = type && strcmp(type, "idp") == 0;
    const char *idp = pk_check_text(r->check, r->body,
                                    field_of(r, "onboarding_configuration.verification_method"
                                                ".idp_id"),
                                    is_idp, 64);
    pk_json *method = pk_json_new_object(), *onboarding = pk_json_new_object();

    note(r, !type || pk_json_add_text(method, "type", type));
    note(r, !is_idp || !idp || pk_json_add_text(method, "idp_id", idp));
    note(r, pk_json_add(onboarding, "verification_method", method));
    note(r, pk_json_add(r->out, "onboarding_configuration", onboarding));
}

static void read_roaming(const reading *r, pk_json *out)
{
    static const char *const flags[] = {"enabled", "allow_unknown_user"};
    static const char *const lists[] = {"allowed_source_ips", "allowed_user_group_ids",
                                        "allowed_user_ids"};

    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        const char *field =
            field_of(r, pk_arena_printf(&r->call->arena, "roaming_auth_config.%s", flags[i]));

        note(r, pk_json_add_bool(out, flags[i], pk_check_flag(r->check, r->body, field, false)));
    }
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const char *field =
            field_of(r, pk_arena_printf(&r->call->arena, "roaming_auth_config.%s", lists[i]));

        if (pk_check_array(r->check, r->body, field, false, text_fault))
            note(r, pk_json_add(out, lists[i], pk_json_copy(pk_json_get(r->body, field))));
    }
}

static void read_platform(const reading *r)
{
    const char *field = field_of(r, "roaming_auth_config");
    pk_json *roaming;

    copy_array(r, "trusted_origins", false, origin_fault);
    if (!pk_check_given(r->body, field))
        return;
    if (!pk_json_is_object(pk_json_get(r->body, field))) {
        pk_check_fail(r->check, field, "not an object");
        return;
    }
    roaming = pk_json_new_object();
    read_roaming(r, roaming);
    note(r, pk_json_add(r->out, "roaming_auth_config", roaming));
}

static void read_type(const reading *r, bool is_inline)
{
    static const char *const types[] = {"embedded", "hosted_web", "console", "platform", NULL};
    const char *field = field_of(r, "type");
    const char *type = pk_check_choice(r->check, r->body, field, true, types);

    if (!type)
        return;
    note(r, pk_json_add_text(r->out, "type", type));
    if (strcmp(type, "embedded") == 0)
        read_embedded(r);
    else if (strcmp(type, "console") == 0)
        read_console(r);
    else if (strcmp(type, "platform") == 0)
        read_platform(r);
    else if (is_inline)
        pk_check_fail(r->check, field, "hosted_web is not for a job's own config: make one and "
                                       "name it by authenticator_config_id");
    else
        read_hosted_web(r);
}

const char *pk_config_read(pk_call *call, pk_check *check, const pk_json *body, const char *field,
                           bool is_inline)
{
    reading r = {call, check, body, field, pk_arena_json(&call->arena, pk_json_new_object())};
    const char *text;

    if (!r.out)
        check->broken = true;
    else if (!pk_check_given(body, field))
        pk_check_fail(check, field, "missing");
    else if (!pk_json_is_object(pk_json_get(body, field)))
        pk_check_fail(check, field, "not an object");
    else
        read_type(&r, is_inline);
    if (check->violations || check->broken)
        return NULL;
    text = pk_arena_take(&call->arena, pk_json_print(r.out));
    note(&r, text);
    return text;
}
