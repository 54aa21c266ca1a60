/* SPDX-License-Identifier: Apache-2.0 */
#include "client/bind.h"

#include "base/clock.h"
#include "base/error.h"
#include "client/result.h"
#include "key/key.h"
#include "link/link.h"
#include "registration/jws.h"
#include "registration/registration.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

/* What the steps hand on to each other. */
typedef struct binding {
    pk_call *call;
    char *text;
    pk_url_policy policy;
    pk_link link;
    pk_store *store;
    pk_instruction instruction;
    pk_info info;
    pk_key key;
    char *jws;
    char *key_handle;
    pk_bound bound;
    passkey_bind_result *result;
} binding;

static passkey_status read_link(binding *this, passkey_error **out_error)
{
    this->policy.allowed_domains = this->call->options.allowed_domains;
    this->policy.allow_loopback_http = pk_options_allow_loopback_http(&this->call->options);
    return pk_link_parse(this->text, &this->policy, &this->link, out_error);
}

/* Before anything is asked of the cloud or the TPM: a passkey that cannot be
 * kept must not be made. */
static passkey_status open_store(binding *this, passkey_error **out_error)
{
    passkey_status status = pk_options_need_home(&this->call->options, out_error);

    return status ? status : pk_store_open(this->call->options.home, &this->store, out_error);
}

static passkey_status ask_instruction(binding *this, passkey_error **out_error)
{
    passkey_status status = pk_call_open_http(this->call, out_error);

    if (!status && this->link.kind == PK_LINK_INVOKE)
        status = pk_registration_ask_instruction(this->call->http, this->link.invoke_url,
                                                 out_error);
    return status;
}

/* A …/bind?… link is the instruction itself. */
static passkey_status take_instruction(binding *this, passkey_error **out_error)
{
    if (this->link.kind == PK_LINK_INVOKE)
        return pk_registration_take_instruction(this->call->http, this->link.invoke_url,
                                                &this->policy, &this->instruction, out_error);
    this->instruction = this->link.instruction;
    memset(&this->link.instruction, 0, sizeof this->link.instruction);
    return PASSKEY_OK;
}

static passkey_status ask_info(binding *this, passkey_error **out_error)
{
    return pk_registration_ask_info(this->call->http, &this->instruction, out_error);
}

static passkey_status take_info(binding *this, passkey_error **out_error)
{
    return pk_registration_take_info(this->call->http, &this->instruction, &this->info, out_error);
}

static passkey_status sign_jws(binding *this, pk_tpm *tpm, passkey_error **out_error)
{
    char *input = pk_jws_signing_input(this->key.x, this->key.y, &this->instruction);
    uint8_t signature[PK_ES256_SIZE];
    passkey_status status = input ? pk_key_sign(tpm, &this->key, input, strlen(input), signature,
                                                out_error)
                                  : pk_fail_memory(out_error);

    if (!status && !(this->jws = pk_jws_compact(input, signature)))
        status = pk_fail_memory(out_error);
    pk_text_free(input);
    return status;
}

/* The TPM is held for as long as it works, not while the network waits. */
static passkey_status create_key(binding *this, passkey_error **out_error)
{
    pk_tpm *tpm = NULL;
    passkey_status status = pk_tpm_open(this->call->options.tpm, this->call->options.home,
                                        &this->call->canceled, &tpm, out_error);

    if (!status)
        status = pk_key_create(tpm, &this->key, out_error);
    if (!status)
        status = sign_jws(this, tpm, out_error);
    pk_tpm_close(tpm);
    return status;
}

static passkey_status save_key(binding *this, passkey_error **out_error)
{
    return pk_store_add_key(this->store, this->key.pem, &this->key_handle, out_error);
}

static passkey_status ask_to_register(binding *this, passkey_error **out_error)
{
    return pk_registration_ask_bind(this->call->http, &this->instruction, this->jws, out_error);
}

static passkey_status ask_again_if_lost(binding *this, passkey_error **out_error)
{
    if (!pk_http_answer_lost(this->call->http))
        return PASSKEY_OK;
    pk_log_write(&this->call->log, PASSKEY_LOG_WARNING,
                 "bind: the answer to :bind was lost, asking once more");
    return ask_to_register(this, out_error);
}

static passkey_status take_registration(binding *this, passkey_error **out_error)
{
    return pk_registration_take_bound(this->call->http, &this->instruction, this->jws,
                                      &this->bound, out_error);
}

static void without_end_slash(char *url)
{
    size_t len = strlen(url);

    while (len && url[len - 1] == '/')
        url[--len] = '\0';
}

/* Moves *from into the credential. */
static char *moved(char **from)
{
    char *text = *from;

    *from = NULL;
    return text;
}

