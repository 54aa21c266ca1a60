/* SPDX-License-Identifier: Apache-2.0
 * A request to the cloud, from its target to its answer, on a store in memory:
 * no request makes it answer 5xx or anything but JSON or a page. An input is
 *
 *     METHOD TARGET
 *     Authorization: Bearer {key}
 *
 *     BODY
 *
 * where {tenant}, {realm}, {identity}, {config}, {application}, {job}, {link}
 * (the token of the job's link) and {key} (an API token) are put in. What a
 * request changes is undone before the next. */
#include "fuzz.h"

#include "base/memory.h"
#include "call.h"
#include "cloud_world.h"

static const char *const NAMES[] = {"{tenant}", "{realm}", "{identity}", "{config}",
                                    "{application}", "{job}", "{link}", "{key}"};

/* The input with its names put in; for pk_text_free. */
static char *filled_in(const char *text, const char *const *values)
{
    pk_buffer out = {0};

    while (*text) {
        size_t i = 0;

        while (i < 8 && strncmp(text, NAMES[i], strlen(NAMES[i])) != 0)
            i++;
        REQUIRE(i < 8 ? pk_buffer_append_text(&out, values[i]) : pk_buffer_append(&out, text, 1));
        text += i < 8 ? strlen(NAMES[i]) : 1;
    }
    REQUIRE(pk_buffer_append(&out, "", 0));
    return pk_buffer_take(&out);
}

/* Cuts the next line off; NULL behind the empty one that ends the head. */
static char *take_line(char **rest)
{
    char *line = *rest, *end = strchr(line, '\n');

    *rest = end ? end + 1 : line + strlen(line);
    if (end)
        *end = '\0';
    return *line ? line : NULL;
}

static void read_head(pk_call *call, char **rest)
{
    static const char *const HEADERS[] = {"Authorization: ", "Accept: ", "Origin: "};
    const char **const places[] = {&call->authorization, &call->accept, &call->origin};
    char *line = take_line(rest), *space = line ? strchr(line, ' ') : NULL;

    call->method = space ? line : "GET";
    call->target = space ? space + 1 : line ? line : "";
    if (space)
        *space = '\0';
    for (line = take_line(rest); line; line = take_line(rest))
        for (size_t i = 0; i < 3; i++)
            if (strncmp(line, HEADERS[i], strlen(HEADERS[i])) == 0)
                *places[i] = line + strlen(HEADERS[i]);
}

static void require_answer(const pk_call *call)
{
    const char *type = call->content_type;
    pk_json *json;

    REQUIRE(call->status >= 200 && call->status < 500);
    REQUIRE(call->num_headers <= PK_MAX_HEADERS);
    for (size_t i = 0; i < call->num_headers; i++)
        REQUIRE(!strpbrk(call->headers[i].value, "\r\n"));
    if (!call->text || (type && !strstr(type, "json")))
        return;
    json = pk_json_parse(call->text, strlen(call->text), NULL);
    REQUIRE(json);
    pk_json_free(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *x, size_t x_len)
{
    const fuzz_world *world = fuzz_world_get();
    char *text = fuzz_text(x, x_len), *request = filled_in(text, world->values), *body = request;
    pk_call call = {.cloud = &world->cloud, .store = world->cloud.store,
                    .now_ms = FUZZ_NOW_MS, .correlation_id = "c", .from_loopback = true};

    read_head(&call, &body);
    call.body_len = strlen(body);
    call.body = call.body_len ? body : NULL;
    call.body_too_large = call.body_len > PK_MAX_BODY;
    fuzz_world_begin();
    pk_call_run(&call);
    fuzz_world_end();
    require_answer(&call);
    pk_arena_free(&call.arena);
    pk_text_free(request);
    free(text);
    return 0;
}
