/* SPDX-License-Identifier: Apache-2.0 */
#include "bind.h"

#include "softkey.h"

#include <string.h>

const char *const bench_step_names[BENCH_NUM_STEPS] = {"create", "invoke", "info", "bind"};

/* One call that must answer 200, timed; its JSON, NULL otherwise. */
static pk_json *call(bench_worker *worker, int step, const char *target, const char *bearer,
                     const char *body)
{
    int64_t start_us = bench_now_us();
    bench_answer answer = {0};

    if (!bench_http_call(&worker->http, "POST", target, bearer, body, &answer)) {
        worker->broken = true;
        return NULL;
    }
    if (answer.status != 200) {
        worker->refused_step = step;
        worker->refused_status = answer.status;
        return NULL;
    }
    bench_tally_add(&worker->steps[step], bench_now_us() - start_us);
    return pk_json_parse(answer.body, answer.body_len, NULL);
}

static const char *ready(const bench_worker *worker, const char *name)
{
    return pk_json_text(worker->ready, name);
}

/* ------------------------------------------------------------------ the job */

static char *target_of(const char *link)
{
    const char *authority = link ? strstr(link, "://") : NULL;

    return pk_text_copy(authority ? strchr(authority + 3, '/') : NULL);
}

char *bench_create_job(bench_worker *worker)
{
    pk_buffer target = {0}, body = {0};
    char *link = NULL;

    if (pk_buffer_printf(&target, "/v1/tenants/%s/realms/%s/identities/%s/credential-binding-jobs",
                         ready(worker, "tenant_id"), ready(worker, "realm_id"),
                         ready(worker, "identity_id")) &&
        pk_buffer_printf(&body,
                         "{\"job\":{\"delivery_method\":\"RETURN\",\"authenticator_config_id\":"
                         "\"%s\"}}",
                         ready(worker, "authenticator_config_id"))) {
        pk_json *made =
            call(worker, BENCH_CREATE, target.data, ready(worker, "api_token"), body.data);

        link = target_of(pk_json_text(made, "credential_binding_link"));
        pk_json_free(made);
    }
    pk_buffer_free(&target);
    pk_buffer_free(&body);
    return link;
}

/* ----------------------------------------------------------------- the bind */

/* The body of :bind, for what :invokeAuthenticator answered. */
static bool write_body(pk_buffer *body, const pk_json *instruction)
{
    pk_buffer payload = {0};
    bench_key key = {0};
    char *jws = NULL;
    bool done;

    if (pk_buffer_printf(&payload, "{\"sub\":\"CN=%s, OU=%s, O=%s\",\"token\":\"%s\"}",
                         pk_json_text(instruction, "identity_id"),
                         pk_json_text(instruction, "realm_id"),
                         pk_json_text(instruction, "tenant_id"),
                         pk_json_text(instruction, "token")) &&
        bench_key_new(&key))
        jws = bench_key_jws(&key, payload.data);
    done = jws && pk_buffer_printf(body, "{\"type\":\"JWT\",\"raw\":\"%s\"}", jws);
    pk_text_free(jws);
    bench_key_free(&key);
    pk_buffer_free(&payload);
    return done;
}

static char *bind_job(bench_worker *worker, const char *path, const pk_json *instruction)
{
    const char *token = pk_json_text(instruction, "token");
    pk_buffer info_target = {0}, bind_target = {0}, body = {0};
    pk_json *info = NULL, *credential = NULL;
    char *id = NULL;

    if (token && pk_buffer_printf(&info_target, "%s:getInfo", path) &&
        pk_buffer_printf(&bind_target, "%s:bind", path))
        info = call(worker, BENCH_INFO, info_target.data, token, "");
    if (info && write_body(&body, instruction))
        credential = call(worker, BENCH_BIND, bind_target.data, token, body.data);
    id = pk_text_copy(pk_json_text(credential, "id"));
    pk_json_free(info);
    pk_json_free(credential);
    pk_buffer_free(&info_target);
    pk_buffer_free(&bind_target);
    pk_buffer_free(&body);
    return id;
}

char *bench_bind(bench_worker *worker)
{
    char *link = bench_create_job(worker);
    pk_json *instruction = link ? call(worker, BENCH_INVOKE, link, NULL, "") : NULL;
    char *verb = instruction ? strstr(link, ":invokeAuthenticator?") : NULL;
    char *id = NULL;

    if (verb) {
        *verb = '\0'; /* what is left is the job's path */
        id = bind_job(worker, link, instruction);
        *verb = ':'; /* so that all of it is overwritten */
    }
    pk_json_free(instruction);
    pk_text_free(link);
    return id;
}
