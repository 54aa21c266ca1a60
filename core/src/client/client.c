/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client.h"

#include "base/error.h"
#include "base/memory.h"
#include "client/bind.h"
#include "client/operation.h"
#include "client/result.h"
#include "link/link.h"
#include "store/store.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct passkey_client {
    pthread_mutex_t lock;
    pk_options options;
    pk_log_sink *sink; /* NULL: no log */
};

passkey_status pk_fail_missing(const char *what, passkey_error **out_error)
{
    return pk_fail(out_error, PASSKEY_INVALID_ARGUMENT, "%s is NULL.", what);
}

passkey_status passkey_client_new(passkey_client **out_client, passkey_error **out_error)
{
    passkey_client *client;
    passkey_status status;

    if (!out_client)
        return pk_fail_missing("out_client", out_error);
    client = calloc(1, sizeof *client);
    if (!client)
        return pk_fail_memory(out_error);
    status = pk_options_init(&client->options, out_error);
    if (status) {
        free(client);
        return status;
    }
    pthread_mutex_init(&client->lock, NULL);
    *out_client = client;
    return PASSKEY_OK;
}

void passkey_client_free(passkey_client *client)
{
    if (!client)
        return;
    pk_options_clear(&client->options);
    pk_log_sink_drop(client->sink);
    pthread_mutex_destroy(&client->lock);
    free(client);
}

passkey_status passkey_client_set_option(passkey_client *client, const char *name,
                                         const char *value, passkey_error **out_error)
{
    passkey_status status;

    if (!client || !name)
        return pk_fail_missing(client ? "name" : "client", out_error);
    pthread_mutex_lock(&client->lock);
    status = pk_options_set(&client->options, name, value, out_error);
    pthread_mutex_unlock(&client->lock);
    return status;
}

passkey_status passkey_client_set_log(passkey_client *client,
                                      void (*log)(void *user, passkey_log_level level,
                                                  const char *message),
                                      void *user, void (*user_free)(void *user),
                                      passkey_error **out_error)
{
    pk_log_sink *sink = NULL, *before;

    if (!client)
        return pk_fail_missing("client", out_error);
    if (log && !(sink = pk_log_sink_new(log, user, user_free)))
        return pk_fail_memory(out_error);
    pthread_mutex_lock(&client->lock);
    before = client->sink;
    client->sink = sink;
    pthread_mutex_unlock(&client->lock);
    pk_log_sink_drop(before);
    return PASSKEY_OK;
}

passkey_status pk_client_settings(passkey_client *client, pk_options *out_options,
                                  pk_log *out_log, passkey_error **out_error)
{
    passkey_status status;

    pthread_mutex_lock(&client->lock);
    status = pk_options_copy(&client->options, out_options, out_error);
    if (!status)
        *out_log = (pk_log){pk_log_sink_share(client->sink), pk_options_log_level(out_options)};
    pthread_mutex_unlock(&client->lock);
    return status;
}

static passkey_status describe(const pk_options *options, const char *text,
                               passkey_link **out_link, passkey_error **out_error)
{
    const pk_url_policy policy = {options->allowed_domains,
                                  pk_options_allow_loopback_http(options)};
    pk_link link = {0};
    passkey_status status = pk_link_parse(text, &policy, &link, out_error);
    passkey_link *shown = status ? NULL : pk_link_description(&link);

    if (!status && !shown)
        status = pk_fail_memory(out_error);
    if (!status)
        *out_link = shown;
    pk_link_free(&link);
    return status;
}

static void log_outcome(const pk_log *log, const char *what, passkey_status status)
{
    if (status)
        pk_log_write(log, PASSKEY_LOG_ERROR, "%s: failed: %s", what, passkey_status_name(status));
    else
        pk_log_write(log, PASSKEY_LOG_DEBUG, "%s: done", what);
}

passkey_status passkey_client_check(passkey_client *client, const char *link,
                                    passkey_link **out_link, passkey_error **out_error)
{
    pk_options options = {0};
    pk_log log = {0};
    passkey_status status;

    if (!client || !link || !out_link)
        return pk_fail_missing("client, link or out_link", out_error);
    status = pk_client_settings(client, &options, &log, out_error);
    if (!status)
        status = describe(&options, link, out_link, out_error);
    log_outcome(&log, "check", status);
    pk_log_sink_drop(log.sink);
    pk_options_clear(&options);
    return status;
}

static void log_damaged(const pk_log *log, const passkey_credential_list *list)
{
    size_t i;

    for (i = 0; i < passkey_credential_list_num_damaged(list); i++)
        pk_log_write(log, PASSKEY_LOG_WARNING, "list: damaged record %s",
                     passkey_credential_list_damaged(list, i));
}

passkey_status passkey_client_list(passkey_client *client, passkey_credential_list **out_list,
                                   passkey_error **out_error)
{
    pk_options options = {0};
    pk_log log = {0};
    passkey_status status;

    if (!client || !out_list)
        return pk_fail_missing("client or out_list", out_error);
    status = pk_client_settings(client, &options, &log, out_error);
    if (!status)
        status = pk_options_need_home(&options, out_error);
    if (!status)
        status = pk_store_list(options.home, out_list, out_error);
    if (!status)
        log_damaged(&log, *out_list);
    log_outcome(&log, "list", status);
    pk_log_sink_drop(log.sink);
    pk_options_clear(&options);
    return status;
}

/* ---- bind as an operation */

passkey_status passkey_client_bind_start(passkey_client *client, const char *link,
                                         passkey_operation **out_operation,
                                         passkey_error **out_error)
{
    pk_options options = {0};
    pk_log log = {0};
    passkey_status status;
    void *binding;

    if (!client || !link || !out_operation)
        return pk_fail_missing("client, link or out_operation", out_error);
    status = pk_client_settings(client, &options, &log, out_error);
    if (status)
        return status;
    binding = pk_binding_new(link);
    if (binding)
        return pk_operation_start(&options, &log, &PK_BIND, binding, out_operation, out_error);
    pk_options_clear(&options);
    pk_log_sink_drop(log.sink);
    return pk_fail_memory(out_error);
}

passkey_status passkey_operation_bind_result(passkey_operation *operation,
                                             passkey_bind_result **out_result,
                                             passkey_error **out_error)
{
    void *result = NULL;
    passkey_status status;

    if (!out_result)
        return pk_fail_missing("out_result", out_error);
    status = pk_operation_take(operation, &PK_BIND, &result, out_error);
    if (!status)
        *out_result = result;
    return status;
}

passkey_status passkey_client_bind(passkey_client *client, const char *link,
                                   passkey_bind_result **out_result, passkey_error **out_error)
{
    passkey_operation *operation = NULL;
    passkey_status status;

    if (!out_result)
        return pk_fail_missing("out_result", out_error);
    status = passkey_client_bind_start(client, link, &operation, out_error);
    if (status)
        return status;
    passkey_operation_wait(operation, -1);
    status = passkey_operation_bind_result(operation, out_result, out_error);
    passkey_operation_free(operation);
    return status;
}
