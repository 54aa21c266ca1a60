/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client.h"

#include "base/error.h"
#include "base/memory.h"
#include "client/operation.h"
#include "client/result.h"
#include "link/link.h"

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

passkey_status pk_client_start(passkey_client *client, const pk_work *work, void *state,
                               passkey_operation **out_operation, passkey_error **out_error)
{
    pk_options options = {0};
    pk_log log = {0};
    passkey_status status = state ? pk_client_settings(client, &options, &log, out_error)
                                  : pk_fail_memory(out_error);

    if (!status)
        return pk_operation_start(&options, &log, work, state, out_operation, out_error);
    if (state)
        work->end(NULL, state, status);
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
