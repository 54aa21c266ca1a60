/* SPDX-License-Identifier: Apache-2.0
 * :bind, where a link becomes a credential. The same link with the same key is
 * the same bind, so that a lost answer can be asked for again. */
#include "api/api.h"

#include "answer.h"
#include "base/crypto.h"
#include "check.h"
#include "jws.h"
#include "names.h"

#include <string.h>

/* ---------------------------------------------------------------- the proof */

static const char *read_jws(pk_call *call)
{
    const pk_json *body = pk_call_json(call);
    pk_check check = {0};
    const char *type, *jws;

    if (!body)
        return NULL;
    type = pk_check_text(&check, body, "type", true, 64);
    if (type && strcmp(type, "JWT") != 0)
        pk_check_fail(&check, "type", "not JWT");
    jws = pk_check_text(&check, body, "raw", true, PK_MAX_BODY);
    return pk_check_end(&check, call) ? jws : NULL;
}

static bool is_subject(pk_call *call, const pk_link *link, const char *subject)
{
    const char *wanted =
        pk_arena_printf(&call->arena, "CN=%s, OU=%s, O=%s", link->job.identity_id,
                        link->job.realm_id, call->realm.tenant_id);

    return wanted && strcmp(subject, wanted) == 0;
}

static bool is_token(const char *token, const char *bearer)
{
    size_t len = strlen(bearer);

    return strlen(token) == len && pk_equal_constant_time(token, bearer, len);
}

/* The credential that the JWS proves possession of the key of; else answers. */
static bool read_proof(pk_call *call, const pk_link *link, pk_credential *out)
{
    const char *raw = read_jws(call);
    const char *fault = NULL;
    pk_bind_jws jws;

    if (!raw)
        return false;
    if (pk_bind_jws_verify(&call->arena, raw, &jws, &fault)) {
        if (!is_subject(call, link, jws.subject))
            fault = "the claim sub does not name the link's identity, realm and tenant";
        else if (!is_token(jws.token, pk_call_bearer(call)))
            fault = "the claim token is not the link's";
    }
    if (fault) {
        pk_answer_violation(call, "raw", fault);
        return false;
    }
    *out = (pk_credential){
        .id = pk_new_id(&call->arena),
        .realm_id = link->job.realm_id,
        .identity_id = link->job.identity_id,
        .job_id = link->job.id,
        .state = "ACTIVE",
        .csr_type = "JWT",
        .jwk = pk_arena_take(&call->arena, pk_jwk_text(jws.x, jws.y)),
        .jwk_thumbprint = pk_arena_take(&call->arena, pk_jwk_thumbprint(jws.x, jws.y)),
        .create_ms = call->now_ms,
        .update_ms = call->now_ms,
    };
    if (out->id && out->jwk && out->jwk_thumbprint)
        return true;
    pk_answer_internal(call);
    return false;
}

/* ------------------------------------------------------------------ the bind */

static void answer_again(pk_call *call, const pk_job *job, const pk_credential *asked)
{
    pk_credential bound;

    if (pk_store_credential(call->store, &call->arena, job->realm_id, job->identity_id,
                            job->credential_id, &bound) != PK_STORED_OK)
        pk_answer_internal(call);
    else if (strcmp(bound.jwk_thumbprint, asked->jwk_thumbprint) == 0)
        pk_answer(call, 200, pk_credential_json(call, &bound));
    else
        pk_link_usable(call, job, false);
}

static bool store_credential(pk_call *call, const pk_credential *credential)
{
    return pk_store_add_credential(call->store, credential) == PK_STORED_OK &&
           pk_store_job_complete(call->store, credential->job_id, credential->id, call->now_ms) ==
               PK_STORED_OK &&
           pk_store_commit(call->store);
}

/* Within a transaction: the job is read again, since another bind of the same
 * link, or a revocation, may have come between. */
static void bind_in_transaction(pk_call *call, const pk_credential *credential)
{
    pk_job job;

    if (pk_store_job(call->store, &call->arena, credential->realm_id, credential->identity_id,
                     credential->job_id, &job) != PK_STORED_OK)
        /* NOLINTNEXTLINE(bugprone-branch-clone): the questions are in their order */
        pk_answer_internal(call);
    else if (!pk_link_usable(call, &job, true))
        return;
    else if (job.credential_id)
        answer_again(call, &job, credential);
    else if (store_credential(call, credential))
        pk_answer(call, 200, pk_credential_json(call, credential));
    else
        pk_answer_internal(call);
}

void pk_link_bind(pk_call *call, const pk_link *link)
{
    pk_credential credential;

    if (!pk_link_open(call, link, pk_call_bearer(call), true) ||
        !read_proof(call, link, &credential))
        return;
    if (!pk_store_begin(call->store)) {
        pk_answer_internal(call);
        return;
    }
    bind_in_transaction(call, &credential);
    pk_store_rollback(call->store); /* nothing, when it was committed */
}
