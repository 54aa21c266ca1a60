/* SPDX-License-Identifier: Apache-2.0
 * …/identities */
#include "api/api.h"

#include "answer.h"
#include "check.h"
#include "names.h"
#include "page.h"

#include <string.h>

/* traits_v0, besides type, username and the two email addresses */
static const char *const plain_traits[] = {
    "external_id",     "family_name",      "given_name",      "formatted_name",
    "middle_name",     "honorific_prefix", "honorific_suffix", "nick_name",
    "title",           "primary_phone",    "secondary_phone", "profile_url",
    "photo",           "preferred_language", "locale",        "timezone",
    "formatted_address", "street_address", "locality",        "region",
    "postal_code",     "country",          "user_type",       "employee_number",
    "cost_center",     "organization",     "division",        "department",
    "manager_id",      "manager_name",
};
enum { NUM_PLAIN_TRAITS = sizeof plain_traits / sizeof *plain_traits, MAX_TRAIT_LEN = 1024 };

static const char *enrollment_status(const pk_identity *identity)
{
    if (identity->enrolled)
        return "ENROLLED";
    return identity->pending ? "PENDING" : "UNENROLLED";
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
                    pk_json_parse(identity->traits, strlen(identity->traits), NULL)) &&
        pk_json_add_text(json, "enrollment_status", enrollment_status(identity)) &&
        pk_json_add_text(json, "create_time", created) &&
        pk_json_add_text(json, "update_time", updated))
        return json;
    pk_json_free(json);
    return NULL;
}

/* ------------------------------------------------------------------- create */

static const char *read_status(pk_check *check, const pk_json *body)
{
    const char *status = pk_check_text(check, body, "identity.status", false, 64);

    if (!status)
        return "active";
    if (strcmp(status, "active") != 0 && strcmp(status, "suspended") != 0)
        pk_check_fail(check, "identity.status", "not active or suspended");
    return status;
}

static void read_type(pk_check *check, const pk_json *body)
{
    const char *type = pk_check_text(check, body, "identity.traits.type", true, 64);

    if (type && strcmp(type, "traits_v0") != 0)
        pk_check_fail(check, "identity.traits.type", "not traits_v0");
}

static bool keep(pk_json *traits, const char *name, const char *value)
{
    return !value || pk_json_add_text(traits, name, value);
}

static bool read_plain_traits(pk_call *call, pk_check *check, const pk_json *body, pk_json *traits)
{
    for (int i = 0; i < NUM_PLAIN_TRAITS; i++) {
        const char *field = pk_arena_printf(&call->arena, "identity.traits.%s", plain_traits[i]);

        if (!field || !keep(traits, plain_traits[i],
                            pk_check_text(check, body, field, false, MAX_TRAIT_LEN)))
            return false;
    }
    return true;
}

/* The traits that are known and not null, as JSON text; unknown ones are not
 * kept. */
static const char *read_traits(pk_call *call, pk_check *check, const pk_json *body,
                               const char **out_username)
{
    pk_json *traits = pk_arena_json(&call->arena, pk_json_new_object());
    const char *primary = pk_check_email(check, body, "identity.traits.primary_email_address");
    const char *secondary = pk_check_email(check, body, "identity.traits.secondary_email_address");
    const char *username = pk_check_name(check, body, "identity.traits.username");

    read_type(check, body);
    *out_username = username;
    if (!pk_json_add_text(traits, "type", "traits_v0") || !keep(traits, "username", username) ||
        !keep(traits, "primary_email_address", primary) ||
        !keep(traits, "secondary_email_address", secondary) ||
        !read_plain_traits(call, check, body, traits)) {
        check->broken = true;
        return NULL;
    }
    return pk_arena_take(&call->arena, pk_json_print(traits));
}

static bool read_identity(pk_call *call, pk_identity *out)
{
    const pk_json *body = pk_call_json(call);
    pk_check check = {0};

    if (!body)
        return false;
    if (!pk_json_is_object(pk_json_get(body, "identity"))) {
        pk_answer_violation(call, "identity", "missing");
        return false;
    }
    *out = (pk_identity){
        .id = pk_new_id(&call->arena),
        .realm_id = call->realm.id,
        .display_name = pk_check_name(&check, body, "identity.display_name"),
        .status = read_status(&check, body),
        .create_ms = call->now_ms,
        .update_ms = call->now_ms,
    };
    if (pk_json_is_object(pk_json_get(body, "identity.traits")))
        out->traits = read_traits(call, &check, body, &out->username);
    else
        pk_check_fail(&check, "identity.traits", "missing");
    return pk_check_end(&check, call);
}

void pk_identity_create(pk_call *call)
{
    pk_identity identity;

    if (!read_identity(call, &identity))
        return;
    if (!identity.id || !identity.traits) {
        pk_answer_internal(call);
        return;
    }
    switch (pk_store_add_identity(call->store, &identity)) {
    case PK_STORED_OK:
        pk_answer(call, 200, identity_json(call, &identity));
        break;
    case PK_STORED_EXISTS:
        pk_answer_error(call, 409, "conflict", "username already exists");
        break;
    default:
        pk_answer_internal(call);
    }
}

/* --------------------------------------------------------------------- read */

static void answer_absent(pk_call *call)
{
    pk_answer_resource(call, 404, "not_found", "Identity", call->identity_id,
                       "identity not found");
}

void pk_identity_get(pk_call *call)
{
    pk_identity identity;

    switch (pk_store_identity(call->store, &call->arena, call->realm.id, call->identity_id,
                              call->now_ms, &identity)) {
    case PK_STORED_OK:
        pk_answer(call, 200, identity_json(call, &identity));
        break;
    case PK_STORED_ABSENT:
        answer_absent(call);
        break;
    default:
        pk_answer_internal(call);
    }
}

bool pk_identity_exists(pk_call *call)
{
    pk_identity identity;
    pk_stored found = PK_STORED_OK;

    if (pk_call_identity(call))
        found = pk_store_identity(call->store, &call->arena, call->realm.id, call->identity_id,
                                  call->now_ms, &identity);
    if (found == PK_STORED_ABSENT)
        answer_absent(call);
    else if (found != PK_STORED_OK)
        pk_answer_internal(call);
    return found == PK_STORED_OK;
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
    listing list = {call, NULL};
    pk_page page;

    if (!pk_page_read(call, "identities", &page))
        return;
    list.items = pk_json_new_array();
    if (pk_store_identities(call->store, &call->arena, call->realm.id, call->now_ms, &page,
                            add_to_list, &list) == PK_STORED_OK) {
        pk_page_answer(call, "identities", &page, list.items);
        return;
    }
    pk_json_free(list.items);
    pk_answer_internal(call);
}
