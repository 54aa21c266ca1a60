/* SPDX-License-Identifier: Apache-2.0
 * passkey job create --identity ID --delivery-method RETURN|EMAIL */
#include "cli.h"

#include <stdio.h>
#include <string.h>

enum { IDENTITY, DELIVERY_METHOD, REDIRECT_URI };

static int check_flags(const cli_call *call)
{
    const char *method = call->own[DELIVERY_METHOD];

    if (!call->own[IDENTITY] || !*call->own[IDENTITY])
        return cli_fail(call, PASSKEY_INVALID_ARGUMENT, "Name the identity the passkey is for.",
                        "--identity ID is missing");
    if (!method || (strcmp(method, "RETURN") != 0 && strcmp(method, "EMAIL") != 0))
        return cli_fail(call, PASSKEY_INVALID_ARGUMENT,
                        "RETURN prints the link here, EMAIL sends it to the identity.",
                        "--delivery-method must be RETURN or EMAIL");
    return -1;
}

static void put_job(const cli_call *call, const passkey_job *job)
{
    if (call->json)
        puts(passkey_job_json(job));
    else if (passkey_job_link(job))
        puts(passkey_job_link(job));
    else
        cli_note(call, "job %s: the cloud sends the link by e-mail", passkey_job_id(job));
}

static int run(cli_call *call)
{
    passkey_operation *operation = NULL;
    passkey_job *job = NULL;
    passkey_error *error = NULL;
    passkey_status started;
    int exit_code = check_flags(call);

    if (exit_code >= 0)
        return exit_code;
    started = passkey_client_create_job_start(call->client, call->own[IDENTITY],
                                              call->own[DELIVERY_METHOD], call->own[REDIRECT_URI],
                                              &operation, &error);
    exit_code = cli_take_job(call, started, operation, error, &job);
    if (exit_code == CLI_EXIT_OK)
        put_job(call, job);
    passkey_job_free(job);
    return exit_code;
}

const cli_verb cli_job_create = {
    .name = "job create",
    .usage = "--identity ID --delivery-method RETURN|EMAIL [--post-binding-redirect-uri URI] ",
    .summary = "ask the cloud for a passkey creation link",
    .description =
        "Creates a credential binding job for an identity. RETURN prints the link\n"
        "alone on stdout, so that\n"
        "    passkey job create --identity ID --delivery-method RETURN | passkey bind -\n"
        "creates a passkey here; EMAIL has the cloud send it. Needs --api-base-url,\n"
        "--tenant, --realm, --authenticator-config and the API token, from the\n"
        "environment (PASSKEY_API_TOKEN) or --api-token-file.\n\n"
        "--json prints the job, with its link.",
    .own_flags = {"identity", "delivery-method", "post-binding-redirect-uri"},
    .run = run,
};
