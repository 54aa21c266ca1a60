/* SPDX-License-Identifier: Apache-2.0
 * The whole story of one passkey: link -> registration -> key -> store. */
#include "base/clock.h"
#include "base/error.h"
#include "client/client.h"
#include "client/enquiry.h"
#include "client/registering.h"
#include "registration/jws.h"

#include <stdlib.h>
#include <string.h>

/* How long another operation on the same link is waited for. */
#define WAIT_MS 30000
#define ASK_AGAIN_MS 50

/* What the steps hand on to each other. */
typedef struct binding {
    pk_call *call;
    pk_enquiry enquiry;
    pk_store *store;
    pk_key key;
    char name[PK_PENDING_NAME_SIZE]; /* of the pending bind */
    int64_t wait_until_ms;           /* 0: did not wait yet */
    pk_registering registering;
    passkey_bind_result *result;
} binding;

enum {
    READ_LINK, OPEN_STORE, LOOK_FOR_PENDING, ASK_INSTRUCTION, TAKE_INSTRUCTION, ASK_INFO,
    TAKE_INFO, CLAIM, CREATE_KEY, NOTE, REGISTER, REGISTER_AGAIN, TAKE_REGISTRATION, SAVE,
    NUM_STEPS
};

static passkey_status read_link(binding *this, passkey_error **out_error)
{
    return pk_enquiry_read_link(&this->enquiry, this->call, out_error);
}

/* Before anything is asked of the cloud or the TPM: a passkey that cannot be
 * kept must not be made. */
static passkey_status open_store(binding *this, passkey_error **out_error)
{
    passkey_status status = pk_options_need_home(&this->call->options, out_error);

    return status ? status : pk_store_open(this->call->options.home, &this->store, out_error);
}

/* Another operation works on this link: asks again in a while, on no thread
 * meanwhile. */
static passkey_status wait_for_other(binding *this, size_t step, passkey_error **out_error)
{
    passkey_status status = pk_call_open_http(this->call, out_error);

    if (status)
        return status;
    pk_http_prepare_pause(this->call->http, ASK_AGAIN_MS);
    this->call->next_step = step;
    return PASSKEY_OK;
}

static bool may_wait_on(binding *this)
{
    int64_t now_ms = pk_clock_monotonic_ms();

    if (!this->wait_until_ms)
        this->wait_until_ms = now_ms + WAIT_MS;
    return now_ms < this->wait_until_ms || atomic_load(&this->call->canceled);
}

/* From here on nobody else works on this link. What a bind has noted that ended
 * too early is gone on with: its key is registered, or is now. */
static passkey_status claim(binding *this, size_t step, passkey_error **out_error)
{
    passkey_status status = pk_registering_hold(&this->registering, this->call->options.home,
                                                this->name, out_error);

    if (status == PASSKEY_STORE_BUSY && may_wait_on(this)) {
        passkey_error_free(*out_error);
        *out_error = NULL;
        return atomic_load(&this->call->canceled) ? pk_fail_canceled(out_error)
                                                  : wait_for_other(this, step, out_error);
    }
    if (!status && this->registering.is_noted) {
        pk_log_write(&this->call->log, PASSKEY_LOG_INFO, "bind: going on with a pending bind");
        this->call->next_step = REGISTER;
    }
    return status;
}

static passkey_status look_for_pending(binding *this, passkey_error **out_error)
{
    if (!pk_draft_pending_name(&this->enquiry.link, this->name))
        return pk_fail_memory(out_error);
    return pk_pending_exists(this->call->options.home, this->name)
               ? claim(this, LOOK_FOR_PENDING, out_error)
               : PASSKEY_OK;
}

static passkey_status claim_link(binding *this, passkey_error **out_error)
{
    return this->registering.pending ? PASSKEY_OK : claim(this, CLAIM, out_error);
}

static passkey_status ask_instruction(binding *this, passkey_error **out_error)
{
    return pk_enquiry_ask_instruction(&this->enquiry, this->call, out_error);
}

static passkey_status take_instruction(binding *this, passkey_error **out_error)
{
    return pk_enquiry_take_instruction(&this->enquiry, this->call, out_error);
}

