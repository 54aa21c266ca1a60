/* SPDX-License-Identifier: Apache-2.0
 * What the verbs of two words, job …, share. */
#include "cli.h"

enum { IDENTITY };

const char *cli_identity(const cli_call *call)
{
    return call->own[IDENTITY] ? call->own[IDENTITY] : "-";
}

int cli_take_job(const cli_call *call, passkey_status started, passkey_operation *operation,
                 passkey_error *error, passkey_job **out_job)
{
    passkey_status status = started;

    if (status == PASSKEY_OK) {
        cli_wait(operation);
        status = passkey_operation_job_result(operation, out_job, &error);
        passkey_operation_free(operation);
    }
    return status == PASSKEY_OK ? CLI_EXIT_OK : cli_fail_error(call, error);
}
