/* SPDX-License-Identifier: Apache-2.0
 * The protocol_config of an application: which tokens it gets, and how. Read
 * into one form in which every member is there. */
#include "api/api.h"

#include "web/uri.h"

#include <string.h>

#define FIELD "application.protocol_config"
#define MAX_LIFETIME_S (365LL * 24 * 60 * 60)

typedef struct reading {
    pk_check *check;
    const pk_json *body;
    const pk_json *old; /* NULL: there is none yet */
    pk_json *out;
} reading;

static void note(const reading *r, bool done)
{
    if (!done)
        r->check->broken = true;
}

/* A member of a few words: as given, else as it was, else fallback. */
static const char *read_choice(const reading *r, pk_json *out, const char *field, const char *name,
                               const char *const *choices, const char *fallback)
{
    const char *given = pk_check_choice(r->check, r->body, field, false, choices);
    const char *old = pk_json_text(r->old, field + sizeof FIELD); /* without FIELD "." */
    const char *value = given ? given : old ? old : fallback;

    note(r, pk_json_add_text(out, name, value));
    return value;
}

static void read_array(const reading *r, const char *field, const char *name,
                       pk_check_judge *judge)
{
    bool given = pk_check_array(r->check, r->body, field, false, judge);
    const pk_json *old = pk_json_get(r->old, name);
    const pk_json *value = given ? pk_json_get(r->body, field) : old;

    note(r, pk_json_add(r->out, name, value ? pk_json_copy(value) : pk_json_new_array()));
}

/* ---------------------------------------------------------------- its members */

/* RFC 6749, section 3.3 */
static const char *scope_fault(const pk_json *value)
{
    const char *scope = pk_json_string(value);

    if (!scope || !*scope || strlen(scope) > 256)
        return "not an array of scopes";
    for (; *scope; scope++)
        if (*scope < '!' || *scope > '~' || *scope == '"' || *scope == '\\')
            return "not an array of scopes";
    return NULL;
}

static const char *redirect_fault(const pk_json *value)
{
    const char *uri = pk_json_string(value);

    return uri && strlen(uri) <= 2048 ? pk_uri_redirect_fault(uri) : "not an array of URIs";
}

static const char *grant_fault(const pk_json *value)
{
    const char *grant = pk_json_string(value);

    return grant && (strcmp(grant, "authorization_code") == 0 ||
                     strcmp(grant, "client_credentials") == 0 ||
                     strcmp(grant, "refresh_token") == 0)
               ? NULL
               : "not authorization_code, client_credentials or refresh_token";
}

static void read_lifetime(const reading *r, pk_json *out)
{
    static const char field[] = FIELD ".token_configuration.expires_after";
    long long seconds = 86400;

    pk_json_number(r->old, "token_configuration.expires_after", &seconds);
    if (pk_check_given(r->body, field) &&
        (!pk_json_number(r->body, field, &seconds) || seconds < 1 || seconds > MAX_LIFETIME_S))
        pk_check_fail(r->check, field, "not a number of seconds from 1 to 31536000");
    note(r, pk_json_add_number(out, "expires_after", seconds));
}

static void read_token_configuration(const reading *r)
{
    static const char field[] = FIELD ".token_configuration";
    static const char *const algorithms[] = {"RS256", NULL};
    static const char *const subjects[] = {"id", "email", "username", NULL};
    pk_json *out = pk_json_new_object();

    if (pk_check_given(r->body, field) && !pk_json_is_object(pk_json_get(r->body, field)))
        pk_check_fail(r->check, field, "not an object");
    read_lifetime(r, out);
    read_choice(r, out, FIELD ".token_configuration.token_signing_algorithm",
                "token_signing_algorithm", algorithms, "RS256");
    read_choice(r, out, FIELD ".token_configuration.subject_field", "subject_field", subjects,
                "id");
    note(r, pk_json_add(r->out, "token_configuration", out));
}

