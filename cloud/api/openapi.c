/* SPDX-License-Identifier: Apache-2.0
 * GET /openapi.json: what this API is. The same for everyone, so it may be kept. */
#include "api/api.h"

#include "answer.h"
#include "openapi/openapi.h"

void pk_openapi(pk_call *call)
{
    pk_answer_header(call, "Cache-Control", "public, max-age=3600");
    call->status = 200;
    call->text = pk_openapi_text;
}
