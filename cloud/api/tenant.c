/* SPDX-License-Identifier: Apache-2.0
 * /v1/tenants/{tenant} */
#include "api/api.h"

#include "answer.h"
#include "names.h"

static pk_json *tenant_json(pk_call *call, const pk_tenant *tenant)
{
    const char *created = pk_time_text(&call->arena, tenant->create_ms);
    const char *updated = pk_time_text(&call->arena, tenant->update_ms);
    pk_json *json = pk_json_new_object();

    if (pk_json_add_text(json, "id", tenant->id) &&
        pk_json_add_text(json, "display_name", tenant->display_name) &&
        pk_json_add_text(json, "create_time", created) &&
        pk_json_add_text(json, "update_time", updated))
        return json;
    pk_json_free(json);
    return NULL;
}

/* A token is of an existing tenant, and tenants are not deleted. */
static bool find_tenant(pk_call *call, pk_tenant *out_tenant)
{
    if (pk_store_tenant(call->store, &call->arena, call->tenant_id, out_tenant) == PK_STORED_OK)
        return true;
    pk_answer_internal(call);
    return false;
}

void pk_tenant_get(pk_call *call)
{
    pk_tenant tenant;

    if (find_tenant(call, &tenant))
        pk_answer(call, 200, tenant_json(call, &tenant));
}

void pk_tenant_update(pk_call *call)
{
    const pk_json *body = pk_check_body(call, "tenant");
    pk_check check = {0};
    pk_tenant tenant;

    if (!body || !find_tenant(call, &tenant))
        return;
    if (pk_check_given(body, "tenant.display_name"))
        tenant.display_name = pk_check_name(&check, body, "tenant.display_name");
    tenant.update_ms = call->now_ms;
    if (!pk_check_end(&check, call))
        return;
    if (pk_store_update_tenant(call->store, &tenant) == PK_STORED_OK)
        pk_answer(call, 200, tenant_json(call, &tenant));
    else
        pk_answer_internal(call);
}