static bool has_grant(const pk_json *config, const char *wanted)
{
    const pk_json *grant = pk_json_first(pk_json_get(config, "grant_type"));

    for (; grant; grant = pk_json_next(grant)) {
        const char *text = pk_json_string(grant);

        if (text && strcmp(text, wanted) == 0)
            return true;
    }
    return false;
}

static void read_type(const reading *r)
{
    static const char *const types[] = {"oauth2", "oidc", NULL};
    const char *old = pk_json_text(r->old, "type");
    const char *type = pk_check_choice(r->check, r->body, FIELD ".type", !old, types);

    if (old && type && strcmp(type, old) != 0)
        pk_check_fail(r->check, FIELD ".type", "cannot be changed");
    note(r, pk_json_add_text(r->out, "type", type ? type : old ? old : ""));
}

static void read_authentication(const reading *r)
{
    static const char *const kinds[] = {"confidential", "public", NULL};
    static const char *const methods[] = {"client_secret_basic", "client_secret_post", "none",
                                          NULL};
    const char *old = pk_json_text(r->old, "confidentiality");
    const char *kind = read_choice(r, r->out, FIELD ".confidentiality", "confidentiality", kinds,
                                   "confidential");
    bool is_public = strcmp(kind, "public") == 0;
    const char *method = read_choice(r, r->out, FIELD ".token_endpoint_auth_method",
                                     "token_endpoint_auth_method", methods,
                                     is_public ? "none" : "client_secret_basic");

    if (old && strcmp(kind, old) != 0)
        pk_check_fail(r->check, FIELD ".confidentiality", "cannot be changed");
    if ((strcmp(method, "none") == 0) != is_public)
        pk_check_fail(r->check, FIELD ".token_endpoint_auth_method",
                      "none is for public clients, and the only one for them");
    if (is_public && has_grant(r->out, "client_credentials"))
        pk_check_fail(r->check, FIELD ".grant_type",
                      "client_credentials is not for public clients");
}

static void read_members(const reading *r)
{
    static const char *const pkce[] = {"disabled", "plain", "s256", NULL};
    static const char *const formats[] = {"self_contained", NULL};

    read_type(r);
    read_array(r, FIELD ".allowed_scopes", "allowed_scopes", scope_fault);
    read_array(r, FIELD ".grant_type", "grant_type", grant_fault);
    read_array(r, FIELD ".redirect_uris", "redirect_uris", redirect_fault);
    read_authentication(r);
    read_token_configuration(r);
    read_choice(r, r->out, FIELD ".pkce", "pkce", pkce, "disabled");
    read_choice(r, r->out, FIELD ".token_format", "token_format", formats, "self_contained");
}

static bool is(const reading *r, const char *name, const char *wanted)
{
    const char *text = pk_json_text(r->out, name);

    return text && strcmp(text, wanted) == 0;
}

/* An oauth2 application that says nothing of grants is a client of an API. */
static void default_grant(const reading *r)
{
    pk_json *grants = pk_json_get(r->out, "grant_type");

    if (r->old || pk_json_first(grants))
        return;
    note(r, pk_json_add_text(grants, NULL,
                             is(r, "type", "oauth2") && is(r, "confidentiality", "confidential")
                                 ? "client_credentials"
                                 : "authorization_code"));
}

pk_json *pk_protocol_read(pk_call *call, pk_check *check, const pk_json *body, const pk_json *old)
{
    reading r = {check, body, old, pk_arena_json(&call->arena, pk_json_new_object())};
    const pk_json *given = pk_json_get(body, FIELD);

    if (!r.out)
        check->broken = true;
    else if (!given && !old)
        pk_check_fail(check, FIELD, "missing");
    else if (given && !pk_json_is_object(given))
        pk_check_fail(check, FIELD, pk_json_is_null(given) ? "missing" : "not an object");
    else {
        read_members(&r);
        default_grant(&r);
    }
    return check->violations || check->broken ? NULL : r.out;
}
