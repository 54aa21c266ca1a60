/* SPDX-License-Identifier: Apache-2.0 */
#include "client/registering.h"

#include "base/clock.h"
#include "base/error.h"
#include "client/result.h"
#include "registration/registration.h"

#include <string.h>

/* ------------------------------------------------------------------- the note */

static passkey_status fail_newer(const char *home, const char *name, passkey_error **out_error)
{
    pk_fail(out_error, PASSKEY_STORE_DAMAGED,
            "The pending bind %s/pending/%s was written by a newer version of the library.", home,
            name);
    pk_error_set_hint(out_error, "Resume it with that version, or remove the file and ask for a "
                                 "new link.");
    return PASSKEY_STORE_DAMAGED;
}

/* A note that cannot be understood was torn: the crash came before anything
 * was sent. */
static passkey_status read_note(pk_registering *this, const char *home, const char *name,
                                passkey_error **out_error)
{
    const char *reason = pk_draft_read(pk_pending_note(this->pending), &this->draft);

    if (reason == PK_JSON_NO_MEMORY)
        return pk_fail_memory(out_error);
    if (reason == PK_DRAFT_NEWER)
        return fail_newer(home, name, out_error);
    this->is_noted = this->was_asked = !reason;
    return PASSKEY_OK;
}

passkey_status pk_registering_hold(pk_registering *this, const char *home, const char *name,
                                   passkey_error **out_error)
{
    passkey_status status = pk_pending_hold(home, name, &this->pending, out_error);

    if (!status)
        status = read_note(this, home, name, out_error);
    if (!status || !this->pending)
        return status;
    pk_pending_release(this->pending, false);
    this->pending = NULL;
    return status;
}

passkey_status pk_registering_note(pk_registering *this, passkey_error **out_error)
{
    char *note = pk_draft_text(&this->draft);
    passkey_status status = note ? pk_pending_write(this->pending, note, out_error)
                                 : pk_fail_memory(out_error);

    this->is_noted = !status;
    pk_text_free(note);
    return status;
}

/* ------------------------------------------------------------------ the cloud */

static passkey_status judge_base(const pk_draft *draft, const pk_options *options,
                                 passkey_error **out_error)
{
    const pk_url_policy policy = {options->allowed_domains,
                                  pk_options_allow_loopback_http(options)};
    char *base = NULL;
    passkey_status status = pk_base_url_judge(draft->instruction.api_base_url,
                                              "the pending bind's api_base_url", &policy, &base,
                                              out_error);

    pk_text_free(base);
    return status;
}

passkey_status pk_registering_ask(pk_registering *this, pk_call *call, passkey_error **out_error)
{
    passkey_status status = judge_base(&this->draft, &call->options, out_error);

    if (!status)
        status = pk_call_open_http(call, out_error);
    return status ? status : pk_registration_ask_bind(call->http, &this->draft.instruction,
                                                      this->draft.jws, out_error);
}

passkey_status pk_registering_ask_again(pk_registering *this, pk_call *call,
                                        passkey_error **out_error)
{
    if (!pk_http_answer_lost(call->http))
        return PASSKEY_OK;
    pk_log_write(&call->log, PASSKEY_LOG_WARNING,
                 "the answer to :bind was lost, asking once more");
    this->was_asked = true;
    return pk_registration_ask_bind(call->http, &this->draft.instruction, this->draft.jws,
                                    out_error);
}

/* Those say that the cloud has looked at the request and will not take it. */
static bool is_refusal(passkey_status status)
{
    return status >= PASSKEY_BAD_REQUEST && status <= PASSKEY_UNPROCESSABLE;
}

/* What the error itself advises comes first: a name server or a certificate that
 * is to be mended. A refusal's advice would be to give up the link. */
static void say_it_is_kept(passkey_status status, passkey_error **out_error)
{
    char *advice = NULL;

    if (!out_error)
        return;
    if (!is_refusal(status) || status == PASSKEY_FORBIDDEN)
        advice = pk_text_copy(passkey_error_hint(*out_error));
    pk_error_set_hint(out_error,
                      "%s%sThe cloud may have registered the key, which is kept: bind the same "
                      "link again, or run passkey resume, to go on.",
                      advice ? advice : "", advice ? " " : "");
    pk_text_free(advice);
}

passkey_status pk_registering_take(pk_registering *this, pk_call *call, passkey_error **out_error)
{
    passkey_status status = pk_registration_take_bound(call->http, &this->draft.instruction,
                                                       this->draft.jws, &this->bound,
                                                       &this->is_refused, out_error);

    if (status && !pk_registering_is_over(this, status))
        say_it_is_kept(status, out_error);
    return status;
}

/* ------------------------------------------------------------------ the store */

static void put(char **to, char **from)
{
    pk_text_free(*to);
    *to = *from;
    *from = NULL;
}

static bool complete(pk_registering *this)
{
    passkey_credential *passkey = &this->draft.passkey;
    char now[PK_RFC3339_SIZE];
    char *updated;

    if (!pk_rfc3339_format(pk_clock_now_ms(), now) || !(updated = pk_text_copy(now)))
        return false;
    put(&passkey->local_updated, &updated);
    put(&passkey->passkey_id, &this->bound.id);
    put(&passkey->state, &this->bound.state);
    put(&passkey->created, &this->bound.create_time);
    put(&passkey->updated, &this->bound.update_time);
    pk_text_free(passkey->json);
    passkey->json = NULL;
    return pk_credential_finish(passkey);
}

static passkey_status save(pk_registering *this, pk_store *store, passkey_bind_result *result,
                           passkey_error **out_error)
{
    const passkey_credential *passkey = passkey_bind_result_passkey(result);
    const pk_record_key key = {this->draft.pem, this->draft.name, this->draft.srk_name,
                               PK_TPM_NAME_SIZE};
    passkey_status status = pk_store_put_key(store, passkey->key_handle, this->draft.pem,
                                             out_error);

    return status ? status : pk_store_add(store, passkey, &key, out_error);
}

passkey_status pk_registering_save(pk_registering *this, pk_store *store,
                                   passkey_bind_result **out_result, passkey_error **out_error)
{
    passkey_bind_result *result = NULL;
    passkey_status status;

    if (complete(this)) {
        result = pk_bind_result_new(&this->draft.passkey, this->draft.post_binding_redirect_uri);
        this->draft.passkey = (passkey_credential){0};
        this->draft.post_binding_redirect_uri = NULL;
    }
    status = result ? save(this, store, result, out_error) : pk_fail_memory(out_error);
    if (!status) {
        *out_result = result;
        return status;
    }
    passkey_bind_result_free(result);
    pk_error_set_hint(out_error, "The cloud has registered the key, which is kept as a pending "
                                 "bind: make room or free the store, then run passkey resume or "
                                 "bind the same link again.");
    return status;
}

/* -------------------------------------------------------------------- the end */

bool pk_registering_is_over(const pk_registering *this, passkey_status status)
{
    return !status || !this->is_noted ||
           (this->was_asked ? this->is_refused : is_refusal(status));
}

/* After a refusal there may be a key file: that of a life that ended between
 * the key and the record. */
void pk_registering_end(pk_registering *this, pk_store *store, passkey_status status)
{
    bool over = pk_registering_is_over(this, status);

    if (status && over && this->is_noted && this->draft.passkey.key_handle)
        pk_store_drop_key(store, this->draft.passkey.key_handle);
    pk_pending_release(this->pending, over);
    pk_draft_free(&this->draft);
    pk_bound_free(&this->bound);
    *this = (pk_registering){0};
}
