/* SPDX-License-Identifier: Apache-2.0 */
#include "client/resumption.h"

#include "base/json.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

typedef struct resumed {
    char *identity_id, *job_id;
    passkey_bind_result *result;
    passkey_error *error;
    bool is_over;
} resumed;

struct passkey_resumption {
    resumed *binds;
    size_t count;
    char *json;
};

passkey_resumption *pk_resumption_new(void)
{
    return calloc(1, sizeof(passkey_resumption));
}

static void clear(resumed *bind)
{
    pk_text_free(bind->identity_id);
    pk_text_free(bind->job_id);
    passkey_bind_result_free(bind->result);
    passkey_error_free(bind->error);
}

bool pk_resumption_add(passkey_resumption *resumption, const pk_instruction *instruction,
                       passkey_bind_result *result, bool is_over, passkey_error *error)
{
    resumed bind = {pk_text_copy(instruction->identity_id), pk_text_copy(instruction->job_id),
                    result, error, is_over};
    resumed *more = realloc(resumption->binds, (resumption->count + 1) * sizeof *more);

    if (more)
        resumption->binds = more;
    if (more && bind.identity_id && bind.job_id) {
        more[resumption->count++] = bind;
        return true;
    }
    clear(&bind);
    return false;
}

static const resumed *at(const passkey_resumption *resumption, size_t index)
{
    return resumption && index < resumption->count ? &resumption->binds[index] : NULL;
}

size_t passkey_resumption_count(const passkey_resumption *resumption)
{
    return resumption ? resumption->count : 0;
}

const char *passkey_resumption_outcome(const passkey_resumption *resumption, size_t index)
{
    const resumed *bind = at(resumption, index);

    if (!bind)
        return NULL;
    return bind->result ? "finished" : bind->is_over ? "refused" : "pending";
}

const passkey_bind_result *passkey_resumption_result(const passkey_resumption *resumption,
                                                     size_t index)
{
    const resumed *bind = at(resumption, index);

    return bind ? bind->result : NULL;
}

const passkey_error *passkey_resumption_error(const passkey_resumption *resumption, size_t index)
{
    const resumed *bind = at(resumption, index);

    return bind ? bind->error : NULL;
}

const char *passkey_resumption_identity_id(const passkey_resumption *resumption, size_t index)
{
    const resumed *bind = at(resumption, index);

    return bind ? bind->identity_id : NULL;
}

const char *passkey_resumption_job_id(const passkey_resumption *resumption, size_t index)
{
    const resumed *bind = at(resumption, index);

    return bind ? bind->job_id : NULL;
}

/* The JSON of a part, as one value of the whole. */
static bool add_parsed(pk_json *json, const char *name, const char *text)
{
    const char *reason;

    return text ? pk_json_add(json, name, pk_json_parse(text, strlen(text), &reason))
                : pk_json_add_null(json, name);
}

static pk_json *bind_json(const passkey_resumption *resumption, size_t i)
{
    const resumed *bind = &resumption->binds[i];
    const passkey_credential *passkey = passkey_bind_result_passkey(bind->result);
    pk_json *json = pk_json_new_object();

    if (pk_json_add_text(json, "outcome", passkey_resumption_outcome(resumption, i)) &&
        pk_json_add_text(json, "identityId", bind->identity_id) &&
        pk_json_add_text(json, "jobId", bind->job_id) &&
        add_parsed(json, "passkey", passkey_credential_json(passkey)) &&
        add_parsed(json, "error", bind->error ? passkey_error_json(bind->error) : NULL))
        return json;
    pk_json_free(json);
    return NULL;
}

bool pk_resumption_finish(passkey_resumption *resumption)
{
    pk_json *json = pk_json_new_array();
    bool done = json;
    size_t i;

    for (i = 0; i < resumption->count && done; i++)
        done = pk_json_add(json, NULL, bind_json(resumption, i));
    resumption->json = done ? pk_json_print(json) : NULL;
    pk_json_free(json);
    return resumption->json;
}

const char *passkey_resumption_json(const passkey_resumption *resumption)
{
    return resumption ? resumption->json : NULL;
}

void passkey_resumption_free(passkey_resumption *resumption)
{
    size_t i;

    if (!resumption)
        return;
    for (i = 0; i < resumption->count; i++)
        clear(&resumption->binds[i]);
    free(resumption->binds);
    pk_text_free(resumption->json);
    free(resumption);
}
