/* SPDX-License-Identifier: Apache-2.0
 * passkey bind LINK|- */
#include "base/memory.h"
#include "cli.h"

#include <stdio.h>

static void put_next(const char *redirect_uri)
{
    if (!redirect_uri || !*redirect_uri) {
        cli_put_row("next", "passkey list shows it with the others");
        return;
    }
    printf("  %-11s the application continues at ", "next");
    cli_put_text(redirect_uri);
    putchar('\n');
}

void cli_put_bind_result(const cli_call *call, const passkey_bind_result *result)
{
    const passkey_credential *passkey = passkey_bind_result_passkey(result);

    if (call->json) {
        puts(passkey_bind_result_json(result));
    } else if (call->quiet) {
        puts(passkey_credential_id(passkey));
    } else {
        puts("Passkey created.");
        cli_put_passkey(passkey);
        put_next(passkey_bind_result_post_binding_redirect_uri(result));
    }
}

static int bind_and_wait(const cli_call *call, const char *link)
{
    passkey_operation *operation = NULL;
    passkey_bind_result *result = NULL;
    passkey_error *error = NULL;
    passkey_status status = passkey_client_bind_start(call->client, link, &operation, &error);

    if (status == PASSKEY_OK) {
        cli_progress_begin(call, operation);
        cli_wait(operation);
        status = passkey_operation_bind_result(operation, &result, &error);
        cli_progress_end(status == PASSKEY_OK);
        passkey_operation_free(operation);
    }
    if (status != PASSKEY_OK)
        return cli_fail_error(call, error);
    cli_put_bind_result(call, result);
    passkey_bind_result_free(result);
    return CLI_EXIT_OK;
}

static int run(cli_call *call)
{
    int exit_code = CLI_EXIT_OK;
    char *link = cli_link_read(call, call->operand, &exit_code);

    if (!link)
        return exit_code;
    exit_code = bind_and_wait(call, link);
    pk_text_free(link);
    return exit_code;
}

const cli_verb cli_bind = {
    .name = "bind",
    .usage = "LINK|- ",
    .summary = "create a passkey from a creation link",
    .description =
        "Creates a private key inside the TPM, registers its public half with the\n"
        "cloud that LINK names, and stores the passkey. LINK is what the API or the\n"
        "e-mail gave (…:invokeAuthenticator?token=…), or the …/bind?… URL that the\n"
        "application was opened with. It is a secret: with - it is read from standard\n"
        "input and never appears in the list of processes. On a terminal the steps are\n"
        "shown as they happen.\n\n"
        "--json prints {\"passkey\":{…},\"postBindingRedirectUri\":…}; --quiet the id alone.",
    .takes_operand = true,
    .run = run,
};
