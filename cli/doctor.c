/* SPDX-License-Identifier: Apache-2.0
 * passkey doctor [--cloud URL] */
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CLOUD };

#define PREFIX "PASSKEY_"
#define MAX_VARIABLES 32
#define CHECK_ENVIRONMENT "environment" /* as the library calls it */

/* ---------------------------------------------------------- the environment */

/* With a variable that is not allowed there would be no client, and nothing
 * could be examined: such are taken out of the environment, and are findings. */
static struct refused {
    char *name;
    passkey_error *error;
} refused[MAX_VARIABLES];
static size_t num_refused;

/* The name of the next PASSKEY_ variable from *entry on; pk_text_free. */
static char *next_variable(char ***entry)
{
    for (; **entry; ++*entry)
        if (strncmp(**entry, PREFIX, strlen(PREFIX)) == 0) {
            char *name = pk_text_copy_n(**entry, strcspn(**entry, "="));

            ++*entry;
            return name;
        }
    return NULL;
}

/* Whether a client takes the variable's value as that of its option. */
static passkey_error *judge(passkey_client *client, const char *name, const char *value)
{
    char *option = pk_text_copy(name + strlen(PREFIX));
    passkey_error *error = NULL;

    if (option)
        pk_lower_all(option);
    if (option && passkey_client_set_option(client, option, NULL, NULL) == PASSKEY_OK)
        passkey_client_set_option(client, option, value, &error);
    pk_text_free(option);
    return error;
}

/* A client that no variable has a say in. */
static passkey_client *bare_client(char *names[], char *values[], size_t num)
{
    passkey_client *client = NULL;

    for (size_t i = 0; i < num; i++)
        unsetenv(names[i]);
    passkey_client_new(&client, NULL);
    for (size_t i = 0; i < num; i++)
        if (values[i])
            setenv(names[i], values[i], 1);
    return client;
}

static void refuse(char *name, passkey_error *error)
{
    unsetenv(name);
    refused[num_refused++] = (struct refused){pk_text_copy(name), error};
}

static void judge_environment(cli_call *call)
{
    char *names[MAX_VARIABLES], *values[MAX_VARIABLES] = {NULL}, **entry = environ;
    passkey_client *client;
    size_t num = 0;

    (void)call;
    while (num < MAX_VARIABLES && (names[num] = next_variable(&entry))) {
        values[num] = pk_text_copy(getenv(names[num]));
        num++;
    }
    client = bare_client(names, values, num);
    for (size_t i = 0; client && i < num; i++) {
        passkey_error *error = values[i] ? judge(client, names[i], values[i]) : NULL;

        if (error)
            refuse(names[i], error);
    }
    passkey_client_free(client);
    for (size_t i = 0; i < num; i++) {
        pk_text_free(names[i]);
        pk_text_free(values[i]);
    }
}

static void forget_refused(void)
{
    while (num_refused) {
        num_refused--;
        pk_text_free(refused[num_refused].name);
        passkey_error_free(refused[num_refused].error);
    }
}

/* ---------------------------------------------------------------- the output */

static void put_finding(passkey_level level, const char *check, const char *message,
                        const char *remedy)
{
    printf("%-7s  %s: ", passkey_level_name(level), check);
    cli_put_text(message);
    putchar('\n');
    if (!remedy || !*remedy)
        return;
    printf("%7s  -> ", "");
    cli_put_text(remedy);
    putchar('\n');
}

static void put_text(const cli_call *call, const passkey_examination *found)
{
    for (size_t i = 0; i < num_refused; i++) {
        char message[512];

        snprintf(message, sizeof(message), "The variable %s: %s", refused[i].name,
                 passkey_error_message(refused[i].error));
        put_finding(PASSKEY_LEVEL_PROBLEM, CHECK_ENVIRONMENT, message,
                    passkey_error_hint(refused[i].error));
    }
    for (size_t i = 0; i < passkey_examination_count(found); i++)
        if (!call->quiet || passkey_examination_level(found, i) > PASSKEY_LEVEL_OK)
            put_finding(passkey_examination_level(found, i), passkey_examination_check(found, i),
                        passkey_examination_message(found, i),
                        passkey_examination_remedy(found, i));
}

