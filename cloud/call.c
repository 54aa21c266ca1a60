/* SPDX-License-Identifier: Apache-2.0 */
#include "call.h"

#include "answer.h"
#include "base/memory.h"
#include "base/text.h"

#include <string.h>
#include <strings.h>

#define MAX_RUNS 3

void pk_call_run(pk_call *call)
{
    for (int i = 1; i <= MAX_RUNS; i++) {
        call->num_headers = 0;
        call->content_type = NULL;
        pk_store_begin_work(call->store);
        pk_route(call);
        if (!pk_store_may_repeat(call->store))
            break;
    }
}

const char *pk_call_bearer(pk_call *call)
{
    static const char scheme[] = "Bearer ";
    const char *value = call->authorization;

    if (!value || strncasecmp(value, scheme, sizeof scheme - 1) != 0)
        return NULL;
    value += sizeof scheme - 1;
    value += strspn(value, " ");
    return *value ? value : NULL;
}

const char *pk_call_query(pk_call *call, const char *name)
{
    pk_buffer value = {0};
    const char *text = NULL;

    if (call->query && pk_query_get(call->query, strlen(call->query), name, &value) > 0)
        text = value.data && strlen(value.data) == value.len
                   ? pk_arena_text(&call->arena, value.data)
                   : "\x01";
    pk_buffer_free(&value);
    return text;
}

static bool is_name_of(const char *pair, size_t pair_len, const char *name)
{
    const char *equals = memchr(pair, '=', pair_len);
    pk_buffer decoded = {0};
    bool is = pk_form_decode(&decoded, pair, equals ? (size_t)(equals - pair) : pair_len) &&
              decoded.len == strlen(name) && decoded.len &&
              memcmp(decoded.data, name, decoded.len) == 0;

    pk_buffer_free(&decoded);
    return is;
}

int pk_num_pairs(const char *pairs, size_t pairs_len, const char *name)
{
    const char *end = pairs + pairs_len;
    int num = 0;

    while (pairs_len && pairs < end) {
        const char *amp = memchr(pairs, '&', (size_t)(end - pairs));
        const char *pair_end = amp ? amp : end;

        num += is_name_of(pairs, (size_t)(pair_end - pairs), name);
        pairs = pair_end + 1;
    }
    return num;
}

int pk_call_num_queries(const pk_call *call, const char *name)
{
    return call->query ? pk_num_pairs(call->query, strlen(call->query), name) : 0;
}

/* Whatever the content type says: browsers' fetch and curl -d name others. */
pk_json *pk_call_json(pk_call *call)
{
    const char *reason = NULL;
    pk_json *json =
        pk_arena_json(&call->arena, pk_json_parse(call->body, call->body_len, &reason));

    if (pk_json_is_object(json))
        return json;
    pk_answer_error(call, 400, "bad_request", "invalid request");
    return NULL;
}

const char *pk_call_identity(const pk_call *call)
{
    return strcmp(call->identity_id, "-") == 0 ? NULL : call->identity_id;
}
