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

#include <string.h>

/* What the steps hand on to each other. */
typedef struct binding {
    const pk_options *options;
    const char *text;
    const atomic_bool *canceled;
    pk_url_policy policy;
    pk_link link;
    pk_store *store;
    pk_http *http;
    pk_instruction instruction;
    pk_info info;
    pk_key key;
    char *jws;
    char *key_handle;
    pk_bound bound;
    bool registered;
    passkey_bind_result *result;
} binding;

static passkey_status read_link(binding *this, passkey_error **out_error)
{
    this->policy.allowed_domains = this->options->allowed_domains;
    this->policy.allow_loopback_http = pk_options_allow_loopback_http(this->options);
    return pk_link_parse(this->text, &this->policy, &this->link, out_error);
}

/* Before anything is asked of the cloud or the TPM: a passkey that cannot be
 * kept must not be made. */
static passkey_status open_store(binding *this, passkey_error **out_error)
{
    passkey_status status = pk_options_need_home(this->options, out_error);

    return status ? status : pk_store_open(this->options->home, &this->store, out_error);
}

static passkey_status ask_what_to_bind(binding *this, passkey_error **out_error)
{
    const pk_http_options http = {.ca_file = this->options->ca_file,
                                  .proxy = this->options->proxy,
                                  .timeout_ms = pk_options_timeout_ms(this->options),
                                  .canceled = this->canceled};
    passkey_status status = pk_http_new(&http, &this->http, out_error);

    if (!status && this->link.kind == PK_LINK_INVOKE)
        status = pk_registration_invoke(this->http, this->link.invoke_url, &this->policy,
                                        &this->instruction, out_error);
    if (!status && this->link.kind == PK_LINK_BIND) {
        this->instruction = this->link.instruction;
        memset(&this->link.instruction, 0, sizeof this->link.instruction);
    }
    return status ? status
                  : pk_registration_get_info(this->http, &this->instruction, &this->info,
                                             out_error);
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
    passkey_status status =
        pk_tpm_open(this->options->tpm, this->options->home, this->canceled, &tpm, out_error);

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

static passkey_status register_key(binding *this, passkey_error **out_error)
{
    passkey_status status = pk_registration_bind(this->http, &this->instruction, this->jws,
                                                 &this->bound, out_error);

    this->registered = !status;
    return status;
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

static void end(binding *this, passkey_status status)
{
    if (status && this->key_handle)
        pk_store_drop_key(this->store, this->key_handle);
    pk_text_free(this->key_handle);
    pk_text_free(this->jws);
    pk_bound_free(&this->bound);
    pk_key_free(&this->key);
    pk_info_free(&this->info);
    pk_instruction_free(&this->instruction);
    pk_http_free(this->http);
    pk_store_close(this->store);
    pk_link_free(&this->link);
}

passkey_status pk_bind(const pk_options *options, const char *link, const atomic_bool *canceled,
                       passkey_bind_result **out_result, passkey_error **out_error)
{
    static passkey_status (*const STEPS[])(binding *, passkey_error **) = {
        read_link, open_store, ask_what_to_bind, create_key, save_key, register_key, save_passkey};
    binding this = {.options = options, .text = link, .canceled = canceled};
    passkey_status status = PASSKEY_OK;
    size_t i;

    for (i = 0; !status && i < sizeof STEPS / sizeof *STEPS; i++) {
        if (!this.registered && atomic_load(canceled))
            status = pk_fail(out_error, PASSKEY_CANCELED, "The operation was canceled.");
        else
            status = STEPS[i](&this, out_error);
    }
    end(&this, status);
    if (status)
        passkey_bind_result_free(this.result);
    else
        *out_result = this.result;
    return status;
}
