/* SPDX-License-Identifier: Apache-2.0
 * API tokens: each is of one tenant. */
#include "api/api.h"

#include "answer.h"
#include "names.h"

#include <string.h>

/* The look-up is by the token's hash: how long it takes tells nothing of a
 * token that one does not have. */
static bool find_tenant(pk_call *call, const char **out_tenant_id)
{
    const char *token = pk_call_bearer(call);
    const char *hash = pk_token_hash(&call->arena, token);
    pk_stored found = PK_STORED_ABSENT;

    if (hash)
        found = pk_store_api_token(call->store, &call->arena, hash, out_tenant_id);
    if (found == PK_STORED_ABSENT && (hash || !token))
        pk_answer_unauthorized(call);
    else if (found != PK_STORED_OK)
        pk_answer_internal(call);
    return found == PK_STORED_OK;
}

static bool find_realm(pk_call *call)
{
    switch (pk_store_realm(call->store, &call->arena, call->tenant_id, call->realm_id,
                           &call->realm)) {
    case PK_STORED_OK:
        return true;
    case PK_STORED_ABSENT:
        pk_answer_resource(call, 404, "not_found", "Realm", call->realm_id, "realm not found");
        return false;
    default:
        pk_answer_internal(call);
        return false;
    }
}

bool pk_access_api(pk_call *call)
{
    const char *tenant_id = NULL;

    if (!find_tenant(call, &tenant_id))
        return false;
    if (strcmp(tenant_id, call->tenant_id) != 0) {
        pk_answer_error(call, 403, "forbidden", "forbidden");
        return false;
    }
    return find_realm(call);
}
