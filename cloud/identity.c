/* SPDX-License-Identifier: Apache-2.0
 * passkey-cloud identity create: made as POST …/identities makes it, by the same
 * rules; its id, on stdout. */
#include "api/api.h"
#include "base/clock.h"
#include "base/memory.h"
#include "options.h"
#include "setup.h"

#include <stdio.h>
#include <string.h>

static char *new_body(const pk_options *options)
{
    pk_json *body = pk_json_new_object();
    pk_json *identity = pk_json_new_object();
    pk_json *traits = pk_json_new_object();
    const char *name = options->display_name ? options->display_name : options->username;
    bool done = pk_json_add_text(identity, "display_name", name) &&
                pk_json_add_text(traits, "type", "traits_v0") &&
                pk_json_add_text(traits, "username", options->username) &&
                (!options->email ||
                 pk_json_add_text(traits, "primary_email_address", options->email));
    char *text = NULL;

    /* _add takes its child over whatever happens, so both are called */
    done = pk_json_add(identity, "traits", traits) && done;
    done = pk_json_add(body, "identity", identity) && done;
    if (done)
        text = pk_json_print(body);
    pk_json_free(body);
    return text;
}

/* What the API would have said, on stderr. */
static int say_refused(const pk_json *answer)
{
    const pk_json *detail = pk_json_first(pk_json_get(answer, "details"));
    const pk_json *violation = pk_json_first(pk_json_get(detail, "field_violations"));
    char text[200];

    if (!violation)
        return pk_say_failure("the identity was not created", pk_json_text(answer, "message"),
                              NULL);
    for (; violation; violation = pk_json_next(violation)) {
        snprintf(text, sizeof text, "%s: %s", pk_json_text(violation, "field"),
                 pk_json_text(violation, "description"));
        pk_say_failure("the identity was not created", text, NULL);
    }
    return 1;
}

static int create(pk_call *call, const pk_setup *setup)
{
    const pk_json *answer;

    if (pk_store_realm(call->store, &call->arena, setup->tenant_id, setup->realm_id,
                       &call->realm) != PK_STORED_OK)
        return pk_say_failure("the database cannot be read", pk_store_reason(call->store), NULL);
    pk_identity_create(call);
    answer = pk_arena_json(&call->arena, pk_json_parse(call->text, strlen(call->text), NULL));
    if (call->status != 200 || !pk_json_text(answer, "id"))
        return say_refused(answer);
    return puts(pk_json_text(answer, "id")) != EOF && fflush(stdout) != EOF
               ? 0
               : pk_say_failure("the id cannot be printed", NULL, NULL);
}

static int find_realm_and_create(pk_call *call)
{
    pk_setup setup;

    switch (pk_setup_read(call->store, &call->arena, &setup)) {
    case PK_STORED_OK:
        return create(call, &setup);
    case PK_STORED_ABSENT:
        return pk_say_failure("there is no realm yet", NULL,
                              "Run passkey-cloud init with this --data first.");
    default:
        return pk_say_failure("the database cannot be read", pk_store_reason(call->store), NULL);
    }
}

int pk_identity_create_verb(const pk_options *options)
{
    static const pk_cloud cloud = {0};
    char *body = new_body(options);
    pk_call call = {.cloud = &cloud, .now_ms = pk_clock_now_ms(), .correlation_id = "none"};
    int code = 1;

    if (!body)
        pk_say_failure("the identity was not created", "its names are not UTF-8", NULL);
    else if ((call.store = pk_setup_open(&call.arena, options->data, options->database, false))) {
        call.body = body;
        call.body_len = strlen(body);
        code = find_realm_and_create(&call);
    }
    pk_store_close(call.store);
    pk_arena_free(&call.arena);
    pk_text_free(body);
    return code;
}
