/* SPDX-License-Identifier: Apache-2.0
 * passkey info LINK|- */
#include "base/memory.h"
#include "cli.h"

#include <stdio.h>

static void put_info(const cli_call *call, const passkey_info *info)
{
    if (call->json) {
        puts(passkey_info_json(info));
        return;
    }
    if (call->quiet)
        return;
    puts("The link would create a passkey:");
    cli_put_who("identity", passkey_info_identity_display_name(info),
                passkey_info_identity_username(info), passkey_info_identity_id(info));
    cli_put_row("e-mail", passkey_info_identity_email_address(info));
    cli_put_who("realm", passkey_info_realm_display_name(info), NULL, passkey_info_realm_id(info));
    cli_put_who("tenant", passkey_info_tenant_display_name(info), NULL,
                passkey_info_tenant_id(info));
    cli_put_row("job", passkey_info_job_id(info));
    cli_put_row("cloud", passkey_info_api_base_url(info));
    cli_put_row("support", passkey_info_theme_support_url(info));
    cli_put_row("next", passkey_info_post_binding_redirect_uri(info));
}

static int ask(const cli_call *call, const char *link)
{
    passkey_operation *operation = NULL;
    passkey_info *info = NULL;
    passkey_error *error = NULL;
    passkey_status status = passkey_client_info_start(call->client, link, &operation, &error);

    if (status == PASSKEY_OK) {
        cli_wait(operation);
        status = passkey_operation_info_result(operation, &info, &error);
        passkey_operation_free(operation);
    }
    if (status != PASSKEY_OK)
        return cli_fail_error(call, error);
    put_info(call, info);
    passkey_info_free(info);
    return CLI_EXIT_OK;
}

static int run(cli_call *call)
{
    int exit_code = CLI_EXIT_OK;
    char *link = cli_link_read(call, call->operand, &exit_code);

    if (!link)
        return exit_code;
    exit_code = ask(call, link);
    pk_text_free(link);
    return exit_code;
}

const cli_verb cli_info = {
    .name = "info",
    .usage = "LINK|- ",
    .summary = "ask the cloud what a link would bind, and make nothing",
    .description =
        "A dry run of bind: it stops before a key is made, and touches neither the TPM\n"
        "nor the store. The link stays usable; its job moves on to REQUEST_DELIVERED.\n\n"
        "--json prints {\"apiBaseUrl\",\"jobId\",\"tenant\",\"realm\",\"identity\",\"theme\",\n"
        "\"postBindingRedirectUri\"}; --quiet nothing.",
    .takes_operand = true,
    .run = run,
};