static bool fill(binding *this, passkey_credential *credential)
{
    char now[PK_RFC3339_SIZE];

    if (!pk_rfc3339_format(pk_clock_now_ms(), now))
        return false;
    without_end_slash(this->instruction.api_base_url);
    *credential = (passkey_credential){
        .id = pk_credential_make_id(this->instruction.tenant_id, this->instruction.realm_id,
                                    this->instruction.identity_id, now),
        .passkey_id = moved(&this->bound.id),
        .local_created = pk_text_copy(now),
        .local_updated = pk_text_copy(now),
        .created = moved(&this->bound.create_time),
        .updated = moved(&this->bound.update_time),
        .api_base_url = moved(&this->instruction.api_base_url),
        .key_handle = pk_text_copy(this->key_handle),
        .key_type = pk_text_copy("tpm"),
        .protection = pk_text_copy(this->key.protection),
        .thumbprint = pk_jwk_thumbprint(this->key.x, this->key.y),
        .state = moved(&this->bound.state),
        .tenant_id = moved(&this->instruction.tenant_id),
        .tenant_display_name = moved(&this->info.tenant_display_name),
        .realm_id = moved(&this->instruction.realm_id),
        .realm_display_name = moved(&this->info.realm_display_name),
        .identity_id = moved(&this->instruction.identity_id),
        .identity_display_name = moved(&this->info.identity_display_name),
        .identity_username = moved(&this->info.username),
        .identity_email_address = moved(&this->info.email_address),
        .theme_logo_url_light = moved(&this->info.logo_url_light),
        .theme_logo_url_dark = moved(&this->info.logo_url_dark),
        .theme_support_url = moved(&this->info.support_url),
    };
    return credential->id && credential->local_created && credential->local_updated &&
           credential->key_handle && credential->key_type && credential->protection &&
           credential->thumbprint && pk_credential_finish(credential);
}

static passkey_status save_passkey(binding *this, passkey_error **out_error)
{
    const pk_record_key key = {this->key.pem, this->key.name, this->key.srk_name,
                               PK_TPM_NAME_SIZE};
    passkey_credential credential = {0};
    passkey_status status;

    if (!fill(this, &credential)) {
        pk_credential_clear(&credential);
        return pk_fail_memory(out_error);
    }
    this->result = pk_bind_result_new(&credential, moved(&this->info.post_binding_redirect_uri));
    if (!this->result)
        return pk_fail_memory(out_error);
    status = pk_store_add(this->store, passkey_bind_result_passkey(this->result), &key, out_error);
    if (status)
        pk_error_set_hint(out_error,
                          "The cloud has registered the key, but the record could not be kept: "
                          "free the store, then ask for a new link.");
    return status;
}

/* The whole story. After a step that asks the cloud the next one has to wait
 * for its answer; meanwhile the operation is on no thread. */
static const struct {
    pk_step step;
    passkey_status (*run)(binding *this, passkey_error **out_error);
} STEPS[] = {
    {{.name = "link"}, read_link},
    {{0}, open_store},
    {{.name = "instruction"}, ask_instruction},
    {{0}, take_instruction},
    {{.name = "info"}, ask_info},
    {{0}, take_info},
    {{.name = "key", .may_wait = true}, create_key},
    {{0}, save_key},
    {{.name = "register"}, ask_to_register},
    {{0}, ask_again_if_lost},
    {{0}, take_registration},
    {{.name = "store", .may_wait = true, .too_late = true}, save_passkey},
};

static const pk_step *step_at(size_t i)
{
    return i < sizeof STEPS / sizeof *STEPS ? &STEPS[i].step : NULL;
}

static passkey_status run(pk_call *call, void *state, size_t i, passkey_error **out_error)
{
    binding *this = state;

    this->call = call;
    return STEPS[i].run(this, out_error);
}

static void *end(pk_call *call, void *state, passkey_status status)
{
    binding *this = state;
    passkey_bind_result *result = this->result;
    (void)call;

    if (status && this->key_handle)
        pk_store_drop_key(this->store, this->key_handle);
    if (status) {
        passkey_bind_result_free(result);
        result = NULL;
    }
    pk_text_free(this->key_handle);
    pk_text_free(this->jws);
    pk_bound_free(&this->bound);
    pk_key_free(&this->key);
    pk_info_free(&this->info);
    pk_instruction_free(&this->instruction);
    pk_store_close(this->store);
    pk_link_free(&this->link);
    pk_text_free(this->text);
    free(this);
    return result;
}

static void free_result(void *result)
{
    passkey_bind_result_free(result);
}

const pk_work PK_BIND = {"bind", step_at, run, end, free_result};

void *pk_binding_new(const char *link)
{
    binding *this = calloc(1, sizeof *this);

    if (!this)
        return NULL;
    this->text = pk_text_copy_n(link, strnlen(link, PK_LINK_MAX + 1));
    if (this->text)
        return this;
    free(this);
    return NULL;
}
