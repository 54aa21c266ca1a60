/* SPDX-License-Identifier: Apache-2.0 */
#include "outcome.h"

#include <string.h>

static void compare_code(const outcome *got, const cJSON *expect, pk_buffer *why)
{
    const char *code = passkey_status_name(got->status);

    if (cJSON_IsString(expect) && strcmp(code, expect->valuestring) == 0)
        return;
    pk_buffer_printf(why, "code is %s; ", code);
    if (got->error)
        pk_buffer_printf(why, "(%s) ", passkey_error_text(got->error));
}

static void compare_http_status(const outcome *got, const cJSON *expect, pk_buffer *why)
{
    int status = passkey_error_http_status(got->error);

    if (!cJSON_IsNumber(expect) || expect->valueint != status)
        pk_buffer_printf(why, "http_status is %d; ", status);
}

static void compare_count(const outcome *got, const cJSON *expect, pk_buffer *why)
{
    if (!cJSON_IsNumber(expect) || (size_t)expect->valueint != got->count)
        pk_buffer_printf(why, "count is %zu; ", got->count);
}

static void compare_value(const outcome *got, const cJSON *expect, pk_buffer *why)
{
    if (!cJSON_IsBool(expect) || cJSON_IsTrue(expect) != got->value)
        pk_buffer_printf(why, "value is %s; ", got->value ? "true" : "false");
}

/* The member at a dotted path. */
static const cJSON *member(const cJSON *json, const char *path)
{
    char name[64] = {0};
    size_t len = strcspn(path, ".");

    if (len >= sizeof(name))
        return NULL;
    memcpy(name, path, len);
    json = cJSON_GetObjectItemCaseSensitive(json, name);
    return json && path[len] ? member(json, path + len + 1) : json;
}

static void compare_members(const cJSON *json, const cJSON *expect, pk_buffer *why)
{
    const cJSON *wanted;

    cJSON_ArrayForEach(wanted, expect)
    {
        const char *text = cJSON_GetStringValue(member(json, wanted->string));
        bool is_same = cJSON_IsNull(wanted) ? !text
                                            : text && cJSON_IsString(wanted) &&
                                                  strcmp(text, wanted->valuestring) == 0;

        if (!is_same)
            pk_buffer_printf(why, "%s is %s; ", wanted->string, text ? text : "absent");
    }
}

static void compare_passkey(const outcome *got, const cJSON *expect, pk_buffer *why)
{
    compare_members(got->passkey, expect, why);
}

static void compare_info(const outcome *got, const cJSON *expect, pk_buffer *why)
{
    compare_members(got->info, expect, why);
}

static void compare_job(const outcome *got, const cJSON *expect, pk_buffer *why)
{
    compare_members(got->job, expect, why);
}

static void compare_resumed(const outcome *got, const cJSON *expect, pk_buffer *why)
{
    compare_members(got->resumed, expect, why);
}

static void compare_findings(const outcome *got, const cJSON *expect, pk_buffer *why)
{
    compare_members(got->findings, expect, why);
}

static const struct {
    const char *key;
    void (*compare)(const outcome *got, const cJSON *expect, pk_buffer *why);
} comparisons[] = {
    {"code", compare_code},       {"http_status", compare_http_status},
    {"count", compare_count},     {"value", compare_value},
    {"passkey", compare_passkey}, {"info", compare_info},
    {"job", compare_job},         {"resumed", compare_resumed},
    {"findings", compare_findings},
};

static void compare_one(const outcome *got, const cJSON *expect, pk_buffer *why)
{
    for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++) {
        if (strcmp(expect->string, comparisons[i].key) == 0) {
            comparisons[i].compare(got, expect, why);
            return;
        }
    }
    pk_buffer_printf(why, "the runner does not know expect.%s; ", expect->string);
}

void outcome_compare(const outcome *got, const cJSON *expect, pk_buffer *why)
{
    const cJSON *one;

    if (!cJSON_GetArraySize(expect))
        pk_buffer_append_text(why, "nothing is expected; ");
    cJSON_ArrayForEach(one, expect) compare_one(got, one, why);
}

void outcome_free(outcome *got)
{
    passkey_error_free(got->error);
    cJSON_Delete(got->passkey);
    cJSON_Delete(got->info);
    cJSON_Delete(got->job);
    cJSON_Delete(got->resumed);
    cJSON_Delete(got->findings);
    *got = (outcome){0};
}
