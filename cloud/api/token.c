/* SPDX-License-Identifier: Apache-2.0
 * Access tokens: issued for client credentials (RFC 6749, section 4.4), told
 * about (RFC 7662) and revoked (RFC 7009). */
#include "api/api.h"

#include "answer.h"
#include "api/oauth.h"
#include "base/memory.h"
#include "jwt.h"
#include "names.h"

#include <stdlib.h>
#include <string.h>

#define MAX_CUSTOM_CLAIMS 4096 /* a token must fit into a request's headers */

typedef struct grant {
    pk_application application;
    const pk_json *protocol;
    const char *scope;
    long long lifetime_s;
    const pk_json *custom_claims; /* NULL: none */
} grant;

/* ---------------------------------------------------------------- what is asked */

static bool has_text(const pk_json *array, const char *text, size_t text_len)
{
    for (const pk_json *value = pk_json_first(array); value; value = pk_json_next(value)) {
        const char *known = pk_json_string(value);

        if (known && strlen(known) == text_len && memcmp(known, text, text_len) == 0)
            return true;
    }
    return false;
}

static const char *joined(pk_call *call, const pk_json *array)
{
    pk_buffer out = {0};
    bool done = pk_buffer_append_text(&out, "");

    for (const pk_json *value = pk_json_first(array); done && value; value = pk_json_next(value))
        done = pk_buffer_printf(&out, "%s%s", out.len ? " " : "", pk_json_string(value));
    if (!done)
        pk_buffer_free(&out);
    return done ? pk_arena_take(&call->arena, pk_buffer_take(&out)) : NULL;
}

/* Each scope that is asked for, once; all that are allowed when none is. */
static bool read_scope(pk_call *call, grant *out)
{
    const pk_json *allowed = pk_json_get(out->protocol, "allowed_scopes");
    const char *asked = pk_form_value(call, "scope");
    pk_json *granted = pk_arena_json(&call->arena, pk_json_new_array());

    for (const char *word = asked; word && *word; word += strspn(word, " ")) {
        size_t len = strcspn(word, " ");

        if (len && !has_text(allowed, word, len)) {
            pk_oauth_error(call, 400, "invalid_scope", "the application has not all of them");
            return false;
        }
        if (len && !has_text(granted, word, len))
            pk_json_add_text(granted, NULL, pk_arena_text_n(&call->arena, word, len));
        word += len;
    }
    out->scope = joined(call, asked ? granted : allowed);
    if (!out->scope)
        pk_answer_internal(call);
    return out->scope;
}

static bool read_lifetime(pk_call *call, grant *out)
{
    const char *asked = pk_form_value(call, "expiration_time");
    size_t len = asked ? strlen(asked) : 0;
    long long most = 86400;

    pk_json_number(out->protocol, "token_configuration.expires_after", &most);
    out->lifetime_s = most;
    if (!asked)
        return true;
    if (len <= 9 && strspn(asked, "0123456789") == len)
        out->lifetime_s = atoll(asked);
    else
        out->lifetime_s = 0;
    if (out->lifetime_s >= 1 && out->lifetime_s <= most)
        return true;
    pk_oauth_error(call, 400, "invalid_request",
                   "expiration_time is not a number of seconds up to what the application may");
    return false;
}

static bool read_custom_claims(pk_call *call, grant *out)
{
    const char *asked = pk_form_value(call, "custom_claims");

    if (!asked)
        return true;
    if (strlen(asked) <= MAX_CUSTOM_CLAIMS)
        out->custom_claims =
            pk_arena_json(&call->arena, pk_json_parse(asked, strlen(asked), NULL));
    if (pk_json_is_object(out->custom_claims) && pk_json_is_finite(out->custom_claims))
        return true;
    pk_oauth_error(call, 400, "invalid_request",
                   "custom_claims is not a JSON object of at most 4096 bytes, or has a number that"
                   " is too large");
    return false;
}

static bool read_grant_type(pk_call *call, const grant *asked)
{
    const char *type = pk_form_value(call, "grant_type");

    if (!type)
        pk_oauth_error(call, 400, "invalid_request", "grant_type is missing");
    else if (strcmp(type, "client_credentials") != 0)
        pk_oauth_error(call, 400, "unsupported_grant_type", "it is not client_credentials");
    else if (!has_text(pk_json_get(asked->protocol, "grant_type"), type, strlen(type)))
        pk_oauth_error(call, 400, "unauthorized_client",
                       "the application may not use client_credentials");
    else
        return true;
    return false;
}

static bool read_grant(pk_call *call, grant *out)
{
    *out = (grant){0};
    if (!pk_oauth_client(call, &out->application))
        return false;
    out->protocol = pk_oauth_protocol(call, &out->application);
    return read_grant_type(call, out) && read_scope(call, out) && read_lifetime(call, out) &&
           read_custom_claims(call, out);
}

/* -------------------------------------------------------------------- the token */

static bool add_audience(pk_json *claims)
{
    pk_json *audience = pk_json_new_array();
    bool filled = pk_json_add_text(audience, NULL, "beyondidentity");

    return pk_json_add(claims, "aud", audience) && filled;
}

