/* SPDX-License-Identifier: Apache-2.0
 * passkey resume */
#include "cli.h"

#include <stdio.h>
#include <string.h>

/* Of one bind; the exit code. */
static int put(const cli_call *call, const passkey_resumption *report, size_t i)
{
    const passkey_error *error = passkey_resumption_error(report, i);
    bool is_refused = !strcmp(passkey_resumption_outcome(report, i), "refused");

    if (!error) {
        cli_put_bind_result(call, passkey_resumption_result(report, i));
        return CLI_EXIT_OK;
    }
    if (*passkey_resumption_job_id(report, i))
        cli_note(call, "the bind of identity %s (job %s) %s",
                 passkey_resumption_identity_id(report, i), passkey_resumption_job_id(report, i),
                 is_refused ? "was refused and is given up" : "is still pending");
    return cli_report_error(call, error);
}

/* With --json all is in the report; the exit code is that of the first which
 * did not finish. */
static int put_report(const cli_call *call, const passkey_resumption *report)
{
    int exit_code = CLI_EXIT_OK;

    if (call->json)
        puts(passkey_resumption_json(report));
    else if (passkey_resumption_count(report) == 0)
        cli_note(call, "no bind is pending");
    for (size_t i = 0; i < passkey_resumption_count(report); i++) {
        const passkey_error *error = passkey_resumption_error(report, i);
        int of_one = call->json ? cli_exit_code(passkey_error_status(error)) : put(call, report, i);

        exit_code = exit_code ? exit_code : of_one;
    }
    return exit_code;
}

static int run(cli_call *call)
{
    passkey_operation *operation = NULL;
    passkey_resumption *report = NULL;
    passkey_error *error = NULL;
    passkey_status status = passkey_client_resume_start(call->client, &operation, &error);
    int exit_code;

    if (!status) {
        cli_wait(operation);
        status = passkey_operation_resume_result(operation, &report, &error);
        passkey_operation_free(operation);
    }
    if (status)
        return cli_fail_error(call, error);
    exit_code = put_report(call, report);
    passkey_resumption_free(report);
    return exit_code;
}

const cli_verb cli_resume = {
    .name = "resume",
    .usage = "",
    .summary = "go on with the binds that ended too early",
    .description = "A bind that was killed, cut off from the cloud or left without room on the\n"
                   "disk after its key was made is pending: the store keeps the key and what\n"
                   "was to be sent. Registers each with the key it has. One that the cloud\n"
                   "refuses is given up; one that it does not answer stays pending. Binding\n"
                   "the same link again does the same for that link.\n\n"
                   "--json prints an array of {\"outcome\",\"identityId\",\"jobId\",\"passkey\",\n"
                   "\"error\"}; outcome is finished, refused or pending. The exit code is 0 when\n"
                   "all have finished.",
    .run = run,
};
