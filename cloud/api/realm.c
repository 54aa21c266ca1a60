/* SPDX-License-Identifier: Apache-2.0
 * /v1/tenants/{tenant}/realms */
#include "api/api.h"

#include "answer.h"
#include "names.h"
#include "page.h"

static const char *const classifications[] = {"SECURE_WORKFORCE", "SECURE_CUSTOMER", NULL};

static pk_json *realm_json(pk_call *call, const pk_realm *realm)
{
    const char *created = pk_time_text(&call->arena, realm->create_ms);
    const char *updated = pk_time_text(&call->arena, realm->update_ms);
    pk_json *json = pk_json_new_object();

    if (pk_json_add_text(json, "id", realm->id) &&
        pk_json_add_text(json, "tenant_id", realm->tenant_id) &&
        pk_json_add_text(json, "display_name", realm->display_name) &&
        pk_json_add_text(json, "classification", realm->classification) &&
        pk_json_add_text(json, "create_time", created) &&
        pk_json_add_text(json, "update_time", updated))
        return json;
    pk_json_free(json);
    return NULL;
}

static void read_classification(pk_check *check, const pk_json *body, pk_realm *realm)
{
    const char *given =
        pk_check_choice(check, body, "realm.classification", false, classifications);

    if (given)
        realm->classification = given;
}

void pk_realm_create(pk_call *call)
{
    const pk_json *body = pk_check_body(call, "realm");
    pk_check check = {0};
    pk_realm realm;

    if (!body)
        return;
    realm = (pk_realm){
        .tenant_id = call->tenant_id,
        .id = pk_new_id(&call->arena),
        .display_name = pk_check_name(&check, body, "realm.display_name"),
        .classification = "SECURE_CUSTOMER",
        .theme = "{}",
        .create_ms = call->now_ms,
        .update_ms = call->now_ms,
    };
    read_classification(&check, body, &realm);
    if (!pk_check_end(&check, call))
        return;
    if (realm.id && pk_store_add_realm(call->store, &realm) == PK_STORED_OK)
        pk_answer(call, 200, realm_json(call, &realm));
    else
        pk_answer_internal(call);
}

void pk_realm_get(pk_call *call)
{
    pk_answer(call, 200, realm_json(call, &call->realm));
}

void pk_realm_update(pk_call *call)
{
    const pk_json *body = pk_check_body(call, "realm");
    pk_realm realm = call->realm;
    pk_check check = {0};

    if (!body)
        return;
    if (pk_check_given(body, "realm.display_name"))
        realm.display_name = pk_check_name(&check, body, "realm.display_name");
    read_classification(&check, body, &realm);
    realm.update_ms = call->now_ms;
    if (!pk_check_end(&check, call))
        return;
    if (pk_store_update_realm(call->store, &realm) == PK_STORED_OK)
        pk_answer(call, 200, realm_json(call, &realm));
    else
        pk_answer_internal(call);
}

void pk_realm_delete(pk_call *call)
{
    switch (pk_store_delete_realm(call->store, call->realm.id)) {
    case PK_STORED_OK:
        pk_answer_done(call);
        break;
    case PK_STORED_EXISTS:
        pk_answer_error(call, 409, "conflict", "realm has children");
        break;
    default:
        pk_answer_internal(call);
    }
}

typedef struct listing {
    pk_call *call;
    pk_json *items;
} listing;

static bool add_to_list(const pk_realm *realm, void *user)
{
    listing *list = user;

    return pk_json_add(list->items, NULL, realm_json(list->call, realm));
}

void pk_realm_list(pk_call *call)
{
    pk_list list = {.name = "realms"};
    listing found = {call, NULL};
    pk_page page;

    if (!pk_page_read(call, &list, &page))
        return;
    found.items = pk_json_new_array();
    if (pk_store_realms(call->store, &call->arena, call->tenant_id, &page, add_to_list, &found) ==
        PK_STORED_OK) {
        pk_page_answer(call, &list, &page, found.items);
        return;
    }
    pk_json_free(found.items);
    pk_answer_internal(call);
}
