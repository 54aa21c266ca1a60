/* SPDX-License-Identifier: Apache-2.0
 * passkey_client_provision_tpm: the storage root key that the owner of a TPM
 * has it keep. */
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "client/client.h"
#include "key/provision.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ the result */

struct passkey_provisioning {
    const char *outcome;
    char handle[sizeof "0x81000001"];
    char key_type[32];
    char *name;
    char *json;
};

const char *passkey_provisioning_outcome(const passkey_provisioning *provisioning)
{
    return provisioning ? provisioning->outcome : NULL;
}

const char *passkey_provisioning_handle(const passkey_provisioning *provisioning)
{
    return provisioning ? provisioning->handle : NULL;
}

const char *passkey_provisioning_key_type(const passkey_provisioning *provisioning)
{
    return provisioning ? provisioning->key_type : NULL;
}

const char *passkey_provisioning_name(const passkey_provisioning *provisioning)
{
    return provisioning ? provisioning->name : NULL;
}

const char *passkey_provisioning_json(const passkey_provisioning *provisioning)
{
    return provisioning ? provisioning->json : NULL;
}

void passkey_provisioning_free(passkey_provisioning *provisioning)
{
    if (!provisioning)
        return;
    pk_text_free(provisioning->name);
    pk_text_free(provisioning->json);
    free(provisioning);
}

static char *json_of(const passkey_provisioning *result)
{
    pk_json *json = pk_json_new_object();
    bool done = pk_json_add_text(json, "outcome", result->outcome) &&
                pk_json_add_text(json, "handle", result->handle) &&
                pk_json_add_text(json, "keyType", result->key_type) &&
                pk_json_add_text(json, "name", result->name);
    char *text = done ? pk_json_print(json) : NULL;

    pk_json_free(json);
    return text;
}

static passkey_provisioning *result_of(const pk_provisioned *found)
{
    passkey_provisioning *result = calloc(1, sizeof *result);

    if (!result)
        return NULL;
    result->outcome = found->was_there ? "present" : "made";
    snprintf(result->handle, sizeof result->handle, "0x%08x", found->handle);
    memcpy(result->key_type, found->type, sizeof result->key_type);
    result->name = pk_hex_encode(found->name, PK_TPM_NAME_SIZE);
    if (result->name && (result->json = json_of(result)))
        return result;
    passkey_provisioning_free(result);
    return NULL;
}

/* --------------------------------------------------------------- the operation */

typedef struct provisioning {
    char *owner_password; /* NULL: none */
    passkey_provisioning *result;
} provisioning;

static passkey_status provision(pk_call *call, provisioning *this, passkey_error **out_error)
{
    pk_provisioned found;
    pk_tpm *tpm = NULL;
    passkey_status status = pk_tpm_open(call->options.tpm, call->options.home, &call->canceled,
                                        &tpm, out_error);

    if (!status)
        status = pk_tpm_provision(tpm, this->owner_password, &found, out_error);
    pk_tpm_close(tpm);
    if (status)
        return status;
    this->result = result_of(&found);
    return this->result ? PASSKEY_OK : pk_fail_memory(out_error);
}

static passkey_status run(pk_call *call, void *state, size_t i, passkey_error **out_error)
{
    passkey_status status = pk_options_need_home(&call->options, out_error);

    (void)i;
    return status ? status : provision(call, state, out_error);
}

static const pk_step *step_at(size_t i)
{
    static const pk_step step = {.name = "tpm", .may_wait = true};

    return i == 0 ? &step : NULL;
}

static void *end(pk_call *call, void *state, passkey_status status)
{
    provisioning *this = state;
    passkey_provisioning *result = this->result;

    (void)call, (void)status; /* without success there is none */
    pk_text_free(this->owner_password);
    free(this);
    return result;
}

static void free_result(void *result)
{
    passkey_provisioning_free(result);
}

static const pk_work PROVISION = {"provision_tpm", PK_OUTCOME_PROVISIONING, step_at, run, end,
                                  free_result};

static provisioning *new_state(const char *owner_password)
{
    provisioning *this = calloc(1, sizeof *this);

    if (!this || !owner_password || (this->owner_password = pk_text_copy(owner_password)))
        return this;
    free(this);
    return NULL;
}

passkey_status passkey_client_provision_tpm_start(passkey_client *client,
                                                  const char *owner_password,
                                                  passkey_operation **out_operation,
                                                  passkey_error **out_error)
{
    if (!client || !out_operation)
        return pk_fail_missing("client or out_operation", out_error);
    if (owner_password && strlen(owner_password) > PK_OWNER_PASSWORD_MAX)
        return pk_fail(out_error, PASSKEY_INVALID_ARGUMENT,
                       "The owner password is longer than the %d bytes that a TPM can keep.",
                       PK_OWNER_PASSWORD_MAX);
    return pk_client_start(client, &PROVISION, new_state(owner_password), out_operation,
                           out_error);
}
