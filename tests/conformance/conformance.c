/* SPDX-License-Identifier: Apache-2.0
 * conformance scenarios.json: runs the scenarios on the public C API, against
 * the mock cloud at PASSKEY_MOCK_URL. See README.md for the file's form. */
#include "calls.h"

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
    int number;            /* {n}: which of those at once */
    char passkey[65];      /* {passkey}: the one bound last; "" for none yet */
} run;

#define MAX_AT_ONCE 64

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

/* The placeholder at text; how long it is, 0 for none. */
static size_t append_placeholder(const run *now, const char *text, pk_buffer *out)
{
    if (strncmp(text, "{cloud}", 7) == 0)
        return pk_buffer_append_text(out, now->cloud) ? 7 : 0;
    if (strncmp(text, "{passkey}", 9) == 0)
        return pk_buffer_append_text(out, now->passkey) ? 9 : 0;
    if (strncmp(text, "{id}", 4) == 0)
        return append_id(now, out), 4;
    if (strncmp(text, "{home}", 6) == 0)
        return append_home(now, out), 6;
    if (strncmp(text, "{n}", 3) == 0)
        return pk_buffer_printf(out, "%d", now->number) ? 3 : 0;
    return 0;
}

static char *expand(const run *now, const char *text)
{
    pk_buffer out = {0};

    pk_buffer_append_text(&out, "");
    while (*text) {
        size_t len = strcspn(text, "{"), skip;

        pk_buffer_append(&out, text, len);
        text += len;
        skip = append_placeholder(now, text, &out);
        if (!skip && *text)
            pk_buffer_append(&out, text++, 1);
        text += skip;
    }
    return pk_buffer_take(&out);
}

static char *word(const run *now, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(now->scenario, key));

    return text ? expand(now, text) : NULL;
}

static int number(const run *now, const char *key, int otherwise)
{
    const cJSON *item = cJSON_GetObjectItem(now->scenario, key);

    return cJSON_IsNumber(item) ? item->valueint : otherwise;
}

static call_words words_of(const run *now)
{
    return (call_words){.link = word(now, "link"),
                        .id = word(now, "id"),
                        .identity = word(now, "identity"),
                        .job = word(now, "job"),
                        .delivery_method = word(now, "delivery_method"),
                        .post_binding_redirect_uri = word(now, "post_binding_redirect_uri"),
                        .wait_ms = (unsigned)number(now, "wait_ms", 0)};
}

static void free_words(call_words *words)
{
    pk_text_free(words->link);
    pk_text_free(words->id);
    pk_text_free(words->identity);
    pk_text_free(words->job);
    pk_text_free(words->delivery_method);
    pk_text_free(words->post_binding_redirect_uri);
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

typedef struct canceling {
    passkey_operation *operation;
    const char *at; /* NULL: not at all */
} canceling;

static void on_progress(void *user, const char *step)
{
    const canceling *this = user;

    if (this->at && strcmp(step, this->at) == 0)
        passkey_operation_cancel(this->operation);
}

static void play_at_once(run *now, const call_kind *kind, passkey_client *client, int num,
                         outcome out[])
{
    const char *at = cJSON_GetStringValue(cJSON_GetObjectItem(now->scenario, "cancel_at"));
    canceling each[MAX_AT_ONCE] = {{0}};

    for (now->number = 0; now->number < num; now->number++) {
        call_words words = words_of(now);
        canceling *this = &each[now->number];

        this->at = at;
        this->operation = call_start(kind, client, &words, &out[now->number]);
        if (this->operation)
            passkey_operation_on_progress(this->operation, on_progress, this, NULL, NULL);
        free_words(&words);
    }
    for (int i = 0; i < num; i++)
        if (each[i].operation)
            call_end(kind, each[i].operation, &out[i]);
    now->number = 0;
}

static void play(run *now, int num, outcome out[])
{
    const call_kind *kind = call_find(
        cJSON_GetStringValue(cJSON_GetObjectItem(now->scenario, "call")));
    passkey_client *client = NULL;

    out->status = kind ? passkey_client_new(&client, &out->error)
                       : PASSKEY_UNSUPPORTED; /* no scenario expects it */
    if (out->status == PASSKEY_OK)
        set_options(now, now->options, client, out);
    if (out->status == PASSKEY_OK)
        set_options(now, cJSON_GetObjectItem(now->scenario, "options"), client, out);
    if (out->status == PASSKEY_OK)
        play_at_once(now, kind, client, num, out);
    passkey_client_free(client);
}

static void remember_passkey(run *now, const outcome *got)
{
    const char *id = cJSON_GetStringValue(cJSON_GetObjectItem(got->passkey, "id"));

    if (id)
        snprintf(now->passkey, sizeof(now->passkey), "%s", id);
}

static bool knows_keys(const cJSON *scenario, pk_buffer *why)
{
    static const char known[] = " name call link id identity job delivery_method "
                                "post_binding_redirect_uri wait_ms cancel_at at_once options home "
                                "needs expect ";
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

static int play_and_report(run *now)
{
    int num = number(now, "at_once", 1);
    outcome got[MAX_AT_ONCE] = {{0}};
    pk_buffer why = {0};
    int failed;

    if (num < 1 || num > MAX_AT_ONCE)
        pk_buffer_printf(&why, "at_once is %d; ", num);
    else if (knows_keys(now->scenario, &why) && !unmet_need(now->scenario))
        play(now, num, got);
    for (int i = 0; i < num && !unmet_need(now->scenario) && !why.len; i++)
        outcome_compare(&got[i], cJSON_GetObjectItem(now->scenario, "expect"), &why);
    remember_passkey(now, got);
    failed = report(now, &why);
    pk_buffer_free(&why);
    for (int i = 0; i < MAX_AT_ONCE; i++)
        outcome_free(&got[i]);
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
