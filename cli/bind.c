/* SPDX-License-Identifier: Apache-2.0
 * passkey bind LINK|- */
#include "base/memory.h"
#include "cli.h"

#include <stdio.h>
#include <string.h>

static const char *protection_in_words(const char *protection)
{
    if (protection && strcmp(protection, "hardware") == 0)
        return "hardware: the private key is inside this machine's TPM and cannot leave it";
    if (protection && strcmp(protection, "swtpm") == 0)
        return "swtpm: a software TPM, for development; whoever can read the store has the key";
    return "unknown: this TPM does not say what it is";
}

/* "Display name (user1), id" */
static void put_who(const char *label, const char *name, const char *username, const char *id)
{
    printf("  %-11s ", label);
    cli_put_text(name && *name ? name : "(no name)");
    if (username && *username) {
        fputs(" (", stdout);
        cli_put_text(username);
        putchar(')');
    }
    fputs(", ", stdout);
    cli_put_text(id);
    putchar('\n');
}

static void put_passkey(const passkey_credential *passkey)
{
    puts("Passkey created.");
    put_who("identity", passkey_credential_identity_display_name(passkey),
            passkey_credential_identity_username(passkey), passkey_credential_identity_id(passkey));
    put_who("realm", passkey_credential_realm_display_name(passkey), NULL,
            passkey_credential_realm_id(passkey));
    put_who("tenant", passkey_credential_tenant_display_name(passkey), NULL,
            passkey_credential_tenant_id(passkey));
    cli_put_row("state", passkey_credential_state(passkey));
    cli_put_row("protection", protection_in_words(passkey_credential_protection(passkey)));
    cli_put_row("thumbprint", passkey_credential_thumbprint(passkey));
    cli_put_row("passkey id", passkey_credential_passkey_id(passkey));
    cli_put_row("id", passkey_credential_id(passkey));
}

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

static void put_result(const cli_call *call, const passkey_bind_result *result)
{
    const passkey_credential *passkey = passkey_bind_result_passkey(result);

    if (call->json) {
        puts(passkey_bind_result_json(result));
    } else if (call->quiet) {
        puts(passkey_credential_id(passkey));
    } else {
        put_passkey(passkey);
        put_next(passkey_bind_result_post_binding_redirect_uri(result));
    }
}

static int run(cli_call *call)
{
    passkey_bind_result *result = NULL;
    int exit_code = CLI_EXIT_OK;
    char *link = cli_link_read(call, call->operand, &exit_code);

    if (!link)
        return exit_code;
    exit_code = cli_bind_interruptible(call, link, &result);
    pk_text_free(link);
    if (exit_code == CLI_EXIT_OK)
        put_result(call, result);
    passkey_bind_result_free(result);
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
        "input and never appears in the list of processes.\n\n"
        "--json prints {\"passkey\":{…},\"postBindingRedirectUri\":…}; --quiet the id alone.",
    .takes_operand = true,
    .run = run,
};