static passkey_status ask_info(binding *this, passkey_error **out_error)
{
    return pk_enquiry_ask_info(&this->enquiry, this->call, out_error);
}

static passkey_status take_info(binding *this, passkey_error **out_error)
{
    return pk_enquiry_take_info(&this->enquiry, this->call, out_error);
}

static passkey_status sign_jws(binding *this, pk_tpm *tpm, passkey_error **out_error)
{
    char *input = pk_jws_signing_input(this->key.x, this->key.y, &this->enquiry.instruction);
    uint8_t signature[PK_ES256_SIZE];
    passkey_status status = input ? pk_key_sign(tpm, &this->key, input, strlen(input), signature,
                                                out_error)
                                  : pk_fail_memory(out_error);

    if (!status && !(this->registering.draft.jws = pk_jws_compact(input, signature)))
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

static passkey_status note(binding *this, passkey_error **out_error)
{
    char handle[PK_KEY_HANDLE_SIZE];

    if (!pk_store_new_handle(handle) ||
        !pk_draft_make(&this->registering.draft, &this->enquiry.instruction, &this->enquiry.info,
                       &this->key, handle))
        return pk_fail_memory(out_error);
    return pk_registering_note(&this->registering, out_error);
}

static passkey_status ask_to_register(binding *this, passkey_error **out_error)
{
    return pk_registering_ask(&this->registering, this->call, out_error);
}

static passkey_status ask_again_if_lost(binding *this, passkey_error **out_error)
{
    return pk_registering_ask_again(&this->registering, this->call, out_error);
}

static passkey_status take_registration(binding *this, passkey_error **out_error)
{
    return pk_registering_take(&this->registering, this->call, out_error);
}

static passkey_status save(binding *this, passkey_error **out_error)
{
    return pk_registering_save(&this->registering, this->store, &this->result, out_error);
}

/* The whole story. After a step that asks the cloud the next one has to wait
 * for its answer; meanwhile the operation is on no thread. */
static const struct {
    pk_step step;
    passkey_status (*run)(binding *this, passkey_error **out_error);
} STEPS[NUM_STEPS] = {
    [READ_LINK] = {{.name = "link"}, read_link},
    [OPEN_STORE] = {{0}, open_store},
    [LOOK_FOR_PENDING] = {{0}, look_for_pending},
    [ASK_INSTRUCTION] = {{.name = "instruction"}, ask_instruction},
    [TAKE_INSTRUCTION] = {{0}, take_instruction},
    [ASK_INFO] = {{.name = "info"}, ask_info},
    [TAKE_INFO] = {{0}, take_info},
    [CLAIM] = {{0}, claim_link},
    [CREATE_KEY] = {{.name = "key", .may_wait = true}, create_key},
    [NOTE] = {{0}, note},
    [REGISTER] = {{.name = "register"}, ask_to_register},
    [REGISTER_AGAIN] = {{0}, ask_again_if_lost},
    [TAKE_REGISTRATION] = {{0}, take_registration},
    [SAVE] = {{.name = "store", .may_wait = true, .too_late = true}, save},
};

static const pk_step *step_at(size_t i)
{
    return i < NUM_STEPS ? &STEPS[i].step : NULL;
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

    pk_registering_end(&this->registering, this->store, status);
    pk_key_free(&this->key);
    pk_store_close(this->store);
    pk_enquiry_free(&this->enquiry);
    free(this);
    return result;
}

static void free_result(void *result)
{
    passkey_bind_result_free(result);
}

static const pk_work BIND = {"bind", PK_OUTCOME_BIND, step_at, run, end, free_result};

static binding *new_binding(const char *link)
{
    binding *this = calloc(1, sizeof *this);

    if (!this || pk_enquiry_init(&this->enquiry, link))
        return this;
    free(this);
    return NULL;
}

passkey_status passkey_client_bind_start(passkey_client *client, const char *link,
                                         passkey_operation **out_operation,
                                         passkey_error **out_error)
{
    if (!client || !link || !out_operation)
        return pk_fail_missing("client, link or out_operation", out_error);
    return pk_client_start(client, &BIND, new_binding(link), out_operation, out_error);
}
