/* SPDX-License-Identifier: Apache-2.0 */
#include "answer.h"

#include "ascii.h"
#include "log.h"

#include <string.h>

static const char internal_error[] =
    "{\"code\":\"internal_server_error\",\"message\":\"internal server error\"}";

void pk_answer(pk_call *call, int status, pk_json *json)
{
    const char *text = pk_arena_take(&call->arena, pk_json_print(json));

    call->text = pk_ascii_json(&call->arena, text);
    call->status = call->text ? status : 500;
    if (!call->text)
        call->text = internal_error;
    pk_json_free(json);
}

static pk_json *new_error(const char *code, const char *message)
{
    pk_json *error = pk_json_new_object();

    if (pk_json_add_text(error, "code", code) && pk_json_add_text(error, "message", message))
        return error;
    pk_json_free(error);
    return NULL;
}

/* Takes detail over. */
static pk_json *with_detail(pk_json *error, pk_json *detail)
{
    pk_json *details = pk_json_new_array();
    bool done = pk_json_add(details, NULL, detail);

    if (!done) {
        pk_json_free(details);
        details = NULL;
    }
    if (pk_json_add(error, "details", details))
        return error;
    pk_json_free(error);
    return NULL;
}

void pk_answer_error(pk_call *call, int status, const char *code, const char *message)
{
    pk_answer(call, status, new_error(code, message));
}

void pk_answer_resource(pk_call *call, int status, const char *code, const char *resource_type,
                        const char *id, const char *message)
{
    pk_json *detail = pk_json_new_object();

    if (!pk_json_add_text(detail, "type", "ResourceInfo") ||
        !pk_json_add_text(detail, "resource_type", resource_type) ||
        !pk_json_add_text(detail, "id", id) || !pk_json_add_text(detail, "description", message)) {
        pk_json_free(detail);
        detail = NULL;
    }
    pk_answer(call, status, with_detail(new_error(code, message), detail));
}

void pk_answer_not_found(pk_call *call)
{
    pk_answer_error(call, 404, "not_found", "The requested resource was not found.");
}

void pk_answer_violations(pk_call *call, pk_json *violations)
{
    pk_json *detail = pk_json_new_object();
    bool typed = pk_json_add_text(detail, "type", "FieldViolations");

    /* _add takes violations over whatever happens, so it is always called */
    if (!pk_json_add(detail, "field_violations", violations) || !typed) {
        pk_json_free(detail);
        detail = NULL;
    }
    pk_answer(call, 400, with_detail(new_error("bad_request", "invalid parameters"), detail));
}

void pk_answer_violation(pk_call *call, const char *field, const char *description)
{
    pk_json *violations = pk_json_new_array();
    pk_json *violation = pk_json_new_object();
    bool filled = pk_json_add_text(violation, "field", field) &&
                  pk_json_add_text(violation, "description", description);

    if (pk_json_add(violations, NULL, violation) && filled)
        pk_answer_violations(call, violations);
    else {
        pk_json_free(violations);
        pk_answer_internal(call);
    }
}

void pk_answer_unauthorized(pk_call *call)
{
    pk_answer_header(call, "WWW-Authenticate", "Bearer");
    pk_answer_error(call, 401, "unauthorized", "unauthorized");
}

void pk_answer_forbidden(pk_call *call)
{
    pk_answer_error(call, 403, "forbidden", "forbidden");
}

void pk_answer_internal(pk_call *call)
{
    const char *reason = pk_store_reason(call->store);

    pk_log_failure(call->route, reason ? reason : "out of memory", call->correlation_id);
    if (pk_store_is_passing(call->store)) {
        pk_answer_header(call, "Retry-After", "1");
        pk_answer_error(call, 503, "service_unavailable", "the database does not answer now");
        return;
    }
    call->status = 500;
    call->text = internal_error;
}

void pk_answer_redirect(pk_call *call, const char *location)
{
    pk_answer_header(call, "Location", location);
    call->status = 302;
    call->text = NULL;
}

void pk_answer_done(pk_call *call)
{
    call->status = 200;
    call->text = NULL;
}

void pk_answer_nothing(pk_call *call)
{
    call->status = 204;
    call->text = NULL;
}

void pk_answer_header(pk_call *call, const char *name, const char *value)
{
    const char *copy = pk_arena_text(&call->arena, value);
    size_t place = 0;

    while (place < call->num_headers && strcmp(call->headers[place].name, name) != 0)
        place++;
    if (!copy || place == PK_MAX_HEADERS)
        return;
    call->headers[place] = (pk_header){name, copy};
    if (place == call->num_headers)
        call->num_headers++;
}
