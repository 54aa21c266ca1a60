/* SPDX-License-Identifier: Apache-2.0
 * passkey show ID */
#include "cli.h"

#include <stdio.h>

static void put_all(const passkey_credential *passkey)
{
    cli_put_passkey(passkey);
    cli_put_row("e-mail", passkey_credential_identity_email_address(passkey));
    cli_put_row("cloud", passkey_credential_api_base_url(passkey));
    cli_put_row("key handle", passkey_credential_key_handle(passkey));
    cli_put_row("created", passkey_credential_local_created(passkey));
    cli_put_row("support", passkey_credential_theme_support_url(passkey));
}

static int run(cli_call *call)
{
    passkey_credential *passkey = NULL;
    passkey_error *error = NULL;

    if (passkey_client_get(call->client, call->operand, &passkey, &error) != PASSKEY_OK)
        return cli_fail_error(call, error);
    if (call->json)
        puts(passkey_credential_json(passkey));
    else if (!call->quiet)
        put_all(passkey);
    passkey_credential_free(passkey);
    return CLI_EXIT_OK;
}

const cli_verb cli_show = {
    .name = "show",
    .usage = "ID ",
    .summary = "show one passkey of the store",
    .description = "ID is the passkey's local id, as passkey list shows it.\n\n"
                   "--json prints the passkey; --quiet nothing: the exit code says whether it\n"
                   "is there, 0 or 6.",
    .takes_operand = true,
    .operand_name = "passkey's id",
    .run = run,
};
