/* SPDX-License-Identifier: Apache-2.0
 * A passkey creation link: which job it is of and whether it may be used. */
#include "api/api.h"

#include "answer.h"
#include "base/crypto.h"
#include "names.h"

#include <string.h>

/* ------------------------------------------------------------------ finding */

/* One that belongs to the job alone has no id and no name. */
static pk_stored find_config(pk_call *call, pk_link *link)
{
    const pk_job *job = &link->job;

    if (!job->config)
        return pk_store_config(call->store, &call->arena, call->realm.id, job->config_id,
                               &link->config);
    link->config = (pk_config){
        .realm_id = job->realm_id,
        .display_name = "",
        .config = job->config,
        .create_ms = job->create_ms,
        .update_ms = job->create_ms,
    };
    return PK_STORED_OK;
}

static pk_stored find(pk_call *call, pk_link *link)
{
    pk_stored found = pk_store_realm(call->store, &call->arena, call->tenant_id, call->realm_id,
                                     &call->realm);

    if (found == PK_STORED_OK)
        found = pk_store_job(call->store, &call->arena, call->realm.id, call->identity_id, call->id,
                             &link->job);
    if (found == PK_STORED_OK)
        found = pk_store_identity(call->store, &call->arena, call->realm.id, link->job.identity_id,
                                  call->now_ms, &link->identity);
    if (found == PK_STORED_OK)
        found = find_config(call, link);
    if (found != PK_STORED_OK)
        return found;
    link->config_json = pk_arena_json(
        &call->arena, pk_json_parse(link->config.config, strlen(link->config.config), NULL));
    return link->config_json ? PK_STORED_OK : PK_STORED_FAILED;
}

bool pk_link_load(pk_call *call, pk_link *out_link)
{
    switch (find(call, out_link)) {
    case PK_STORED_OK:
        pk_cors_allow(call, out_link->config_json);
        return true;
    case PK_STORED_ABSENT:
        pk_answer_resource(call, 404, "not_found", "CredentialBindingJob", call->id,
                           "credential binding job not found");
        return false;
    default:
        pk_answer_internal(call);
        return false;
    }
}

void pk_link_allow_origin(pk_call *call)
{
    pk_link link = {0};

    if (find(call, &link) == PK_STORED_OK)
        pk_cors_allow(call, link.config_json);
}

/* A preflight carries no token, so it must not tell whether there is a job. */
void pk_link_preflight(pk_call *call)
{
    pk_link link = {0};

    if (find(call, &link) == PK_STORED_OK)
        pk_cors_preflight(call, link.config_json);
    else
        pk_answer_nothing(call);
}

/* ------------------------------------------------------------------ judging */

static bool is_token_of(pk_call *call, const pk_job *job, const char *token)
{
    const char *hash = pk_token_hash(&call->arena, token);
    size_t len = strlen(job->token_hash);

    return hash && strlen(hash) == len && pk_equal_constant_time(hash, job->token_hash, len);
}

bool pk_link_usable(pk_call *call, const pk_job *job, bool allow_complete)
{
    const char *state = pk_job_state(job, call->now_ms);

    if (strcmp(state, "REVOKED") == 0)
        pk_answer_resource(call, 410, "link_revoked", "CredentialBindingJob", job->id,
                           "the link was revoked");
    else if (strcmp(state, "COMPLETE") != 0 && job->expire_ms <= call->now_ms)
        pk_answer_resource(call, 410, "link_expired", "CredentialBindingJob", job->id,
                           "the link has expired");
    else if (strcmp(state, "COMPLETE") == 0 && !allow_complete)
        pk_answer_resource(call, 409, "conflict", "CredentialBindingJob", job->id,
                           "the link was used already");
    else
        return true;
    return false;
}

bool pk_link_open(pk_call *call, const pk_link *link, const char *token, bool allow_complete)
{
    if (!token || !is_token_of(call, &link->job, token)) {
        pk_answer_unauthorized(call);
        return false;
    }
    if (!pk_link_usable(call, &link->job, allow_complete))
        return false;
    if (strcmp(link->identity.status, "active") != 0) {
        pk_answer_resource(call, 403, "forbidden", "Identity", link->identity.id,
                           "the identity is suspended");
        return false;
    }
    return true;
}
