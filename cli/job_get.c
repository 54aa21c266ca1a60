/* SPDX-License-Identifier: Apache-2.0
 * passkey job get JOB [--identity ID] */
#include "cli.h"

#include <stdio.h>

static void put_job(const cli_call *call, const passkey_job *job)
{
    if (call->json)
        puts(passkey_job_json(job));
    else if (call->quiet)
        puts(passkey_job_state(job));
    else
        cli_put_job(job);
}

static int run(cli_call *call)
{
    passkey_operation *operation = NULL;
    passkey_job *job = NULL;
    passkey_error *error = NULL;
    passkey_status started = passkey_client_get_job_start(call->client, cli_identity(call),
                                                          call->operand, &operation, &error);
    int exit_code = cli_take_job(call, started, operation, error, &job);

    if (exit_code == CLI_EXIT_OK)
        put_job(call, job);
    passkey_job_free(job);
    return exit_code;
}

const cli_verb cli_job_get = {
    .name = "job get",
    .usage = "JOB [--identity ID] ",
    .summary = "say how far a credential binding job is",
    .description =
        "JOB is the job's id. Without --identity it is looked for among all identities\n"
        "of the realm. Needs --api-base-url, --tenant, --realm and the API token, from\n"
        "the environment (PASSKEY_API_TOKEN) or --api-token-file. The link of a job is\n"
        "told only once, by job create.\n\n"
        "--json prints the job; --quiet its state alone.",
    .own_flags = {"identity"},
    .takes_operand = true,
    .operand_name = "job's id",
    .run = run,
};
