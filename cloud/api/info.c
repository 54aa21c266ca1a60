/* SPDX-License-Identifier: Apache-2.0
 * :getInfo says what a bind will make: for whom, where and how it looks. */
#include "api/api.h"

#include "answer.h"

#include <string.h>

static bool add_named(pk_json *info, const char *name, const char *display_name)
{
    pk_json *json = pk_json_new_object();
    bool named = pk_json_add_text(json, "display_name", display_name);

    return pk_json_add(info, name, json) && named;
}

static bool add_identity(pk_call *call, const pk_identity *identity, pk_json *info)
{
    pk_json *all = pk_arena_json(&call->arena,
                                 pk_json_parse(identity->traits, strlen(identity->traits), NULL));
    const char *email = pk_json_text(all, "primary_email_address");
    pk_json *traits = pk_json_new_object();
    bool filled = pk_json_add_text(traits, "type", "traits_v0") &&
                  pk_json_add_text(traits, "username", identity->username) &&
                  (!email || pk_json_add_text(traits, "primary_email_address", email));

    if (!add_named(info, "identity", identity->display_name)) {
        pk_json_free(traits);
        return false;
    }
    return pk_json_add(pk_json_get(info, "identity"), "traits", traits) && filled;
}

/* The members must be there, also when they are empty. */
static bool add_theme(pk_call *call, pk_json *info)
{
    static const char *const names[] = {"logo_url_light", "logo_url_dark", "support_url"};
    const pk_json *all = pk_arena_json(&call->arena, pk_theme_json(&call->arena, &call->realm));
    pk_json *theme = pk_json_new_object();
    bool filled = all != NULL;

    for (size_t i = 0; filled && i < sizeof names / sizeof *names; i++)
        filled = pk_json_add_text(theme, names[i], pk_json_text(all, names[i]));
    return pk_json_add(info, "theme", theme) && filled;
}

static bool add_config(pk_call *call, const pk_link *link, pk_json *info)
{
    pk_json *config = pk_json_new_object();
    bool filled = (!link->config.id || pk_json_add_text(config, "id", link->config.id)) &&
                  pk_json_add_text(config, "realm_id", link->config.realm_id) &&
                  pk_json_add_text(config, "tenant_id", call->realm.tenant_id) &&
                  pk_json_add_text(config, "display_name", link->config.display_name);

    filled = pk_json_add(config, "config", pk_json_copy(link->config_json)) && filled;
    return pk_json_add(info, "authenticator_config", config) && filled;
}

static bool add_optional(pk_call *call, const pk_link *link, pk_json *info)
{
    const char *uri = link->job.post_binding_redirect_uri;
    const char *application_id = NULL;
    pk_stored found = PK_STORED_ABSENT;

    if (link->config.id)
        found = pk_store_application_of(call->store, &call->arena, link->config.id,
                                        &application_id);
    return found != PK_STORED_FAILED &&
           (!uri || pk_json_add_text(info, "post_binding_redirect_uri", uri)) &&
           (!application_id || pk_json_add_text(info, "application_id", application_id));
}

static pk_json *info_json(pk_call *call, const pk_link *link)
{
    pk_json *info = pk_json_new_object();

    if (add_named(info, "tenant", call->realm.tenant_display_name) &&
        add_named(info, "realm", call->realm.display_name) &&
        add_identity(call, &link->identity, info) && add_theme(call, info) &&
        add_config(call, link, info) && add_optional(call, link, info))
        return info;
    pk_json_free(info);
    return NULL;
}

void pk_link_get_info(pk_call *call, const pk_link *link)
{
    if (!pk_link_open(call, link, pk_call_bearer(call), false))
        return;
    if (pk_store_job_delivered(call->store, link->job.id, call->now_ms) == PK_STORED_FAILED)
        pk_answer_internal(call);
    else
        pk_answer(call, 200, info_json(call, link));
}
