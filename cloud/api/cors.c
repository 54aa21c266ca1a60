/* SPDX-License-Identifier: Apache-2.0
 * Cross-origin requests (Fetch standard): refused by saying nothing. */
#include "api/api.h"

#include "answer.h"

#include <string.h>

/* Compared as JSON texts, which are equal exactly when the strings are. */
static bool is_trusted(pk_call *call, const pk_json *config)
{
    const pk_json *trusted = pk_json_first(pk_json_get(config, "trusted_origins"));
    pk_json *json = call->origin ? pk_json_new_text(call->origin) : NULL;
    const char *origin = pk_arena_take(&call->arena, pk_json_print(json));

    pk_json_free(json);
    for (; origin && trusted; trusted = pk_json_next(trusted)) {
        const char *text = pk_arena_take(&call->arena, pk_json_print(trusted));

        if (text && strcmp(text, origin) == 0)
            return true;
    }
    return false;
}

void pk_cors_allow(pk_call *call, const pk_json *config)
{
    pk_answer_header(call, "Vary", "Origin");
    if (!is_trusted(call, config))
        return;
    pk_answer_header(call, "Access-Control-Allow-Origin", call->origin);
    pk_answer_header(call, "Access-Control-Expose-Headers", "x-correlation-id");
}

void pk_cors_preflight(pk_call *call, const pk_json *config)
{
    pk_cors_allow(call, config);
    if (is_trusted(call, config)) {
        pk_answer_header(call, "Access-Control-Allow-Methods", "GET, POST");
        pk_answer_header(call, "Access-Control-Allow-Headers",
                         "authorization, content-type, x-correlation-id");
        pk_answer_header(call, "Access-Control-Max-Age", "600");
    }
    pk_answer_nothing(call);
}
