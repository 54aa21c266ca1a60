/* SPDX-License-Identifier: Apache-2.0
 * passkey list */
#include "cli.h"

#include <stdio.h>

typedef struct column {
    const char *title;
    const char *(*text)(const passkey_credential *credential);
} column;

static const char *identity_name(const passkey_credential *credential)
{
    const char *name = passkey_credential_identity_display_name(credential);

    return name && *name ? name : passkey_credential_identity_id(credential);
}

static const char *realm_name(const passkey_credential *credential)
{
    const char *name = passkey_credential_realm_display_name(credential);

    return name && *name ? name : passkey_credential_realm_id(credential);
}

static const char *tenant_name(const passkey_credential *credential)
{
    const char *name = passkey_credential_tenant_display_name(credential);

    return name && *name ? name : passkey_credential_tenant_id(credential);
}

static const column columns[] = {
    {"IDENTITY", identity_name},
    {"REALM", realm_name},
    {"TENANT", tenant_name},
    {"PROTECTION", passkey_credential_protection},
    {"STATE", passkey_credential_state},
    {"CREATED", passkey_credential_local_created},
    {"ID", passkey_credential_id},
};

static const char *title(size_t i)
{
    return columns[i].title;
}

static const char *cell(const void *list, size_t row, size_t i)
{
    return columns[i].text(passkey_credential_list_at(list, row));
}

static void put_table(const passkey_credential_list *list)
{
    const cli_table table = {sizeof columns / sizeof *columns, passkey_credential_list_count(list),
                             list, title, cell};

    cli_put_table(&table);
}

static void put_ids(const passkey_credential_list *list)
{
    for (size_t row = 0; row < passkey_credential_list_count(list); row++)
        puts(passkey_credential_id(passkey_credential_list_at(list, row)));
}

static void put_list(const cli_call *call, const passkey_credential_list *list)
{
    if (call->json)
        puts(passkey_credential_list_json(list));
    else if (call->quiet)
        put_ids(list);
    else if (passkey_credential_list_count(list) > 0)
        put_table(list);
    else
        cli_note(call, "there is no passkey in the store yet");
}

/* Never left out: it is about something the user has lost. */
static void warn_of_damaged(const cli_call *call, const passkey_credential_list *list)
{
    cli_call loud = *call;

    loud.quiet = false;
    for (size_t i = 0; i < passkey_credential_list_num_damaged(list); i++)
        cli_note(&loud, "damaged record: %s", passkey_credential_list_damaged(list, i));
}

static int run(cli_call *call)
{
    passkey_credential_list *list = NULL;
    passkey_error *error = NULL;

    if (passkey_client_list(call->client, &list, &error) != PASSKEY_OK)
        return cli_fail_error(call, error);
    put_list(call, list);
    warn_of_damaged(call, list);
    passkey_credential_list_free(list);
    return CLI_EXIT_OK;
}

const cli_verb cli_list = {
    .name = "list",
    .usage = "",
    .summary = "list the passkeys in the store",
    .description = "Oldest first. A record that cannot be understood hides no other: it is\n"
                   "named on stderr and the exit code stays 0.\n\n"
                   "--json prints an array of passkeys; --quiet the ids, one per line.",
    .run = run,
};
