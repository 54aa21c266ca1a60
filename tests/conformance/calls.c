/* SPDX-License-Identifier: Apache-2.0 */
#include "calls.h"

#include <stddef.h>
#include <string.h>

struct call_kind {
    const char *name;
    /* one of the two */
    passkey_status (*start)(passkey_client *client, const call_words *words,
                            passkey_operation **out_operation, passkey_error **out_error);
    void (*now)(passkey_client *client, const call_words *words, outcome *out);
    void (*take)(passkey_operation *operation, outcome *out);
};

/* ------------------------------------------------------------------ without wait */

static void check(passkey_client *client, const call_words *words, outcome *out)
{
    passkey_link *parsed = NULL;

    out->status = passkey_client_check(client, words->link, &parsed, &out->error);
    passkey_link_free(parsed);
}

static void is_bind(passkey_client *client, const call_words *words, outcome *out)
{
    (void)client;
    out->value = passkey_is_bind_passkey_url(words->link);
}

static void is_authenticate(passkey_client *client, const call_words *words, outcome *out)
{
    (void)client;
    out->value = passkey_is_authenticate_url(words->link);
}

/* ---------------------------------------------------------------------- starting */

#define START(name, ...)                                                                           \
    static passkey_status start_##name(passkey_client *client, const call_words *words,            \
                                       passkey_operation **out, passkey_error **error)             \
    {                                                                                              \
        (void)words;                                                                               \
        return passkey_client_##name##_start(client, __VA_ARGS__);                                 \
    }
START(bind, words->link, out, error)
START(info, words->link, out, error)
START(list, out, error)
START(get, words->id, out, error)
START(delete, words->id, out, error)
START(create_job, words->identity, words->delivery_method, words->post_binding_redirect_uri, out,
      error)
START(get_job, words->identity, words->job, out, error)
START(revoke_job, words->identity, words->job, out, error)
START(wait_job, words->identity, words->job, words->wait_ms, out, error)
START(list_jobs, words->identity, out, error)
START(resume, out, error)
START(examine, out, error)

/* ------------------------------------------------------------------------ taking */

static void take_bind(passkey_operation *operation, outcome *out)
{
    passkey_bind_result *result = NULL;

    out->status = passkey_operation_bind_result(operation, &result, &out->error);
    if (out->status == PASSKEY_OK)
        out->passkey = cJSON_Parse(passkey_credential_json(passkey_bind_result_passkey(result)));
    passkey_bind_result_free(result);
}

static void take_get(passkey_operation *operation, outcome *out)
{
    passkey_credential *passkey = NULL;

    out->status = passkey_operation_get_result(operation, &passkey, &out->error);
    if (out->status == PASSKEY_OK)
        out->passkey = cJSON_Parse(passkey_credential_json(passkey));
    passkey_credential_free(passkey);
}

static void take_list(passkey_operation *operation, outcome *out)
{
    passkey_credential_list *list = NULL;

    out->status = passkey_operation_list_result(operation, &list, &out->error);
    out->count = passkey_credential_list_count(list);
    passkey_credential_list_free(list);
}

static void take_delete(passkey_operation *operation, outcome *out)
{
    out->status = passkey_operation_delete_result(operation, &out->error);
}

static void take_info(passkey_operation *operation, outcome *out)
{
    passkey_info *info = NULL;

    out->status = passkey_operation_info_result(operation, &info, &out->error);
    if (out->status == PASSKEY_OK)
        out->info = cJSON_Parse(passkey_info_json(info));
    passkey_info_free(info);
}

static void take_job(passkey_operation *operation, outcome *out)
{
    passkey_job *job = NULL;

    out->status = passkey_operation_job_result(operation, &job, &out->error);
    if (out->status == PASSKEY_OK)
        out->job = cJSON_Parse(passkey_job_json(job));
    passkey_job_free(job);
}

static void take_job_list(passkey_operation *operation, outcome *out)
{
    passkey_job_list *list = NULL;

    out->status = passkey_operation_job_list_result(operation, &list, &out->error);
    out->count = passkey_job_list_count(list);
    passkey_job_list_free(list);
}

static void take_resume(passkey_operation *operation, outcome *out)
{
    passkey_resumption *report = NULL;
    cJSON *json;

    out->status = passkey_operation_resume_result(operation, &report, &out->error);
    out->count = passkey_resumption_count(report);
    if (out->count) {
        json = cJSON_Parse(passkey_resumption_json(report));
        out->resumed = cJSON_DetachItemFromArray(json, 0);
        cJSON_Delete(json);
    }
    passkey_resumption_free(report);
}

/* The worst level of each check. */
static cJSON *worst_levels(const passkey_examination *found)
{
    cJSON *levels = cJSON_CreateObject();

    for (int level = PASSKEY_LEVEL_PROBLEM; level >= PASSKEY_LEVEL_OK; level--)
        for (size_t i = 0; i < passkey_examination_count(found); i++) {
            const char *check = passkey_examination_check(found, i);

            if ((int)passkey_examination_level(found, i) == level &&
                !cJSON_HasObjectItem(levels, check))
                cJSON_AddStringToObject(levels, check, passkey_level_name((passkey_level)level));
        }
    return levels;
}

static void take_examine(passkey_operation *operation, outcome *out)
{
    passkey_examination *found = NULL;

    out->status = passkey_operation_examination_result(operation, &found, &out->error);
    out->findings = worst_levels(found);
    passkey_examination_free(found);
}

/* --------------------------------------------------------------------- the table */

static const call_kind kinds[] = {
    {"bind", start_bind, NULL, take_bind},
    {"info", start_info, NULL, take_info},
    {"list", start_list, NULL, take_list},
    {"get", start_get, NULL, take_get},
    {"delete", start_delete, NULL, take_delete},
    {"create_job", start_create_job, NULL, take_job},
    {"get_job", start_get_job, NULL, take_job},
    {"revoke_job", start_revoke_job, NULL, take_job},
    {"wait_job", start_wait_job, NULL, take_job},
    {"list_jobs", start_list_jobs, NULL, take_job_list},
    {"resume", start_resume, NULL, take_resume},
    {"examine", start_examine, NULL, take_examine},
    {"check", NULL, check, NULL},
    {"is_bind_passkey_url", NULL, is_bind, NULL},
    {"is_authenticate_url", NULL, is_authenticate, NULL},
};

const call_kind *call_find(const char *name)
{
    for (size_t i = 0; name && i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(name, kinds[i].name) == 0)
            return &kinds[i];
    return NULL;
}

passkey_operation *call_start(const call_kind *kind, passkey_client *client,
                              const call_words *words, outcome *out)
{
    passkey_operation *operation = NULL;

    if (kind->now)
        kind->now(client, words, out);
    else
        out->status = kind->start(client, words, &operation, &out->error);
    return operation;
}

void call_end(const call_kind *kind, passkey_operation *operation, outcome *out)
{
    passkey_operation_wait(operation, -1);
    kind->take(operation, out);
    passkey_operation_free(operation);
}
