/* SPDX-License-Identifier: Apache-2.0
 * …/authenticator-configs */
#include "api/api.h"

#include "answer.h"
#include "names.h"
#include "page.h"

#include <string.h>

static pk_json *config_json(pk_call *call, const pk_config *config)
{
    const char *created = pk_time_text(&call->arena, config->create_ms);
    const char *updated = pk_time_text(&call->arena, config->update_ms);
    pk_json *json = pk_json_new_object();

    if (pk_json_add_text(json, "id", config->id) &&
        pk_json_add_text(json, "realm_id", config->realm_id) &&
        pk_json_add_text(json, "tenant_id", call->realm.tenant_id) &&
        pk_json_add_text(json, "display_name", config->display_name) &&
        pk_json_add(json, "config", pk_json_parse(config->config, strlen(config->config), NULL)) &&
        pk_json_add_text(json, "create_time", created) &&
        pk_json_add_text(json, "update_time", updated))
        return json;
    pk_json_free(json);
    return NULL;
}

static void answer_stored(pk_call *call, pk_stored outcome, const pk_config *config)
{
    if (outcome == PK_STORED_OK)
        pk_answer(call, 200, config_json(call, config));
    else
        pk_answer_internal(call);
}

static const char *read_name(pk_check *check, const pk_json *body)
{
    return pk_check_name(check, body, "authenticator_config.display_name");
}

static const char *read_config(pk_call *call, pk_check *check, const pk_json *body)
{
    return pk_config_read(call, check, body, "authenticator_config.config", false);
}

void pk_config_create(pk_call *call)
{
    const pk_json *body = pk_check_body(call, "authenticator_config");
    pk_check check = {0};
    pk_config config;

    if (!body)
        return;
    config = (pk_config){
        .id = pk_new_uuid(&call->arena),
        .realm_id = call->realm.id,
        .config = read_config(call, &check, body),
        .display_name = read_name(&check, body),
        .create_ms = call->now_ms,
        .update_ms = call->now_ms,
    };
    if (!pk_check_end(&check, call))
        return;
    answer_stored(call,
                  config.id ? pk_store_add_config(call->store, &config) : PK_STORED_FAILED,
                  &config);
}

static bool find_config(pk_call *call, pk_config *out_config)
{
    pk_stored found =
        pk_store_config(call->store, &call->arena, call->realm.id, call->id, out_config);

    if (found == PK_STORED_ABSENT)
        pk_answer_not_found(call);
    else if (found != PK_STORED_OK)
        pk_answer_internal(call);
    return found == PK_STORED_OK;
}

/* A config is given as a whole or not at all. */
void pk_config_update(pk_call *call)
{
    const pk_json *body = pk_check_body(call, "authenticator_config");
    pk_check check = {0};
    pk_config config;

    if (!body || !find_config(call, &config))
        return;
    if (pk_check_given(body, "authenticator_config.config"))
        config.config = read_config(call, &check, body);
    if (pk_check_given(body, "authenticator_config.display_name"))
        config.display_name = read_name(&check, body);
    config.update_ms = call->now_ms;
    if (pk_check_end(&check, call))
        answer_stored(call, pk_store_update_config(call->store, &config), &config);
}

void pk_config_delete(pk_call *call)
{
    pk_config config;

    if (!find_config(call, &config))
        return;
    switch (pk_store_delete_config(call->store, config.id, call->now_ms)) {
    case PK_STORED_OK:
        pk_answer_done(call);
        break;
    case PK_STORED_EXISTS:
        pk_answer_error(call, 409, "conflict", "authenticator config is in use");
        break;
    default:
        pk_answer_internal(call);
    }
}

void pk_config_get(pk_call *call)
{
    pk_config config;

    if (find_config(call, &config))
        pk_answer(call, 200, config_json(call, &config));
}

typedef struct listing {
    pk_call *call;
    pk_json *items;
} listing;

static bool add_to_list(const pk_config *config, void *user)
{
    listing *list = user;

    return pk_json_add(list->items, NULL, config_json(list->call, config));
}

void pk_config_list(pk_call *call)
{
    pk_list list = {.name = "authenticator_configs", .max_size = 100};
    listing found = {call, NULL};
    pk_page page;

    if (!pk_page_read(call, &list, &page))
        return;
    found.items = pk_json_new_array();
    if (pk_store_configs(call->store, &call->arena, call->realm.id, &page, add_to_list, &found) ==
        PK_STORED_OK) {
        pk_page_answer(call, &list, &page, found.items);
        return;
    }
    pk_json_free(found.items);
    pk_answer_internal(call);
}
