/* SPDX-License-Identifier: Apache-2.0
 * passkey job wait JOB [--identity ID] [--timeout SECONDS] */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IDENTITY, TIMEOUT };

#define MAX_SECONDS 4000000 /* in milliseconds they fit into an unsigned */

/* -1 to go on, else the exit code. */
static int read_timeout(const cli_call *call, unsigned *out_ms)
{
    const char *text = call->own[TIMEOUT];
    size_t len = text ? strlen(text) : 0;
    unsigned long seconds;

    *out_ms = 0;
    if (!text)
        return -1;
    seconds = len && len <= 7 && strspn(text, "0123456789") == len ? strtoul(text, NULL, 10) : 0;
    if (seconds < 1 || seconds > MAX_SECONDS)
        return cli_fail(call, PASSKEY_INVALID_ARGUMENT, "Leave it out to wait without limit.",
                        "--timeout must be 1 to %d seconds", MAX_SECONDS);
    *out_ms = (unsigned)seconds * 1000;
    return -1;
}

static int report(const cli_call *call, const passkey_job *job)
{
    const char *state = passkey_job_state(job);

    if (call->json)
        puts(passkey_job_json(job));
    else if (call->quiet)
        puts(state);
    else
        cli_put_job(job);
    return strcmp(state, "COMPLETE") == 0 ? CLI_EXIT_OK : CLI_EXIT_NO_PASSKEY;
}

static int run(cli_call *call)
{
    passkey_operation *operation = NULL;
    passkey_job *job = NULL;
    passkey_error *error = NULL;
    passkey_status started;
    unsigned wait_ms;
    int exit_code = read_timeout(call, &wait_ms);

    if (exit_code >= 0)
        return exit_code;
    started = passkey_client_wait_job_start(call->client, cli_identity(call), call->operand,
                                            wait_ms, &operation, &error);
    exit_code = cli_take_job(call, started, operation, error, &job);
    if (exit_code == CLI_EXIT_OK)
        exit_code = report(call, job);
    passkey_job_free(job);
    return exit_code;
}

const cli_verb cli_job_wait = {
    .name = "job wait",
    .usage = "JOB [--identity ID] [--timeout SECONDS] ",
    .summary = "wait until a job has ended",
    .description =
        "JOB is the job's id. The cloud is asked about once a second. Exit code 0 when\n"
        "the job is COMPLETE, 7 when it ended EXPIRED, REVOKED or FAILED_TO_SEND, 4\n"
        "(timeout) when it has not ended in time; without --timeout there is no limit.\n"
        "Needs the same flags as job get.\n\n"
        "--json prints the job; --quiet its state alone.",
    .own_flags = {"identity", "timeout"},
    .takes_operand = true,
    .operand_name = "job's id",
    .run = run,
};
