/* SPDX-License-Identifier: Apache-2.0
 * GET /healthz: whether this server can do its work, which takes its database. */
#include "api/api.h"

#include "answer.h"

void pk_health(pk_call *call)
{
    pk_json *json = pk_json_new_object();

    if (pk_store_check(call->store) != PK_STORED_OK) {
        pk_json_free(json);
        pk_answer_header(call, "Retry-After", "1");
        pk_answer_error(call, 503, "service_unavailable", "the database does not answer");
        return;
    }
    if (!pk_json_add_text(json, "status", "ok")) {
        pk_json_free(json);
        json = NULL;
    }
    pk_answer(call, 200, json);
}
