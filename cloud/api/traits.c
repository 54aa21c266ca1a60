/* SPDX-License-Identifier: Apache-2.0
 * The traits of an identity: traits_v0. */
#include "api/api.h"

#include <string.h>

/* besides type, username and the two email addresses */
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

typedef struct reading {
    pk_call *call;
    pk_check *check;
    const pk_json *body;
    const pk_json *old; /* NULL: there are none yet */
    pk_json *traits;
} reading;

static const char *field_of(const reading *r, const char *name)
{
    const char *field = pk_arena_printf(&r->call->arena, "identity.traits.%s", name);

    if (!field)
        r->check->broken = true;
    return field ? field : "identity.traits";
}

/* Absent and null leave a trait as it is (clients send null for those that they
 * have nothing to say of), "" takes it away. */
static const char *keep(const reading *r, const char *name, const char *given)
{
    const char *value =
        pk_check_given(r->body, field_of(r, name)) ? given : pk_json_text(r->old, name);

    if (value && !pk_json_add_text(r->traits, name, value))
        r->check->broken = true;
    return value;
}

static void read_type(const reading *r)
{
    static const char *const types[] = {"traits_v0", NULL};

    if (!r->old || pk_check_given(r->body, "identity.traits"))
        pk_check_choice(r->check, r->body, "identity.traits.type", true, types);
    if (!pk_json_add_text(r->traits, "type", "traits_v0"))
        r->check->broken = true;
}

static const char *read_username(const reading *r)
{
    static const char field[] = "identity.traits.username";
    bool unchanged = r->old && !pk_check_given(r->body, field);

    return keep(r, "username", unchanged ? NULL : pk_check_name(r->check, r->body, field));
}

static const char *read_email(const reading *r, const char *name)
{
    return keep(r, name, pk_check_email(r->check, r->body, field_of(r, name)));
}

static void read_plain(const reading *r, pk_identity *identity)
{
    for (int i = 0; i < NUM_PLAIN_TRAITS; i++) {
        const char *name = plain_traits[i];
        const char *value = keep(r, name, pk_check_text(r->check, r->body, field_of(r, name),
                                                        false, MAX_TRAIT_LEN));

        if (strcmp(name, "external_id") == 0)
            identity->external_id = value;
    }
}

void pk_traits_read(pk_call *call, pk_check *check, const pk_json *body, const pk_identity *old,
                    pk_identity *identity)
{
    reading r = {
        .call = call,
        .check = check,
        .body = body,
        .old = old ? pk_arena_json(&call->arena,
                                   pk_json_parse(old->traits, strlen(old->traits), NULL))
                   : NULL,
        .traits = pk_arena_json(&call->arena, pk_json_new_object()),
    };

    read_type(&r);
    identity->username = read_username(&r);
    identity->email = read_email(&r, "primary_email_address");
    read_email(&r, "secondary_email_address");
    read_plain(&r, identity);
    identity->traits = pk_arena_take(&call->arena, pk_json_print(r.traits));
    if ((old && !r.old) || !identity->traits)
        check->broken = true;
}
