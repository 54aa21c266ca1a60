/* SPDX-License-Identifier: Apache-2.0
 * passkey check LINK|- */
#include "base/memory.h"
#include "cli.h"

#include <stdio.h>

static void put_link(const cli_call *call, const passkey_link *link)
{
    if (call->json) {
        puts(passkey_link_json(link));
        return;
    }
    if (call->quiet)
        return;
    puts("bind would take this link.");
    cli_put_row("kind", passkey_link_kind(link));
    cli_put_row("contacts", passkey_link_origin(link));
    cli_put_row("tenant", passkey_link_tenant_id(link));
    cli_put_row("realm", passkey_link_realm_id(link));
    cli_put_row("identity", passkey_link_identity_id(link));
    cli_put_row("job", passkey_link_job_id(link));
}

static int run(cli_call *call)
{
    passkey_link *parsed = NULL;
    passkey_error *error = NULL;
    int exit_code = CLI_EXIT_OK;
    char *link = cli_link_read(call, call->operand, &exit_code);

    if (!link)
        return exit_code;
    if (passkey_client_check(call->client, link, &parsed, &error) == PASSKEY_OK)
        put_link(call, parsed);
    else
        exit_code = cli_fail_error(call, error);
    pk_text_free(link);
    passkey_link_free(parsed);
    return exit_code;
}

const cli_verb cli_check = {
    .name = "check",
    .usage = "LINK|- ",
    .summary = "say what a link is and whether bind would take it, offline",
    .description = "Contacts nothing. Exit code 0 when bind would take the link with these\n"
                   "flags, 3 when it would refuse it; then stderr says why and what to do.\n"
                   "Whether the cloud still takes the link, only bind can tell.\n\n"
                   "--json prints {\"kind\",\"origin\",\"tenantId\",\"realmId\",\"identityId\",\"jobId\"}.",
    .takes_operand = true,
    .run = run,
};
