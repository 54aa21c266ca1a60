/* SPDX-License-Identifier: Apache-2.0
 * passkey tpm provision [--owner-auth-file FILE|-] */
#include "base/memory.h"
#include "cli.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { OWNER_AUTH_FILE };

#define WHAT "TPM owner password"

static passkey_status provision(const cli_call *call, const char *password,
                                passkey_provisioning **out, passkey_error **out_error)
{
    passkey_operation *operation = NULL;
    passkey_status status =
        passkey_client_provision_tpm_start(call->client, password, &operation, out_error);

    if (status)
        return status;
    cli_wait(operation);
    status = passkey_operation_provision_tpm_result(operation, out, out_error);
    passkey_operation_free(operation);
    return status;
}

static int put(const cli_call *call, passkey_provisioning *done)
{
    const char *outcome = passkey_provisioning_outcome(done);

    if (call->json) {
        puts(passkey_provisioning_json(done));
    } else if (!call->quiet) {
        printf("%s\n", strcmp(outcome, "made") == 0
                           ? "The TPM keeps a storage root key now."
                           : "The TPM keeps a storage root key already; nothing was changed.");
        cli_put_row("handle", passkey_provisioning_handle(done));
        cli_put_row("key", passkey_provisioning_key_type(done));
        cli_put_row("Name", passkey_provisioning_name(done));
    }
    passkey_provisioning_free(done);
    return CLI_EXIT_OK;
}

/* The password is asked for only when the TPM wants one and nobody said where
 * it is. */
static bool is_to_be_asked(const cli_call *call, passkey_status status)
{
    return status == PASSKEY_TPM_OWNER_AUTH_REQUIRED && !call->own[OWNER_AUTH_FILE] &&
           isatty(STDIN_FILENO);
}

static int provision_with(const cli_call *call, char *password)
{
    passkey_provisioning *done = NULL;
    passkey_error *error = NULL;
    passkey_status status = provision(call, password, &done, &error);
    int exit_code = CLI_EXIT_OK;

    if (!password && is_to_be_asked(call, status)) {
        passkey_error_free(error);
        password = cli_password_ask(call, WHAT, &exit_code);
        return password ? provision_with(call, password) : exit_code;
    }
    pk_text_free(password);
    return status ? cli_fail_error(call, error) : put(call, done);
}

static int run(cli_call *call)
{
    const char *path = call->own[OWNER_AUTH_FILE];
    int exit_code = CLI_EXIT_OK;
    char *password = path ? cli_secret_read(call, path, WHAT, &exit_code) : NULL;

    return path && !password ? exit_code : provision_with(call, password);
}

const cli_verb cli_tpm_provision = {
    .name = "tpm provision",
    .usage = "[--owner-auth-file FILE|-] ",
    .summary = "have the TPM keep a storage root key (for its owner, once)",
    .description =
        "For the owner of the TPM, once: with a storage root key that the TPM keeps,\n"
        "binds are faster, and on a TPM with an owner password nobody else needs it.\n"
        "Does nothing when a proper one is there. Passkeys made before stay usable.\n\n"
        "  --owner-auth-file FILE  the owner password, the first line of a file; - is\n"
        "                          stdin. Without it a terminal is asked, if the TPM\n"
        "                          has one. Never on the command line\n\n"
        "--json prints {\"outcome\",\"handle\",\"keyType\",\"name\"}; outcome is made or\n"
        "present.",
    .own_flags = {"owner-auth-file"},
    .run = run,
};