/* name is the application's: tenants/…/realms/…/applications/… */
static pk_json *new_claims(pk_call *call, const grant *asked, const char *name, const char *id)
{
    const char *issuer = pk_arena_printf(&call->arena, "%s/v1/%s", call->cloud->public_url, name);
    long long now_s = call->now_ms / 1000;
    pk_json *claims = pk_json_new_object();

    if (pk_json_add_text(claims, "iss", issuer) &&
        pk_json_add_text(claims, "sub", asked->application.client_id) && add_audience(claims) &&
        pk_json_add_number(claims, "exp", now_s + asked->lifetime_s) &&
        pk_json_add_number(claims, "nbf", now_s) && pk_json_add_number(claims, "iat", now_s) &&
        pk_json_add_text(claims, "jti", id) && pk_json_add_text(claims, "scope", asked->scope) &&
        pk_json_add_text(claims, "azp", name) && pk_json_add_text(claims, "bi_p", name) &&
        pk_json_add_text(claims, "bi_t", call->realm.tenant_id) &&
        pk_json_add_text(claims, "bi_r", "*") &&
        (!asked->custom_claims ||
         pk_json_add(claims, "bi_custom", pk_json_copy(asked->custom_claims))))
        return claims;
    pk_json_free(claims);
    return NULL;
}

static const char *new_token(pk_call *call, const grant *asked)
{
    const char *name = pk_oauth_name(call, &asked->application);
    const char *id = pk_new_uuid(&call->arena);
    const char *jku =
        name ? pk_arena_printf(&call->arena, "%s/v1/%s/.well-known/jwks.json",
                               call->cloud->public_url, name)
             : NULL;
    const pk_json *claims =
        jku && id ? pk_arena_json(&call->arena, new_claims(call, asked, name, id)) : NULL;
    const char *token =
        claims ? pk_jwt_sign(call->cloud->signer, &call->arena, jku, claims) : NULL;
    int64_t end_ms = (call->now_ms / 1000 + asked->lifetime_s) * 1000;

    return token && pk_store_add_access_token(call->store, id, asked->application.id, call->now_ms,
                                              end_ms) == PK_STORED_OK
               ? token
               : NULL;
}

static pk_json *answer_json(const grant *asked, const char *token)
{
    pk_json *json = pk_json_new_object();

    if (pk_json_add_text(json, "access_token", token) &&
        pk_json_add_text(json, "token_type", "Bearer") &&
        pk_json_add_number(json, "expires_in", asked->lifetime_s) &&
        pk_json_add_text(json, "scope", asked->scope))
        return json;
    pk_json_free(json);
    return NULL;
}

void pk_token_issue(pk_call *call)
{
    const char *token;
    grant asked;

    if (!read_grant(call, &asked))
        return;
    token = new_token(call, &asked);
    if (!token) {
        pk_answer_internal(call);
        return;
    }
    pk_answer_header(call, "Pragma", "no-cache");
    pk_answer(call, 200, answer_json(&asked, token));
}

/* ------------------------------------------------------------- issued already */

static bool is_of_realm(const pk_call *call, const pk_json *claims)
{
    const char *name = pk_json_text(claims, "azp");
    const char *realm = name ? strstr(name, "/realms/") : NULL;
    size_t len = strlen(call->realm.id);

    return realm && strncmp(realm + 8, call->realm.id, len) == 0 && realm[8 + len] == '/';
}

static void answer_inactive(pk_call *call)
{
    pk_json *json = pk_json_new_object();

    if (!pk_json_add_bool(json, "active", false)) {
        pk_json_free(json);
        json = NULL;
    }
    pk_answer(call, 200, json);
}

/* With the scope that it has now. */
static void answer_active(pk_call *call, const pk_access_token *token)
{
    pk_json *json = pk_json_copy(token->claims);

    if (json)
        pk_json_remove(json, "scope");
    if (!pk_json_add_text(json, "scope", token->scope) || !pk_json_add_bool(json, "active", true) ||
        !pk_json_add_text(json, "client_id", pk_json_text(token->claims, "sub")) ||
        !pk_json_add_text(json, "token_type", "Bearer")) {
        pk_json_free(json);
        json = NULL;
    }
    pk_answer(call, 200, json);
}

/* By a client of the realm, or with a token that may introspect. */
static bool may_introspect(pk_call *call)
{
    pk_application application;

    return pk_call_bearer(call) ? pk_access_api(call, "tokens:introspect")
                                : pk_oauth_client(call, &application);
}

void pk_token_introspect(pk_call *call)
{
    pk_access_token token;
    const char *text;

    if (!may_introspect(call))
        return;
    text = pk_form_value(call, "token");
    if (!text) {
        pk_oauth_error(call, 400, "invalid_request", "token is missing");
        return;
    }
    switch (pk_access_token_read(call, text, &token)) {
    case PK_STORED_OK:
        if (is_of_realm(call, token.claims))
            answer_active(call, &token);
        else
            answer_inactive(call);
        break;
    case PK_STORED_ABSENT:
        answer_inactive(call);
        break;
    default:
        pk_answer_internal(call);
    }
}

/* What is no token of the client is revoked already (RFC 7009, section 2.2). */
void pk_token_revoke(pk_call *call)
{
    pk_application application;
    pk_access_token token;
    const char *text;
    pk_stored outcome;

    if (!pk_oauth_client(call, &application))
        return;
    text = pk_form_value(call, "token");
    if (!text) {
        pk_oauth_error(call, 400, "invalid_request", "token is missing");
        return;
    }
    outcome = pk_access_token_read(call, text, &token);
    if (outcome == PK_STORED_OK && strcmp(token.application_id, application.id) == 0)
        outcome = pk_store_delete_access_token(call->store, pk_json_text(token.claims, "jti"),
                                               application.id);
    if (outcome == PK_STORED_FAILED)
        pk_answer_internal(call);
    else
        pk_answer_done(call);
}
