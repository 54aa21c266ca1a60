/* SPDX-License-Identifier: Apache-2.0
 * …/identities */
#include "api/api.h"

#include "answer.h"
#include "filter.h"
#include "names.h"
#include "page.h"

#include <string.h>

static const char *enrollment_status(const pk_identity *identity)
{
    if (identity->enrolled)
        return "ENROLLED";
    if (identity->pending)
        return "PENDING";
    return identity->failed ? "INVITE_FAILED" : "UNENROLLED";
}

static pk_json *identity_json(pk_call *call, const pk_identity *identity)
{
    const char *created = pk_time_text(&call->arena, identity->create_ms);
    const char *updated = pk_time_text(&call->arena, identity->update_ms);
    pk_json *json = pk_json_new_object();

    if (pk_json_add_text(json, "id", identity->id) &&
        pk_json_add_text(json, "realm_id", identity->realm_id) &&
        pk_json_add_text(json, "tenant_id", call->realm.tenant_id) &&
        pk_json_add_text(json, "display_name", identity->display_name) &&
        pk_json_add_text(json, "status", identity->status) &&
        pk_json_add(json, "traits",
                    /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): the store has none without */
                    pk_json_parse(identity->traits, strlen(identity->traits), NULL)) &&
        pk_json_add_text(json, "enrollment_status", enrollment_status(identity)) &&
        pk_json_add_text(json, "create_time", created) &&
        pk_json_add_text(json, "update_time", updated))
        return json;
    pk_json_free(json);
    return NULL;
}

/* -------------------------------------------------------------------- writing */

static void read_status(pk_check *check, const pk_json *body, pk_identity *identity)
{
    static const char *const statuses[] = {"active", "suspended", NULL};
    const char *given = pk_check_choice(check, body, "identity.status", false, statuses);

    if (given)
        identity->status = given;
}

static void answer_stored(pk_call *call, pk_stored outcome, const pk_identity *identity)
{
    switch (outcome) {
    case PK_STORED_OK:
        pk_answer(call, 200, identity_json(call, identity));
        break;
    case PK_STORED_EXISTS:
        pk_answer_error(call, 409, "conflict", "username already exists");
        break;
    default:
        pk_answer_internal(call);
    }
}

void pk_identity_create(pk_call *call)
{
    const pk_json *body = pk_check_body(call, "identity");
    pk_check check = {0};
    pk_identity identity;

    if (!body)
        return;
    identity = (pk_identity){
        .id = pk_new_id(&call->arena),
        .realm_id = call->realm.id,
        .display_name = pk_check_name(&check, body, "identity.display_name"),
        .status = "active",
        .create_ms = call->now_ms,
        .update_ms = call->now_ms,
    };
    read_status(&check, body, &identity);
    if (pk_json_is_object(pk_json_get(body, "identity.traits")))
        pk_traits_read(call, &check, body, NULL, &identity);
    else
        pk_check_fail(&check, "identity.traits", "missing");
    if (!pk_check_end(&check, call))
        return;
    if (identity.id)
        answer_stored(call, pk_store_add_identity(call->store, &identity), &identity);
    else
        pk_answer_internal(call);
}

static void answer_absent(pk_call *call, const char *id)
{
    pk_answer_resource(call, 404, "not_found", "Identity", id, "identity not found");
}

bool pk_identity_find(pk_call *call, pk_identity *out_identity)
{
    pk_stored found = pk_store_identity(call->store, &call->arena, call->realm.id,
                                        call->identity_id, call->now_ms, out_identity);

    if (found == PK_STORED_ABSENT)
        answer_absent(call, call->identity_id);
    else if (found != PK_STORED_OK)
        pk_answer_internal(call);
    return found == PK_STORED_OK;
}

static bool read_changes(pk_call *call, const pk_json *body, const pk_identity *old,
                         pk_identity *identity)
{
    const pk_json *traits = pk_json_get(body, "identity.traits");
    pk_check check = {0};

    if (pk_check_given(body, "identity.display_name"))
        identity->display_name = pk_check_name(&check, body, "identity.display_name");
    read_status(&check, body, identity);
    if (!traits || pk_json_is_null(traits) || pk_json_is_object(traits))
        pk_traits_read(call, &check, body, old, identity);
    else
        pk_check_fail(&check, "identity.traits", "not an object");
    identity->update_ms = call->now_ms;
    return pk_check_end(&check, call);
}

