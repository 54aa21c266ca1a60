/* SPDX-License-Identifier: Apache-2.0
 * conformance scenarios.json: runs the scenarios on the public C API, against
 * the mock cloud at PASSKEY_MOCK_URL. See README.md for the file's form. */
#include "outcome.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct run {
    const char *cloud;     /* {cloud} */
    char folder[64];       /* all stores of this run */
    const cJSON *options;  /* common to all scenarios */
    const cJSON *scenario; /* the one that runs now */
    int index;
} run;

/* ------------------------------------------------------------ placeholders */

static void append_home(const run *now, pk_buffer *out)
{
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(now->scenario, "home"));

    if (name)
        pk_buffer_printf(out, "%s/%s", now->folder, name);
    else
        pk_buffer_printf(out, "%s/%d", now->folder, now->index);
}

/* The folder's random name makes {id} unique among runs. */
static void append_id(const run *now, pk_buffer *out)
{
    pk_buffer_printf(out, "c%sx%d", now->folder + strlen(now->folder) - 6, now->index);
}

static char *expand(const run *now, const char *text)
{
    pk_buffer out = {0};

    while (*text) {
        size_t len = strcspn(text, "{");

        pk_buffer_append(&out, text, len);
        text += len;
        if (strncmp(text, "{cloud}", 7) == 0) {
            pk_buffer_append_text(&out, now->cloud);
            text += 7;
        } else if (strncmp(text, "{id}", 4) == 0) {
            append_id(now, &out);
            text += 4;
        } else if (strncmp(text, "{home}", 6) == 0) {
            append_home(now, &out);
            text += 6;
        } else if (*text) {
            pk_buffer_append(&out, text++, 1);
        }
    }
    return pk_buffer_take(&out);
}

static char *link_of(const run *now)
{
    const char *link = cJSON_GetStringValue(cJSON_GetObjectItem(now->scenario, "link"));

    return link ? expand(now, link) : NULL;
}

/* ------------------------------------------------------------------- calls */

static void call_bind(passkey_client *client, const char *link, outcome *out)
{
    passkey_bind_result *result = NULL;

    out->status = passkey_client_bind(client, link, &result, &out->error);
    if (out->status == PASSKEY_OK)
        out->passkey = cJSON_Parse(passkey_credential_json(passkey_bind_result_passkey(result)));
    passkey_bind_result_free(result);
}

static void call_check(passkey_client *client, const char *link, outcome *out)
{
    passkey_link *parsed = NULL;

    out->status = passkey_client_check(client, link, &parsed, &out->error);
    passkey_link_free(parsed);
}

static void call_list(passkey_client *client, const char *link, outcome *out)
{
    passkey_credential_list *list = NULL;

    (void)link;
    out->status = passkey_client_list(client, &list, &out->error);
    out->count = passkey_credential_list_count(list);
    passkey_credential_list_free(list);
}

static void call_is_bind(passkey_client *client, const char *link, outcome *out)
{
    (void)client;
    out->value = passkey_is_bind_passkey_url(link);
}

static void call_is_authenticate(passkey_client *client, const char *link, outcome *out)
{
    (void)client;
    out->value = passkey_is_authenticate_url(link);
}

static const struct {
    const char *name;
    void (*call)(passkey_client *client, const char *link, outcome *out);
} calls[] = {
    {"bind", call_bind},
    {"check", call_check},
    {"list", call_list},
    {"is_bind_passkey_url", call_is_bind},
    {"is_authenticate_url", call_is_authenticate},
};

static void call_by_name(passkey_client *client, const char *name, const char *link, outcome *out)
{
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (name && strcmp(name, calls[i].name) == 0) {
            calls[i].call(client, link, out);
            return;
        }
    }
    out->status = PASSKEY_UNSUPPORTED; /* no scenario expects it */
}

/* --------------------------------------------------------------- scenarios */

static void set_options(const run *now, const cJSON *options, passkey_client *client, outcome *out)
{
    const cJSON *option;

    cJSON_ArrayForEach(option, options)
    {
        char *value = cJSON_IsString(option) ? expand(now, option->valuestring) : NULL;

        if (out->status == PASSKEY_OK)
            out->status = passkey_client_set_option(client, option->string, value, &out->error);
        pk_text_free(value);
    }
}

