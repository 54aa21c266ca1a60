/* SPDX-License-Identifier: Apache-2.0
 * passkey delete ID... */
#include "base/json.h"
#include "base/memory.h"
#include "cli.h"

#include <stdio.h>

/* Looked at before: to delete what is not there succeeds, but whoever mistyped
 * an id should hear of it. */
static bool is_there(const cli_call *call, const char *id)
{
    passkey_credential *passkey = NULL;
    passkey_status status = passkey_client_get(call->client, id, &passkey, NULL);

    passkey_credential_free(passkey);
    return status != PASSKEY_NO_SUCH_PASSKEY;
}

static passkey_status delete(const cli_call *call, const char *id, passkey_error **out_error)
{
    passkey_operation *operation = NULL;
    passkey_status status = passkey_client_delete_start(call->client, id, &operation, out_error);

    if (status != PASSKEY_OK)
        return status;
    cli_wait(operation);
    status = passkey_operation_delete_result(operation, out_error);
    passkey_operation_free(operation);
    return status;
}

static int delete_one(const cli_call *call, const char *id, pk_json *report)
{
    pk_json *entry = pk_json_new_object();
    passkey_error *error = NULL;
    bool was_there = is_there(call, id);

    if (delete(call, id, &error) != PASSKEY_OK) {
        pk_json_free(entry);
        return cli_fail_error(call, error);
    }
    pk_json_add_text(entry, "id", id);
    pk_json_add_bool(entry, "deleted", was_there);
    pk_json_add(report, NULL, entry);
    if (!call->json)
        cli_note(call, was_there ? "deleted %s" : "there was no passkey %s", id);
    return CLI_EXIT_OK;
}

static int run(cli_call *call)
{
    pk_json *report = pk_json_new_array();
    int exit_code = CLI_EXIT_OK;
    char *text;

    for (int i = 0; i < call->num_operands && exit_code != CLI_EXIT_CANCELED; i++) {
        int of_one = delete_one(call, call->operands[i], report);

        exit_code = of_one ? of_one : exit_code;
    }
    text = call->json ? pk_json_print(report) : NULL;
    if (text)
        puts(text);
    pk_text_free(text);
    pk_json_free(report);
    return exit_code;
}

const cli_verb cli_delete = {
    .name = "delete",
    .usage = "ID... ",
    .summary = "delete passkeys from this machine",
    .description = "Removes the record and the key file: the private key is lost for good. The\n"
                   "cloud is not told: there the credential stays until it is revoked. Damaged\n"
                   "records go as well. An id that the store does not have is no failure.\n\n"
                   "--json prints an array of {\"id\",\"deleted\"}, false for what was not there.",
    .takes_several = true,
    .operand_name = "passkey's id",
    .run = run,
};
