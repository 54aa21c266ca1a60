/* SPDX-License-Identifier: Apache-2.0
 * /_fault: only from loopback, so that no server of others can be made to fail,
 * and only with an API token, so that no page in a browser can either. */
#include "answer.h"
#include "fault.h"
#include "names.h"

static bool has_token(pk_call *call)
{
    const char *hash = pk_token_hash(&call->arena, pk_call_bearer(call));
    const char *tenant_id;

    return hash && pk_store_api_token(call->store, &call->arena, hash, &tenant_id) == PK_STORED_OK;
}

static bool may_control(pk_call *call)
{
    if (!call->from_loopback)
        pk_answer_error(call, 403, "forbidden", "faults are controlled from loopback only");
    else if (!has_token(call))
        pk_answer_unauthorized(call);
    else
        return true;
    return false;
}

void pk_fault_post(pk_call *call)
{
    const pk_json *body = may_control(call) ? pk_call_json(call) : NULL;
    const char *spec = body ? pk_json_text(body, "fault") : NULL;
    const char *wrong = spec ? pk_faults_add(call->cloud->faults, spec) : "missing";

    if (!body)
        return;
    if (wrong)
        pk_answer_violation(call, "fault", wrong);
    else
        pk_answer_nothing(call);
}

void pk_fault_delete(pk_call *call)
{
    if (!may_control(call))
        return;
    pk_faults_clear(call->cloud->faults);
    pk_answer_nothing(call);
}
