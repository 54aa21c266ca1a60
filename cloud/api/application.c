/* SPDX-License-Identifier: Apache-2.0
 * …/applications. A client's secret is told once, by the call that makes the
 * application: only its hash is kept. */
#include "api/api.h"

#include "answer.h"
#include "names.h"
#include "page.h"

#include <string.h>

static bool add_optional(pk_json *json, const char *name, const char *text)
{
    return !text || pk_json_add_text(json, name, text);
}

static pk_json *protocol_of(const pk_application *application)
{
    return pk_json_parse(application->protocol_config, strlen(application->protocol_config), NULL);
}

static bool add_protocol(const pk_application *application, const char *secret, pk_json *json)
{
    pk_json *protocol = protocol_of(application);
    bool filled = pk_json_add_text(protocol, "client_id", application->client_id) &&
                  add_optional(protocol, "client_secret", secret);

    return pk_json_add(json, "protocol_config", protocol) && filled;
}

static pk_json *application_json(pk_call *call, const pk_application *application,
                                 const char *secret)
{
    const char *created = pk_time_text(&call->arena, application->create_ms);
    const char *updated = pk_time_text(&call->arena, application->update_ms);
    pk_json *json = pk_json_new_object();

    if (pk_json_add_text(json, "id", application->id) &&
        pk_json_add_text(json, "realm_id", application->realm_id) &&
        pk_json_add_text(json, "tenant_id", call->realm.tenant_id) &&
        add_optional(json, "resource_server_id", application->resource_server_id) &&
        add_optional(json, "authenticator_config_id", application->config_id) &&
        pk_json_add_text(json, "display_name", application->display_name) &&
        pk_json_add_bool(json, "is_managed", false) &&
        add_optional(json, "classification", application->classification) &&
        add_protocol(application, secret, json) &&
        pk_json_add_text(json, "create_time", created) &&
        pk_json_add_text(json, "update_time", updated))
        return json;
    pk_json_free(json);
    return NULL;
}

/* -------------------------------------------------------------------- writing */

static const char *read_optional(pk_check *check, const pk_json *body, const char *field,
                                 const char *old)
{
    const char *text = pk_check_text(check, body, field, false, 64);

    return pk_check_given(body, field) ? text : old;
}

static void read_config(pk_call *call, pk_check *check, const pk_json *body,
                        pk_application *application)
{
    static const char field[] = "application.authenticator_config_id";
    const char *id = read_optional(check, body, field, application->config_id);
    pk_config config;

    if (id && pk_store_config(call->store, &call->arena, call->realm.id, id, &config) !=
                  PK_STORED_OK)
        pk_check_fail(check, field, "not found");
    application->config_id = id;
}

/* old is NULL for a new one. */
static bool read_application(pk_call *call, const pk_json *body, const pk_json *old,
                             pk_application *application)
{
    pk_check check = {0};
    const pk_json *protocol = pk_protocol_read(call, &check, body, old);

    if (!old || pk_check_given(body, "application.display_name"))
        application->display_name = pk_check_name(&check, body, "application.display_name");
    application->resource_server_id = read_optional(&check, body, "application.resource_server_id",
                                                    application->resource_server_id);
    application->classification = read_optional(&check, body, "application.classification",
                                                application->classification);
    read_config(call, &check, body, application);
    application->update_ms = call->now_ms;
    application->protocol_config = pk_arena_take(&call->arena, pk_json_print(protocol));
    if (!pk_check_end(&check, call))
        return false;
    if (!application->protocol_config)
        pk_answer_internal(call);
    return application->protocol_config;
}

static bool is_confidential(pk_call *call, const pk_application *application)
{
    const pk_json *protocol = pk_arena_json(&call->arena, protocol_of(application));
    const char *kind = pk_json_text(protocol, "confidentiality");

    return !kind || strcmp(kind, "confidential") == 0;
}

void pk_application_create(pk_call *call)
{
    const pk_json *body = pk_check_body(call, "application");
    const char *secret = NULL;
    bool is_secret_made = true;
    pk_application application = {
        .id = pk_new_uuid(&call->arena),
        .realm_id = call->realm.id,
        .client_id = pk_new_client_id(&call->arena),
        .create_ms = call->now_ms,
    };

    if (!body || !read_application(call, body, NULL, &application))
        return;
    if (is_confidential(call, &application)) {
        secret = pk_new_token(&call->arena);
        application.client_secret_hash = pk_token_hash(&call->arena, secret);
        is_secret_made = application.client_secret_hash != NULL;
    }
    if (application.id && application.client_id && is_secret_made &&
        pk_store_add_application(call->store, &application) == PK_STORED_OK)
        pk_answer(call, 200, application_json(call, &application, secret));
    else
        pk_answer_internal(call);
}

static bool find_application(pk_call *call, pk_application *out_application)
{
    pk_stored found = pk_store_application(call->store, &call->arena, call->realm.id, call->id,
                                           out_application);

    if (found == PK_STORED_ABSENT)
        pk_answer_not_found(call);
    else if (found != PK_STORED_OK)
        pk_answer_internal(call);
    return found == PK_STORED_OK;
}

void pk_application_update(pk_call *call)
{
    const pk_json *body = pk_check_body(call, "application");
    pk_application application;
    const pk_json *old;

    if (!body || !find_application(call, &application))
        return;
    old = pk_arena_json(&call->arena, protocol_of(&application));
    if (!old) {
        pk_answer_internal(call);
        return;
    }
    if (!read_application(call, body, old, &application))
        return;
    if (pk_store_update_application(call->store, &application) == PK_STORED_OK)
        pk_answer(call, 200, application_json(call, &application, NULL));
    else
        pk_answer_internal(call);
}

void pk_application_delete(pk_call *call)
{
    pk_application application;

    if (!find_application(call, &application))
        return;
    if (pk_store_delete_application(call->store, application.id) == PK_STORED_FAILED)
        pk_answer_internal(call);
    else
        pk_answer_done(call);
}

/* -------------------------------------------------------------------- reading */

void pk_application_get(pk_call *call)
{
    pk_application application;

    if (find_application(call, &application))
        pk_answer(call, 200, application_json(call, &application, NULL));
}

typedef struct listing {
    pk_call *call;
    pk_json *items;
} listing;

static bool add_to_list(const pk_application *application, void *user)
{
    listing *list = user;

    return pk_json_add(list->items, NULL, application_json(list->call, application, NULL));
}

void pk_application_list(pk_call *call)
{
    pk_list list = {.name = "applications", .max_size = 100};
    listing found = {call, NULL};
    pk_page page;

    if (!pk_page_read(call, &list, &page))
        return;
    found.items = pk_json_new_array();
    if (pk_store_applications(call->store, &call->arena, call->realm.id, &page, add_to_list,
                              &found) == PK_STORED_OK) {
        pk_page_answer(call, &list, &page, found.items);
        return;
    }
    pk_json_free(found.items);
    pk_answer_internal(call);
}
