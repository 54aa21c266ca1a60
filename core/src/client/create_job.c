/* SPDX-License-Identifier: Apache-2.0
 * passkey_client_create_job. */
#include "base/error.h"
#include "client/client.h"
#include "client/job_call.h"

#include <stdlib.h>
#include <string.h>

typedef struct creation {
    pk_job_call common;
    char *delivery_method, *post_binding_redirect_uri;
    passkey_job *job;
} creation;

static pk_job_order order_of(const pk_call *call, const creation *this)
{
    return (pk_job_order){.authenticator_config_id = call->options.authenticator_config,
                          .delivery_method = this->delivery_method,
                          .post_binding_redirect_uri = this->post_binding_redirect_uri};
}

static const pk_step *step_at(size_t i)
{
    static const pk_step STEPS[] = {{.name = "job"}, {0}};

    return i < sizeof STEPS / sizeof *STEPS ? &STEPS[i] : NULL;
}

static passkey_status run(pk_call *call, void *state, size_t i, passkey_error **out_error)
{
    creation *this = state;
    const pk_job_order order = order_of(call, this);
    passkey_status status;

    if (i > 0)
        return pk_job_take_new(call->http, &this->common.place, &order, &this->job, out_error);
    status = pk_job_call_open(&this->common, call, true, out_error);
    return status ? status : pk_job_ask_new(call->http, &this->common.place, &order, out_error);
}

static void *end(pk_call *call, void *state, passkey_status status)
{
    creation *this = state;
    passkey_job *job = this->job;

    (void)call, (void)status; /* without success there is none */
    pk_job_call_free(&this->common);
    pk_text_free(this->delivery_method);
    pk_text_free(this->post_binding_redirect_uri);
    free(this);
    return job;
}

static const pk_work CREATE_JOB = {"create_job", PK_OUTCOME_JOB,         step_at, run,
                                   end,          pk_job_call_free_result};

static creation *new_creation(const char *identity_id, const char *delivery_method,
                              const char *post_binding_redirect_uri)
{
    creation *this = calloc(1, sizeof *this);

    if (!this)
        return NULL;
    this->delivery_method = pk_text_copy(delivery_method);
    this->post_binding_redirect_uri = pk_text_copy(post_binding_redirect_uri);
    if (pk_job_call_init(&this->common, identity_id, NULL) && this->delivery_method &&
        (!post_binding_redirect_uri || this->post_binding_redirect_uri))
        return this;
    end(NULL, this, PASSKEY_OUT_OF_MEMORY);
    return NULL;
}

passkey_status passkey_client_create_job_start(passkey_client *client, const char *identity_id,
                                               const char *delivery_method,
                                               const char *post_binding_redirect_uri,
                                               passkey_operation **out_operation,
                                               passkey_error **out_error)
{
    passkey_status status;

    if (!client || !identity_id || !delivery_method || !out_operation)
        return pk_fail_missing("client, identity_id, delivery_method or out_operation", out_error);
    status = pk_job_call_check_id("The identity's id", identity_id, out_error);
    if (status)
        return status;
    if (!strcmp(identity_id, "-") ||
        (strcmp(delivery_method, "RETURN") && strcmp(delivery_method, "EMAIL")))
        return pk_fail(out_error, PASSKEY_INVALID_ARGUMENT,
                       "An identity and the delivery method RETURN or EMAIL are needed.");
    return pk_client_start(client, &CREATE_JOB,
                           new_creation(identity_id, delivery_method, post_binding_redirect_uri),
                           out_operation, out_error);
}
