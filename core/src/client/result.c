/* SPDX-License-Identifier: Apache-2.0 */
#include "client/result.h"

#include "base/memory.h"

#include <stdlib.h>

struct passkey_bind_result {
    passkey_credential passkey;
    char *post_binding_redirect_uri;
    char *json;
};

static char *result_json(const passkey_bind_result *result)
{
    pk_json *json = pk_json_new_object();
    char *text = NULL;

    if (pk_json_add(json, "passkey", pk_credential_to_json(&result->passkey)) &&
        pk_json_add_text_or_null(json, "postBindingRedirectUri",
                                 result->post_binding_redirect_uri))
        text = pk_json_print(json);
    pk_json_free(json);
    return text;
}

passkey_bind_result *pk_bind_result_new(passkey_credential *credential,
                                        char *post_binding_redirect_uri)
{
    passkey_bind_result *result = calloc(1, sizeof *result);

    if (!result) {
        pk_credential_clear(credential);
        pk_text_free(post_binding_redirect_uri);
        return NULL;
    }
    result->passkey = *credential;
    result->post_binding_redirect_uri = post_binding_redirect_uri;
    result->json = result_json(result);
    if (result->json)
        return result;
    passkey_bind_result_free(result);
    return NULL;
}

const passkey_credential *passkey_bind_result_passkey(const passkey_bind_result *result)
{
    return result ? &result->passkey : NULL;
}

const char *passkey_bind_result_post_binding_redirect_uri(const passkey_bind_result *result)
{
    return result ? result->post_binding_redirect_uri : NULL;
}

const char *passkey_bind_result_json(const passkey_bind_result *result)
{
    return result ? result->json : NULL;
}

void passkey_bind_result_free(passkey_bind_result *result)
{
    if (!result)
        return;
    pk_credential_clear(&result->passkey);
    pk_text_free(result->post_binding_redirect_uri);
    pk_text_free(result->json);
    free(result);
}

struct passkey_link {
    const char *kind;
    char *origin;
    char *tenant_id, *realm_id, *identity_id, *job_id;
    char *json;
};

static char *link_json(const passkey_link *link)
{
    pk_json *json = pk_json_new_object();
    char *text = NULL;

    if (pk_json_add_text(json, "kind", link->kind) &&
        pk_json_add_text(json, "origin", link->origin) &&
        pk_json_add_text(json, "tenantId", link->tenant_id) &&
        pk_json_add_text(json, "realmId", link->realm_id) &&
        pk_json_add_text(json, "identityId", link->identity_id) &&
        pk_json_add_text(json, "jobId", link->job_id))
        text = pk_json_print(json);
    pk_json_free(json);
    return text;
}

passkey_link *pk_link_description(const pk_link *link)
{
    passkey_link *shown = calloc(1, sizeof *shown);
    bool invoke = link->kind == PK_LINK_INVOKE;

    if (!shown)
        return NULL;
    shown->kind = invoke ? "invokeAuthenticator" : "bind";
    shown->origin = pk_url_origin(invoke ? link->invoke_url : link->instruction.api_base_url);
    shown->tenant_id = pk_text_copy(link->instruction.tenant_id);
    shown->realm_id = pk_text_copy(link->instruction.realm_id);
    shown->identity_id = pk_text_copy(link->instruction.identity_id);
    shown->job_id = pk_text_copy(link->instruction.job_id);
    shown->json = link_json(shown);
    if (shown->json)
        return shown;
    passkey_link_free(shown);
    return NULL;
}

#define GETTER(member)                                                                             \
    const char *passkey_link_##member(const passkey_link *link)                                    \
    {                                                                                              \
        return link ? link->member : NULL;                                                         \
    }
GETTER(kind)
GETTER(origin)
GETTER(tenant_id)
GETTER(realm_id)
GETTER(identity_id)
GETTER(job_id)
GETTER(json)
#undef GETTER

void passkey_link_free(passkey_link *link)
{
    if (!link)
        return;
    pk_text_free(link->origin);
    pk_text_free(link->tenant_id);
    pk_text_free(link->realm_id);
    pk_text_free(link->identity_id);
    pk_text_free(link->job_id);
    pk_text_free(link->json);
    free(link);
}
