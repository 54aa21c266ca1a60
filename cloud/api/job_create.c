/* SPDX-License-Identifier: Apache-2.0
 * How a credential binding job and its link come to be. */
#include "api/api.h"

#include "answer.h"
#include "mail/mail.h"
#include "names.h"
#include "web/uri.h"

#include <string.h>

/* ------------------------------------------------------------------ the request */

static const char *field_of(pk_call *call, pk_check *check, const char *wrapper, const char *name)
{
    const char *field = pk_arena_printf(&call->arena, "%s.%s", wrapper, name);

    if (!field)
        check->broken = true;
    return field ? field : wrapper;
}

static const char *read_config_id(pk_call *call, pk_check *check, const pk_json *body,
                                  const char *field)
{
    const char *id = pk_check_text(check, body, field, true, 64);
    pk_config config;
    pk_stored found;

    if (!id)
        return NULL;
    found = pk_store_config(call->store, &call->arena, call->realm.id, id, &config);
    if (found == PK_STORED_ABSENT)
        pk_check_fail(check, field, "not found");
    else if (found != PK_STORED_OK)
        check->broken = true;
    return id;
}

/* A config of its own or the id of one: exactly one of the two, where "" is
 * none. */
static void read_config(pk_call *call, pk_check *check, const pk_json *body, const char *wrapper,
                        pk_job *job)
{
    const char *own = field_of(call, check, wrapper, "authenticator_config");
    const char *own_config = field_of(call, check, wrapper, "authenticator_config.config");
    const char *id = field_of(call, check, wrapper, "authenticator_config_id");
    const char *id_text = pk_json_text(body, id);
    bool has_id = pk_check_given(body, id) && !(id_text && *id_text == '\0');

    if (!pk_check_given(body, own) && !has_id)
        pk_check_fail(check, id, "empty string");
    else if (!pk_check_given(body, own))
        job->config_id = read_config_id(call, check, body, id);
    else if (has_id)
        pk_check_fail(check, own, "there is an authenticator_config_id as well");
    else if (!pk_json_is_object(pk_json_get(body, own)))
        pk_check_fail(check, own, "not an object");
    else
        job->config = pk_config_read(call, check, body, own_config, true);
}

void pk_job_read_template(pk_call *call, pk_check *check, const pk_json *body, const char *wrapper,
                          pk_job *job)
{
    read_config(call, check, body, wrapper, job);
    job->post_binding_redirect_uri =
        pk_check_uri(check, body, field_of(call, check, wrapper, "post_binding_redirect_uri"), false,
                     pk_uri_redirect_fault);
}

/* The finer scopes: a link that is answered may be used by who asked for it. */
static bool may_deliver(pk_call *call, const char *method)
{
    const char *scope = strcmp(method, "EMAIL") == 0 ? "credential-binding-jobs:create-email"
                                                     : "credential-binding-jobs:create-links";

    if (pk_access_has(call, "credential-binding-jobs:create") || pk_access_has(call, scope))
        return true;
    pk_answer_forbidden(call);
    return false;
}

static bool read_job(pk_call *call, pk_job *out)
{
    static const char *const methods[] = {"RETURN", "EMAIL", NULL};
    const pk_json *body = pk_check_body(call, "job");
    pk_check check = {0};

    if (!body)
        return false;
    *out = (pk_job){
        .delivery_method = pk_check_choice(&check, body, "job.delivery_method", true, methods)};
    pk_job_read_template(call, &check, body, "job", out);
    return pk_check_end(&check, call) && may_deliver(call, out->delivery_method);
}

const char *pk_job_fault(pk_call *call, const pk_job *job, const pk_identity *identity)
{
    const pk_json *traits = pk_arena_json(
        &call->arena, pk_json_parse(identity->traits, strlen(identity->traits), NULL));
    const char *email = pk_json_text(traits, "primary_email_address");

    if (strcmp(identity->status, "active") != 0)
        return "Identity is suspended";
    if (strcmp(job->delivery_method, "EMAIL") != 0)
        return NULL;
    if (!email)
        return "Identity missing email address";
    return pk_mail_can_address(email) ? NULL : "Identity email address cannot be sent to";
}

/* ---------------------------------------------------------------------- the job */

static const char *link_text(pk_call *call, const pk_job *job, const char *token)
{
    return pk_arena_printf(&call->arena,
                           "%s/v1/tenants/%s/realms/%s/identities/%s/credential-binding-jobs/"
                           "%s:invokeAuthenticator?token=%s",
                           call->cloud->public_url, call->realm.tenant_id, job->realm_id,
                           job->identity_id, job->id, token);
}

const char *pk_job_add(pk_call *call, pk_job *job, const pk_identity *identity)
{
    const char *token = pk_new_token(&call->arena);
    const char *link;

    job->id = pk_new_id(&call->arena);
    job->realm_id = call->realm.id;
    job->identity_id = identity->id;
    job->state = "LINK_SENT";
    job->token_hash = pk_token_hash(&call->arena, token);
    job->create_ms = job->update_ms = call->now_ms;
    job->expire_ms = call->now_ms + call->cloud->link_lifetime_ms;
    link = token && job->id ? link_text(call, job, token) : NULL;
    if (!link || !job->token_hash || pk_store_add_job(call->store, job) != PK_STORED_OK)
        return NULL;
    if (strcmp(job->delivery_method, "EMAIL") == 0 && !pk_mail_enqueue(call, job, identity, link))
        return NULL;
    return link;
}

/* Who gets the link by mail is who it is for, and nobody else. */
static void answer_created(pk_call *call, const pk_job *job, const char *link)
{
    bool is_returned = strcmp(job->delivery_method, "RETURN") == 0;
    pk_json *json = pk_json_new_object();

    if (!pk_json_add(json, "credential_binding_job", pk_job_json(call, job)) ||
        (is_returned && !pk_json_add_text(json, "credential_binding_link", link))) {
        pk_json_free(json);
        json = NULL;
    }
    pk_answer(call, 200, json);
}

static void create(pk_call *call)
{
    const char *fault, *link;
    pk_identity identity;
    pk_job job;

    if (!pk_identity_find(call, &identity) || !read_job(call, &job))
        return;
    fault = pk_job_fault(call, &job, &identity);
    if (fault) {
        pk_answer_resource(call, 422, "unprocessable_entity", "Identity", identity.id, fault);
        return;
    }
    link = pk_job_add(call, &job, &identity);
    if (link && pk_store_commit(call->store))
        answer_created(call, &job, link);
    else
        pk_answer_internal(call);
}

void pk_job_create(pk_call *call)
{
    if (!pk_store_begin(call->store)) {
        pk_answer_internal(call);
        return;
    }
    create(call);
    pk_store_rollback(call->store); /* nothing, when it was committed */
}
