/* SPDX-License-Identifier: Apache-2.0
 * What passkey_client_info gives. */
#include "base/json.h"
#include "base/memory.h"
#include "client/result.h"

#include <stdlib.h>

/* Member and getter name, path in JSON, where it comes from: the instruction
 * or the info. */
#define FIELDS(X)                                                                                  \
    X(api_base_url, "apiBaseUrl", instruction->api_base_url)                                       \
    X(job_id, "jobId", instruction->job_id)                                                        \
    X(tenant_id, "tenant.id", instruction->tenant_id)                                              \
    X(tenant_display_name, "tenant.displayName", info->tenant_display_name)                        \
    X(realm_id, "realm.id", instruction->realm_id)                                                 \
    X(realm_display_name, "realm.displayName", info->realm_display_name)                           \
    X(identity_id, "identity.id", instruction->identity_id)                                        \
    X(identity_display_name, "identity.displayName", info->identity_display_name)                  \
    X(identity_username, "identity.username", info->username)                                      \
    X(identity_email_address, "identity.emailAddress", info->email_address)                        \
    X(theme_logo_url_light, "theme.logoUrlLight", info->logo_url_light)                            \
    X(theme_logo_url_dark, "theme.logoUrlDark", info->logo_url_dark)                               \
    X(theme_support_url, "theme.supportUrl", info->support_url)                                    \
    X(post_binding_redirect_uri, "postBindingRedirectUri", info->post_binding_redirect_uri)

struct passkey_info {
#define MEMBER(member, path, from) char *member;
    FIELDS(MEMBER)
#undef MEMBER
    char *json;
};

static char *info_json(const passkey_info *result)
{
    pk_json *json = pk_json_new_object();
    bool done = json;
    char *text;

#define ADD(member, path, from) done = done && pk_json_add_text_at(json, path, result->member);
    FIELDS(ADD)
#undef ADD
    text = done ? pk_json_print(json) : NULL;
    pk_json_free(json);
    return text;
}

static bool copy(char **to, const char *from)
{
    *to = pk_text_copy(from);
    return *to || !from;
}

passkey_info *pk_info_result_new(const pk_instruction *instruction, const pk_info *info)
{
    passkey_info *result = calloc(1, sizeof *result);
    bool done = result;

#define COPY(member, path, from) done = done && copy(&result->member, from);
    FIELDS(COPY)
#undef COPY
    if (done && (result->json = info_json(result)))
        return result;
    passkey_info_free(result);
    return NULL;
}

#define GETTER(member, path, from)                                                                 \
    const char *passkey_info_##member(const passkey_info *info)                                    \
    {                                                                                              \
        return info ? info->member : NULL;                                                         \
    }
FIELDS(GETTER)
GETTER(json, "", NULL)
#undef GETTER

void passkey_info_free(passkey_info *info)
{
    if (!info)
        return;
#define FREE(member, path, from) pk_text_free(info->member);
    FIELDS(FREE)
#undef FREE
    pk_text_free(info->json);
    free(info);
}
