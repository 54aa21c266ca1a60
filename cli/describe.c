/* SPDX-License-Identifier: Apache-2.0
 * Passkeys and jobs in words, for people. */
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
void cli_put_who(const char *label, const char *name, const char *username, const char *id)
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

void cli_put_passkey(const passkey_credential *passkey)
{
    cli_put_who("identity", passkey_credential_identity_display_name(passkey),
                passkey_credential_identity_username(passkey),
                passkey_credential_identity_id(passkey));
    cli_put_who("realm", passkey_credential_realm_display_name(passkey), NULL,
                passkey_credential_realm_id(passkey));
    cli_put_who("tenant", passkey_credential_tenant_display_name(passkey), NULL,
                passkey_credential_tenant_id(passkey));
    cli_put_row("state", passkey_credential_state(passkey));
    cli_put_row("protection", protection_in_words(passkey_credential_protection(passkey)));
    cli_put_row("thumbprint", passkey_credential_thumbprint(passkey));
    cli_put_row("passkey id", passkey_credential_passkey_id(passkey));
    cli_put_row("id", passkey_credential_id(passkey));
}

void cli_put_job(const passkey_job *job)
{
    cli_put_row("job", passkey_job_id(job));
    cli_put_row("state", passkey_job_state(job));
    cli_put_row("identity", passkey_job_identity_id(job));
    cli_put_row("delivery", passkey_job_delivery_method(job));
    cli_put_row("credential", passkey_job_credential_id(job));
    cli_put_row("next", passkey_job_post_binding_redirect_uri(job));
    cli_put_row("created", passkey_job_create_time(job));
    cli_put_row("updated", passkey_job_update_time(job));
    cli_put_row("expires", passkey_job_expire_time(job));
}
