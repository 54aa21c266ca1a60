/* SPDX-License-Identifier: Apache-2.0
 * passkey job revoke JOB [--identity ID] */
#include "cli.h"

#include <stdio.h>

static void put_job(const cli_call *call, const passkey_job *job)
{
    if (call->json)
        puts(passkey_job_json(job));
    else if (!call->quiet)
        cli_put_job(job);
}

static int run(cli_call *call)
{
    passkey_operation *operation = NULL;
    passkey_job *job = NULL;
    passkey_error *error = NULL;
    passkey_status started = passkey_client_revoke_job_start(call->client, cli_identity(call),
                                                             call->operand, &operation, &error);
    int exit_code = cli_take_job(call, started, operation, error, &job);

    if (exit_code == CLI_EXIT_OK)
        put_job(call, job);
    passkey_job_free(job);
    return exit_code;
}

const cli_verb cli_job_revoke = {
    .name = "job revoke",
    .usage = "JOB [--identity ID] ",
    .summary = "make the link of a job useless",
    .description =
        "JOB is the job's id. A job that is complete is refused (exit code 4): then a\n"
        "passkey exists already. Without --identity the job is looked for among all\n"
        "identities of the realm. Needs the same flags as job get.\n\n"
        "--json prints the job; --quiet nothing.",
    .own_flags = {"identity"},
    .takes_operand = true,
    .operand_name = "job's id",
    .run = run,
};
