/* SPDX-License-Identifier: Apache-2.0
 * passkey job list [--identity ID] */
#include "cli.h"

#include <stdio.h>

static const struct {
    const char *title;
    const char *(*text)(const passkey_job *job);
} columns[] = {
    {"JOB", passkey_job_id},
    {"STATE", passkey_job_state},
    {"IDENTITY", passkey_job_identity_id},
    {"DELIVERY", passkey_job_delivery_method},
    {"CREATED", passkey_job_create_time},
    {"EXPIRES", passkey_job_expire_time},
};

static const char *title(size_t i)
{
    return columns[i].title;
}

static const char *cell(const void *list, size_t row, size_t i)
{
    return columns[i].text(passkey_job_list_at(list, row));
}

static void put_table(const passkey_job_list *list)
{
    const cli_table table = {sizeof columns / sizeof *columns, passkey_job_list_count(list), list,
                             title, cell};

    cli_put_table(&table);
}

static void put_list(const cli_call *call, const passkey_job_list *list)
{
    size_t num = passkey_job_list_count(list);

    if (call->json)
        puts(passkey_job_list_json(list));
    else if (call->quiet)
        for (size_t row = 0; row < num; row++)
            puts(passkey_job_id(passkey_job_list_at(list, row)));
    else if (num)
        put_table(list);
    else
        cli_note(call, "there is no job");
}

static int run(cli_call *call)
{
    passkey_operation *operation = NULL;
    passkey_job_list *list = NULL;
    passkey_error *error = NULL;
    passkey_status status = passkey_client_list_jobs_start(call->client, cli_identity(call),
                                                           &operation, &error);

    if (status == PASSKEY_OK) {
        cli_wait(operation);
        status = passkey_operation_job_list_result(operation, &list, &error);
        passkey_operation_free(operation);
    }
    if (status != PASSKEY_OK)
        return cli_fail_error(call, error);
    put_list(call, list);
    passkey_job_list_free(list);
    return CLI_EXIT_OK;
}

const cli_verb cli_job_list = {
    .name = "job list",
    .usage = "[--identity ID] ",
    .summary = "list credential binding jobs",
    .description = "Those of one identity, or without --identity of all identities of the realm,\n"
                   "in the cloud's order. Needs the same flags as job get.\n\n"
                   "--json prints an array of jobs; --quiet the ids, one per line.",
    .own_flags = {"identity"},
    .run = run,
};