static void play(const run *now, outcome *out)
{
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(now->scenario, "call"));
    passkey_client *client = NULL;
    char *link = link_of(now);

    out->status = passkey_client_new(&client, &out->error);
    if (out->status == PASSKEY_OK)
        set_options(now, now->options, client, out);
    if (out->status == PASSKEY_OK)
        set_options(now, cJSON_GetObjectItem(now->scenario, "options"), client, out);
    if (out->status == PASSKEY_OK)
        call_by_name(client, name, link, out);
    passkey_client_free(client);
    pk_text_free(link);
}

static bool knows_keys(const cJSON *scenario, pk_buffer *why)
{
    static const char known[] = " name call link options home needs expect ";
    const cJSON *key;

    cJSON_ArrayForEach(key, scenario)
    {
        char word[64] = {0};

        snprintf(word, sizeof(word), " %s ", key->string);
        if (!strstr(known, word))
            pk_buffer_printf(why, "the runner does not know %s; ", key->string);
    }
    return why->len == 0;
}

/* NULL when what the scenario needs is there. */
static const char *unmet_need(const cJSON *scenario)
{
    const char *needs = cJSON_GetStringValue(cJSON_GetObjectItem(scenario, "needs"));

    if (!needs || (strcmp(needs, "no /dev/tpmrm0") == 0 && access("/dev/tpmrm0", F_OK) != 0))
        return NULL;
    return needs;
}

/* 1 when the scenario failed. The report is TAP, which test runners read. */
static int report(const run *now, const pk_buffer *why)
{
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(now->scenario, "name"));
    const char *needs = unmet_need(now->scenario);

    printf("%sok %d - %s%s%s\n", why->len ? "not " : "", now->index + 1, name,
           needs ? " # SKIP needs " : "", needs ? needs : "");
    if (why->len)
        printf("# %s\n", why->data);
    fflush(stdout);
    return why->len > 0;
}

static int play_and_report(const run *now)
{
    outcome got = {0};
    pk_buffer why = {0};
    int failed;

    if (knows_keys(now->scenario, &why) && !unmet_need(now->scenario)) {
        play(now, &got);
        outcome_compare(&got, cJSON_GetObjectItem(now->scenario, "expect"), &why);
    }
    failed = report(now, &why);
    pk_buffer_free(&why);
    outcome_free(&got);
    return failed;
}

static int play_all(run *now, const cJSON *scenarios)
{
    int num_failed = 0;

    printf("1..%d\n", cJSON_GetArraySize(scenarios));
    cJSON_ArrayForEach(now->scenario, scenarios)
    {
        num_failed += play_and_report(now);
        now->index++;
    }
    return num_failed || now->index == 0;
}

/* --------------------------------------------------------------------- run */

static cJSON *read_json(const char *path)
{
    pk_buffer text = {0};
    char chunk[4096] = {0};
    size_t num;
    cJSON *json = NULL;
    FILE *file = fopen(path, "r");

    if (!file)
        return NULL;
    while ((num = fread(chunk, 1, sizeof(chunk), file)) > 0)
        pk_buffer_append(&text, chunk, num);
    fclose(file);
    if (text.data)
        json = cJSON_Parse(text.data);
    pk_buffer_free(&text);
    return json;
}

static int remove_one(const char *path, const struct stat *status, int flag, struct FTW *where)
{
    (void)status, (void)flag, (void)where;
    return remove(path);
}

int main(int argc, char **argv)
{
    run now = {.cloud = getenv("PASSKEY_MOCK_URL"), .folder = "/tmp/passkey-conformance-XXXXXX"};
    cJSON *file = argc == 2 ? read_json(argv[1]) : NULL;
    int exit_code = 2;

    if (!now.cloud || !file || !mkdtemp(now.folder)) {
        fputs("usage: PASSKEY_MOCK_URL=http://localhost:PORT conformance scenarios.json\n", stderr);
    } else {
        now.options = cJSON_GetObjectItem(file, "options");
        exit_code = play_all(&now, cJSON_GetObjectItem(file, "scenarios"));
        nftw(now.folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    }
    cJSON_Delete(file);
    return exit_code;
}