static bool add_refused(pk_json *all, const struct refused *one)
{
    pk_json *json = pk_json_new_object();
    char message[512];

    snprintf(message, sizeof(message), "The variable %s: %s", one->name,
             passkey_error_message(one->error));
    if (pk_json_add_text(json, "check", CHECK_ENVIRONMENT) &&
        pk_json_add_text(json, "level", passkey_level_name(PASSKEY_LEVEL_PROBLEM)) &&
        pk_json_add_text(json, "message", message) &&
        pk_json_add_text(json, "remedy", passkey_error_hint(one->error)))
        return pk_json_add(all, NULL, json);
    pk_json_free(json);
    return false;
}

/* The library's findings behind our own. */
static char *whole_json(const passkey_examination *found)
{
    const char *text = passkey_examination_json(found), *reason = NULL;
    pk_json *all = pk_json_new_array(), *rest = pk_json_parse(text, strlen(text), &reason);
    bool done = all && rest;
    char *printed = NULL;

    for (size_t i = 0; done && i < num_refused; i++)
        done = add_refused(all, &refused[i]);
    for (const pk_json *each = pk_json_first(rest); done && each; each = pk_json_next(each))
        done = pk_json_add(all, NULL, pk_json_copy(each));
    if (done)
        printed = pk_json_print(all);
    pk_json_free(all);
    pk_json_free(rest);
    return printed;
}

static int put_json(const cli_call *call, const passkey_examination *found)
{
    char *text = num_refused ? whole_json(found) : pk_text_copy(passkey_examination_json(found));

    if (!text)
        return cli_fail(call, PASSKEY_OUT_OF_MEMORY, "", "memory ran out");
    puts(text);
    pk_text_free(text);
    return CLI_EXIT_OK;
}

static size_t count(const passkey_examination *found, passkey_level level)
{
    size_t num = 0;

    for (size_t i = 0; i < passkey_examination_count(found); i++)
        num += passkey_examination_level(found, i) == level;
    return num;
}

static int put(const cli_call *call, const passkey_examination *found)
{
    size_t num_problems = num_refused + count(found, PASSKEY_LEVEL_PROBLEM);
    size_t num_warnings = count(found, PASSKEY_LEVEL_WARNING);
    int exit_code = CLI_EXIT_OK;

    if (call->json)
        exit_code = put_json(call, found);
    else
        put_text(call, found);
    if (!call->json)
        cli_note(call, "%zu problem%s, %zu warning%s", num_problems, num_problems == 1 ? "" : "s",
                 num_warnings, num_warnings == 1 ? "" : "s");
    return num_problems ? CLI_EXIT_OTHER : exit_code;
}

static int run(cli_call *call)
{
    passkey_operation *operation = NULL;
    passkey_examination *found = NULL;
    passkey_error *error = NULL;
    passkey_status status = PASSKEY_OK;
    int exit_code;

    if (call->own[CLOUD])
        status = passkey_client_set_option(call->client, "api_base_url", call->own[CLOUD], &error);
    if (!status)
        status = passkey_client_examine_start(call->client, &operation, &error);
    if (!status) {
        cli_wait(operation);
        status = passkey_operation_examination_result(operation, &found, &error);
        passkey_operation_free(operation);
    }
    exit_code = status ? cli_fail_error(call, error) : put(call, found);
    passkey_examination_free(found);
    forget_refused();
    return exit_code;
}

const cli_verb cli_doctor = {
    .name = "doctor",
    .usage = "[--cloud URL] ",
    .summary = "look whether bind can work here, and say what to do if not",
    .description =
        "Looks at this machine, the TPM, the store, and the cloud if --cloud or\n"
        "--api-base-url names one, which is asked once and without a secret. Changes\n"
        "nothing. Each line begins with ok, warning or problem; what to do stands below.\n\n"
        "  --cloud URL             the cloud's API, the same as --api-base-url\n\n"
        "--json prints an array of {\"check\",\"level\",\"message\",\"remedy\"}; --quiet leaves\n"
        "out what is ok. The exit code is 0 when there is no problem, 1 when there is one.",
    .own_flags = {"cloud"},
    .before_client = judge_environment,
    .run = run,
};
