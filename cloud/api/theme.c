/* SPDX-License-Identifier: Apache-2.0
 * …/themes/active: how messages, pages and clients present a realm. */
#include "api/api.h"

#include "answer.h"
#include "base/text.h"
#include "names.h"
#include "web/uri.h"

#include <string.h>
#include <strings.h>

static const pk_json *theme_of(pk_arena *arena, const pk_realm *realm)
{
    return pk_arena_json(arena, pk_json_parse(realm->theme, strlen(realm->theme), NULL));
}

/* ------------------------------------------------------------------- reading */

static const char *color_fault(const char *color)
{
    size_t len = strlen(color);
    bool valid = (len == 4 || len == 7) && color[0] == '#';

    for (size_t i = 1; valid && i < len; i++)
        valid = pk_hex_value(color[i]) >= 0;
    return valid ? NULL : "not a color like #1f5fbf";
}

static const char *web_fault(const char *url)
{
    if (strncasecmp(url, "https://", 8) != 0 && strncasecmp(url, "http://", 7) != 0)
        return "not an http or https URL";
    return strchr(url, '\'') ? "not an absolute URI" : pk_uri_fault(url);
}

static const char *support_fault(const char *url)
{
    return strncasecmp(url, "mailto:", 7) == 0 ? pk_uri_fault(url) : web_fault(url);
}

static const struct {
    const char *name;
    const char *field;
    size_t max_len;
    const char *(*fault)(const char *text); /* NULL: any text */
} members[] = {
    {"email_realm_name", "theme.email_realm_name", 64, NULL},
    {"logo_url_light", "theme.logo_url_light", 2048, web_fault},
    {"logo_url_dark", "theme.logo_url_dark", 2048, web_fault},
    {"support_url", "theme.support_url", 2048, support_fault},
    {"button_color", "theme.button_color", 64, color_fault},
    {"button_text_color", "theme.button_text_color", 64, color_fault},
};
enum { NUM_MEMBERS = sizeof members / sizeof *members };

/* Absent and null leave a member as it is, "" takes it away. */
static const char *read_member(pk_check *check, const pk_json *body, int i, const pk_json *old)
{
    const char *text = pk_check_text(check, body, members[i].field, false, members[i].max_len);
    const char *fault = text && members[i].fault ? members[i].fault(text) : NULL;

    if (fault)
        pk_check_fail(check, members[i].field, fault);
    return pk_check_given(body, members[i].field) ? text : pk_json_text(old, members[i].name);
}

static const char *read_theme(pk_call *call, pk_check *check, const pk_json *body)
{
    const pk_json *old = theme_of(&call->arena, &call->realm);
    pk_json *theme = pk_arena_json(&call->arena, pk_json_new_object());

    for (int i = 0; i < NUM_MEMBERS; i++) {
        const char *text = read_member(check, body, i, old);

        if (text && !pk_json_add_text(theme, members[i].name, text))
            check->broken = true;
    }
    return pk_arena_take(&call->arena, pk_json_print(theme));
}

/* ------------------------------------------------------------------ answering */

pk_json *pk_theme_json(pk_arena *arena, const pk_realm *realm)
{
    const char *updated = pk_time_text(arena, realm->update_ms);
    const pk_json *theme = theme_of(arena, realm);
    pk_json *json = pk_json_new_object();
    bool filled = pk_json_add_text(json, "id", realm->id);

    for (int i = 0; i < NUM_MEMBERS; i++) {
        const char *text = pk_json_text(theme, members[i].name);

        filled = filled && pk_json_add_text(json, members[i].name, text ? text : "");
    }
    if (filled && theme &&
        pk_json_add_text(json, "create_time", pk_time_text(arena, realm->create_ms)) &&
        pk_json_add_text(json, "update_time", updated))
        return json;
    pk_json_free(json);
    return NULL;
}

void pk_theme_get(pk_call *call)
{
    pk_answer(call, 200, pk_theme_json(&call->arena, &call->realm));
}

void pk_theme_update(pk_call *call)
{
    const pk_json *body = pk_check_body(call, "theme");
    pk_realm realm = call->realm;
    pk_check check = {0};

    if (!body)
        return;
    realm.theme = read_theme(call, &check, body);
    realm.update_ms = call->now_ms;
    if (!pk_check_end(&check, call))
        return;
    if (realm.theme && pk_store_update_realm(call->store, &realm) == PK_STORED_OK)
        pk_answer(call, 200, pk_theme_json(&call->arena, &realm));
    else
        pk_answer_internal(call);
}