void pk_identity_update(pk_call *call)
{
    const pk_json *body = pk_check_body(call, "identity");
    pk_identity old, identity;

    if (!body || !pk_identity_find(call, &old))
        return;
    identity = old;
    if (read_changes(call, body, &old, &identity))
        answer_stored(call, pk_store_update_identity(call->store, &identity), &identity);
}

/* -------------------------------------------------------------------- reading */

void pk_identity_get(pk_call *call)
{
    pk_identity identity;

    if (pk_identity_find(call, &identity))
        pk_answer(call, 200, identity_json(call, &identity));
}

bool pk_identity_exists(pk_call *call)
{
    pk_identity identity;

    return !pk_call_identity(call) || pk_identity_find(call, &identity);
}

static bool read_filter(pk_call *call, const char *text, pk_identity_filter *out)
{
    const pk_filter_slot slots[] = {
        {"id", &out->id, &out->id_part},
        {"display_name", &out->display_name, &out->display_name_part},
        {"traits.username", &out->username, &out->username_part},
        {"username", &out->username, &out->username_part},
        {"traits.external_id", &out->external_id, &out->external_id_part},
        {"traits.primary_email_address", &out->email, &out->email_part},
        {NULL, NULL, NULL},
    };
    const char *fault = text ? pk_filter_read(&call->arena, text, slots) : NULL;

    if (fault)
        pk_answer_violation(call, "filter", fault);
    return !fault;
}

typedef struct listing {
    pk_call *call;
    pk_json *items;
} listing;

static bool add_to_list(const pk_identity *identity, void *user)
{
    listing *list = user;

    return pk_json_add(list->items, NULL, identity_json(list->call, identity));
}

void pk_identity_list(pk_call *call)
{
    pk_list list = {.name = "identities", .takes_filter = true};
    listing found = {call, NULL};
    pk_identity_filter filter = {0};
    pk_page page;

    if (!pk_page_read(call, &list, &page) || !read_filter(call, list.filter, &filter))
        return;
    found.items = pk_json_new_array();
    if (pk_store_identities(call->store, &call->arena, call->realm.id, call->now_ms, &filter,
                            &page, add_to_list, &found) == PK_STORED_OK) {
        pk_page_answer(call, &list, &page, found.items);
        return;
    }
    pk_json_free(found.items);
    pk_answer_internal(call);
}

/* ------------------------------------------------------------------- deleting */

void pk_identity_delete(pk_call *call)
{
    pk_stored outcome =
        pk_store_delete_identity(call->store, call->realm.id, call->identity_id);

    if (outcome == PK_STORED_OK)
        pk_answer_done(call);
    else if (outcome == PK_STORED_ABSENT)
        answer_absent(call, call->identity_id);
    else
        pk_answer_internal(call);
}

/* All or none: an id that does not exist stops it. One that is there twice is
 * deleted once. */
static bool delete_all(pk_call *call, const pk_json *ids)
{
    pk_identity identity;

    for (const pk_json *id = pk_json_first(ids); id; id = pk_json_next(id)) {
        pk_stored found = pk_store_identity(call->store, &call->arena, call->realm.id,
                                            pk_json_string(id), call->now_ms, &identity);

        if (found == PK_STORED_ABSENT)
            answer_absent(call, pk_json_string(id));
        else if (found != PK_STORED_OK)
            pk_answer_internal(call);
        if (found != PK_STORED_OK)
            return false;
    }
    for (const pk_json *id = pk_json_first(ids); id; id = pk_json_next(id))
        if (pk_store_delete_identity(call->store, call->realm.id, pk_json_string(id)) ==
            PK_STORED_FAILED) {
            pk_answer_internal(call);
            return false;
        }
    return true;
}

void pk_identity_delete_batch(pk_call *call)
{
    const pk_json *body = pk_call_json(call);
    pk_check check = {0};

    if (!body)
        return;
    pk_check_ids(&check, body, "ids");
    if (!pk_check_end(&check, call))
        return;
    if (!pk_store_begin(call->store)) {
        pk_answer_internal(call);
        return;
    }
    if (delete_all(call, pk_json_get(body, "ids"))) {
        if (pk_store_commit(call->store))
            pk_answer_done(call);
        else
            pk_answer_internal(call);
    }
    pk_store_rollback(call->store); /* nothing, when it was committed */
}
