/* SPDX-License-Identifier: Apache-2.0
 * The passkeys that are in the store: list, get and delete. */
#include "base/error.h"
#include "client/client.h"
#include "store/list.h"
#include "store/store.h"

#include <stdlib.h>

typedef struct looking {
    char *id; /* NULL for a list */
    passkey_credential_list *list;
    passkey_credential *passkey;
} looking;

static void log_damaged(const pk_log *log, const passkey_credential_list *list)
{
    size_t i;

    for (i = 0; i < passkey_credential_list_num_damaged(list); i++)
        pk_log_write(log, PASSKEY_LOG_WARNING, "list: damaged record %s",
                     passkey_credential_list_damaged(list, i));
}

static passkey_status list(pk_call *call, looking *this, passkey_error **out_error)
{
    passkey_status status = pk_store_list(call->options.home, &this->list, out_error);

    if (!status)
        log_damaged(&call->log, this->list);
    return status;
}

static passkey_status take_found(pk_call *call, looking *this, passkey_error **out_error)
{
    const char *damaged = passkey_credential_list_damaged(this->list, 0);

    if (damaged)
        return pk_fail(out_error, PASSKEY_STORE_DAMAGED, "The record %s/passkeys/%s.",
                       call->options.home, damaged);
    if (!passkey_credential_list_count(this->list))
        return pk_fail(out_error, PASSKEY_NO_SUCH_PASSKEY, "The store %s has no passkey %s.",
                       call->options.home, this->id);
    this->passkey = pk_list_take_first(this->list);
    return this->passkey ? PASSKEY_OK : pk_fail_memory(out_error);
}

static passkey_status get(pk_call *call, looking *this, passkey_error **out_error)
{
    passkey_status status = pk_store_find(call->options.home, this->id, &this->list, out_error);

    if (!status)
        status = take_found(call, this, out_error);
    passkey_credential_list_free(this->list);
    this->list = NULL;
    return status;
}

static passkey_status delete(pk_call *call, looking *this, passkey_error **out_error)
{
    return pk_store_delete(call->options.home, this->id, &call->canceled, out_error);
}

static passkey_status run(pk_call *call, void *state, passkey_error **out_error,
                          passkey_status (*verb)(pk_call *call, looking *this,
                                                 passkey_error **out_error))
{
    passkey_status status = pk_options_need_home(&call->options, out_error);

    return status ? status : verb(call, state, out_error);
}

static passkey_status run_list(pk_call *call, void *state, size_t i, passkey_error **out_error)
{
    (void)i;
    return run(call, state, out_error, list);
}

static passkey_status run_get(pk_call *call, void *state, size_t i, passkey_error **out_error)
{
    (void)i;
    return run(call, state, out_error, get);
}

static passkey_status run_delete(pk_call *call, void *state, size_t i, passkey_error **out_error)
{
    (void)i;
    return run(call, state, out_error, delete);
}

static const pk_step *read_step(size_t i)
{
    static const pk_step step = {.name = "store"};

    return i == 0 ? &step : NULL;
}

/* Another process may hold the store. */
static const pk_step *write_step(size_t i)
{
    static const pk_step step = {.name = "store", .may_wait = true};

    return i == 0 ? &step : NULL;
}

static void *end(pk_call *call, void *state, passkey_status status)
{
    looking *this = state;
    void *result = this->passkey ? (void *)this->passkey : (void *)this->list;

    (void)call, (void)status; /* without success there is none */
    pk_text_free(this->id);
    free(this);
    return result;
}

static void free_list(void *result)
{
    passkey_credential_list_free(result);
}

static void free_passkey(void *result)
{
    passkey_credential_free(result);
}

static const pk_work LIST = {"list", PK_OUTCOME_LIST, read_step, run_list, end, free_list};
static const pk_work GET = {"get", PK_OUTCOME_PASSKEY, read_step, run_get, end, free_passkey};
static const pk_work DELETE = {"delete", PK_OUTCOME_DELETED, write_step, run_delete, end, NULL};

passkey_status passkey_client_list_start(passkey_client *client, passkey_operation **out_operation,
                                         passkey_error **out_error)
{
    if (!client || !out_operation)
        return pk_fail_missing("client or out_operation", out_error);
    return pk_client_start(client, &LIST, calloc(1, sizeof(looking)), out_operation, out_error);
}

static looking *new_looking(const char *id)
{
    looking *this = calloc(1, sizeof *this);

    if (!this || (this->id = pk_text_copy(id)))
        return this;
    free(this);
    return NULL;
}

static passkey_status start(passkey_client *client, const pk_work *work, const char *id,
                            passkey_operation **out_operation, passkey_error **out_error)
{
    if (!client || !id || !out_operation)
        return pk_fail_missing("client, id or out_operation", out_error);
    if (pk_record_is_id(id))
        return pk_client_start(client, work, new_looking(id), out_operation, out_error);
    pk_fail(out_error, PASSKEY_INVALID_ARGUMENT, "The text is not the id of a passkey.");
    pk_error_set_hint(out_error, "An id has letters, digits, - and _ only; passkey list shows "
                                 "those in the store.");
    return PASSKEY_INVALID_ARGUMENT;
}

passkey_status passkey_client_get_start(passkey_client *client, const char *id,
                                        passkey_operation **out_operation,
                                        passkey_error **out_error)
{
    return start(client, &GET, id, out_operation, out_error);
}

passkey_status passkey_client_delete_start(passkey_client *client, const char *id,
                                           passkey_operation **out_operation,
                                           passkey_error **out_error)
{
    return start(client, &DELETE, id, out_operation, out_error);
}
