/* SPDX-License-Identifier: Apache-2.0
 * …/credentials */
#include "api/api.h"

#include "answer.h"
#include "filter.h"
#include "names.h"
#include "page.h"

#include <stdio.h>
#include <string.h>

pk_json *pk_credential_json(pk_call *call, const pk_credential *credential)
{
    const char *created = pk_time_text(&call->arena, credential->create_ms);
    const char *updated = pk_time_text(&call->arena, credential->update_ms);
    char thumbprint[64];
    pk_json *json = pk_json_new_object();

    /* The documented answers pad it, unlike RFC 7638 and the database. */
    snprintf(thumbprint, sizeof thumbprint, "%s=", credential->jwk_thumbprint);

    if (pk_json_add_text(json, "id", credential->id) &&
        pk_json_add_text(json, "realm_id", credential->realm_id) &&
        pk_json_add_text(json, "tenant_id", call->realm.tenant_id) &&
        pk_json_add_text(json, "identity_id", credential->identity_id) &&
        pk_json_add_text(json, "state", credential->state) &&
        pk_json_add_text(json, "csr_type", credential->csr_type) &&
        pk_json_add_text(json, "jwk_json", credential->jwk) &&
        pk_json_add_text(json, "jwk_thumbprint", thumbprint) &&
        pk_json_add_text(json, "create_time", created) &&
        pk_json_add_text(json, "update_time", updated))
        return json;
    pk_json_free(json);
    return NULL;
}

static bool find_credential(pk_call *call, pk_credential *out_credential)
{
    pk_stored found;

    if (!pk_identity_exists(call))
        return false;
    found = pk_store_credential(call->store, &call->arena, call->realm.id, pk_call_identity(call),
                                call->id, out_credential);
    if (found == PK_STORED_ABSENT)
        pk_answer_resource(call, 404, "not_found", "Credential", call->id, "credential not found");
    else if (found != PK_STORED_OK)
        pk_answer_internal(call);
    return found == PK_STORED_OK;
}

void pk_credential_get(pk_call *call)
{
    pk_credential credential;

    if (find_credential(call, &credential))
        pk_answer(call, 200, pk_credential_json(call, &credential));
}

/* Revoking what is revoked changes nothing and is no error. */
void pk_credential_revoke(pk_call *call)
{
    pk_credential credential;

    if (!find_credential(call, &credential))
        return;
    if (pk_store_credential_revoked(call->store, credential.id, call->now_ms) == PK_STORED_FAILED)
        pk_answer_internal(call);
    else
        pk_credential_get(call);
}

/* Thumbprints are kept without padding, and taken with it. */
static bool read_filter(pk_call *call, const char *text, pk_credential_filter *out)
{
    const pk_filter_slot slots[] = {
        {"state", &out->state, NULL},
        {"jwk_thumbprint", &out->jwk_thumbprint, NULL},
        {NULL, NULL, NULL},
    };
    const char *fault = text ? pk_filter_read(&call->arena, text, slots) : NULL;
    size_t len = out->jwk_thumbprint ? strcspn(out->jwk_thumbprint, "=") : 0;

    if (out->jwk_thumbprint && len == 0)
        fault = "empty string";
    if (fault)
        pk_answer_violation(call, "filter", fault);
    else if (out->jwk_thumbprint)
        out->jwk_thumbprint = pk_arena_text_n(&call->arena, out->jwk_thumbprint, len);
    return !fault;
}

typedef struct listing {
    pk_call *call;
    pk_json *items;
} listing;

static bool add_to_list(const pk_credential *credential, void *user)
{
    listing *list = user;

    return pk_json_add(list->items, NULL, pk_credential_json(list->call, credential));
}

void pk_credential_list(pk_call *call)
{
    pk_list list = {.name = "credentials", .takes_filter = true};
    listing found = {call, NULL};
    pk_credential_filter filter = {0};
    pk_page page;

    if (!pk_identity_exists(call) || !pk_page_read(call, &list, &page) ||
        !read_filter(call, list.filter, &filter))
        return;
    found.items = pk_json_new_array();
    if (pk_store_credentials(call->store, &call->arena, call->realm.id, pk_call_identity(call),
                             &filter, &page, add_to_list, &found) == PK_STORED_OK) {
        pk_page_answer(call, &list, &page, found.items);
        return;
    }
    pk_json_free(found.items);
    pk_answer_internal(call);
}
