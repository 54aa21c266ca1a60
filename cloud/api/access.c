/* SPDX-License-Identifier: Apache-2.0
 * Who may call the API: opaque API tokens, which may do everything in one
 * tenant, and access tokens (JWTs), which may do what their scope says. */
#include "api/api.h"

#include "answer.h"
#include "jwt.h"
#include "names.h"

#include <string.h>

/* The look-up is by the token's hash: how long it takes tells nothing of a
 * token that one does not have. */
static pk_stored find_api_token(pk_call *call, const char *token, const char **out_tenant_id)
{
    const char *hash = pk_token_hash(&call->arena, token);

    return hash ? pk_store_api_token(call->store, &call->arena, hash, out_tenant_id)
                : PK_STORED_FAILED;
}

bool pk_scope_has(const char *scope, const char *word)
{
    size_t len = strlen(word);

    for (scope += strspn(scope, " "); *scope; scope += strspn(scope, " ")) {
        size_t part_len = strcspn(scope, " ");

        if (part_len == len && memcmp(scope, word, len) == 0)
            return true;
        scope += part_len;
    }
    return false;
}

/* azp is tenants/…/realms/…/applications/{id}. */
static const char *application_of(const pk_json *claims)
{
    const char *azp = pk_json_text(claims, "azp");
    const char *slash = azp ? strrchr(azp, '/') : NULL;

    return slash ? slash + 1 : NULL;
}

/* The words of a scope that the application still has: one that was taken from it
 * is gone from the tokens that it got before. */
static const char *narrowed(pk_call *call, const char *scope, const char *protocol_config)
{
    const pk_json *protocol = pk_arena_json(
        &call->arena, pk_json_parse(protocol_config, strlen(protocol_config), NULL));
    const pk_json *allowed = pk_json_first(pk_json_get(protocol, "allowed_scopes"));
    const char *left = "";

    for (; left && allowed; allowed = pk_json_next(allowed)) {
        const char *word = pk_json_string(allowed);

        if (word && pk_scope_has(scope, word))
            left = pk_arena_printf(&call->arena, "%s%s%s", left, *left ? " " : "", word);
    }
    return left;
}

pk_stored pk_access_token_read(pk_call *call, const char *token, pk_access_token *out)
{
    const pk_json *claims =
        pk_jwt_verify(call->cloud->signer, &call->arena, token, call->now_ms);
    const char *id = pk_json_text(claims, "jti"), *scope = pk_json_text(claims, "scope");
    const char *protocol_config = NULL;
    pk_stored found;

    *out = (pk_access_token){.claims = claims, .application_id = application_of(claims)};
    if (!id || !scope || !out->application_id)
        return PK_STORED_ABSENT;
    found = pk_store_access_token(call->store, &call->arena, id, out->application_id,
                                  &protocol_config);
    if (found != PK_STORED_OK)
        return found;
    out->scope = narrowed(call, scope, protocol_config);
    return out->scope ? PK_STORED_OK : PK_STORED_FAILED;
}

static pk_stored find_access_token(pk_call *call, const char *text, const char **out_tenant_id)
{
    pk_access_token token;
    pk_stored found = pk_access_token_read(call, text, &token);

    if (found != PK_STORED_OK)
        return found;
    *out_tenant_id = pk_json_text(token.claims, "bi_t");
    call->scope = token.scope;
    return *out_tenant_id ? PK_STORED_OK : PK_STORED_ABSENT;
}

/* A JWT has dots, which an opaque token has not. */
static bool find_tenant(pk_call *call, const char **out_tenant_id)
{
    const char *token = pk_call_bearer(call);
    pk_stored found = PK_STORED_ABSENT;

    call->scope = NULL;
    if (token)
        found = strchr(token, '.') ? find_access_token(call, token, out_tenant_id)
                                   : find_api_token(call, token, out_tenant_id);
    if (found == PK_STORED_ABSENT)
        pk_answer_unauthorized(call);
    else if (found != PK_STORED_OK)
        pk_answer_internal(call);
    return found == PK_STORED_OK;
}

bool pk_access_has(const pk_call *call, const char *scope)
{
    return !call->scope || pk_scope_has(call->scope, scope);
}

/* scopes are alternatives: any of them will do. */
static bool has_any(pk_call *call, const char *scopes)
{
    while (*scopes) {
        size_t len = strcspn(scopes, " ");
        const char *scope = pk_arena_text_n(&call->arena, scopes, len);

        if (scope && pk_access_has(call, scope))
            return true;
        scopes += len + strspn(scopes + len, " ");
    }
    return false;
}

static bool find_realm(pk_call *call)
{
    switch (pk_store_realm(call->store, &call->arena, call->tenant_id, call->realm_id,
                           &call->realm)) {
    case PK_STORED_OK:
        return true;
    case PK_STORED_ABSENT:
        pk_answer_resource(call, 404, "not_found", "Realm", call->realm_id, "realm not found");
        return false;
    default:
        pk_answer_internal(call);
        return false;
    }
}

bool pk_access_api(pk_call *call, const char *scopes)
{
    const char *tenant_id = NULL;

    if (!find_tenant(call, &tenant_id))
        return false;
    if (strcmp(tenant_id, call->tenant_id) != 0 || !has_any(call, scopes)) {
        pk_answer_forbidden(call);
        return false;
    }
    return !call->realm_id || find_realm(call);
}
