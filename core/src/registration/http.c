/* SPDX-License-Identifier: Apache-2.0 */
#include "registration/http_internal.h"

#include "base/clock.h"
#include "base/error.h"
#include "registration/http_error.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static void init_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

static void free_headers(struct curl_slist *headers)
{
    struct curl_slist *header;

    for (header = headers; header; header = header->next)
        pk_wipe(header->data, strlen(header->data));
    curl_slist_free_all(headers);
}

/* Without this, libcurl changes the process's SIGPIPE handler for moments, also
 * while it cleans up a handle that was never used. */
static void leave_signals_alone(CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
}

static void forget_request(pk_http *http)
{
    if (http->easy) {
        curl_easy_reset(http->easy); /* keeps the connection */
        leave_signals_alone(http->easy);
    }
    free_headers(http->headers);
    pk_text_free(http->body);
    pk_text_free(http->origin);
    http->headers = NULL;
    http->body = http->origin = NULL;
    http->transfer.host = NULL;
    http->pause_ms = 0;
    http->stage = PK_HTTP_IDLE;
}

static void free_parts(pk_http *http)
{
    forget_request(http);
    pk_http_answer_free(&http->answer);
    curl_easy_cleanup(http->easy);
    pk_text_free(http->ca_file);
    pk_text_free(http->proxy);
    http->easy = NULL;
}

passkey_status pk_http_new(const pk_http_options *options, pk_http **out_http,
                           passkey_error **out_error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pk_http *http = calloc(1, sizeof *http);

    pthread_once(&once, init_curl);
    if (!http)
        return pk_fail_memory(out_error);
    http->easy = curl_easy_init();
    if (http->easy)
        leave_signals_alone(http->easy);
    http->ca_file = pk_text_copy(options->ca_file);
    http->proxy = pk_text_copy(options->proxy);
    http->timeout_ms = options->timeout_ms;
    http->left_ms = options->timeout_ms;
    http->log = options->log;
    http->transfer.canceled = options->canceled;
    if (!http->easy || (options->ca_file && !http->ca_file) ||
        (options->proxy && !http->proxy) || !pk_network_enter()) {
        free_parts(http);
        free(http);
        return pk_fail_memory(out_error);
    }
    *out_http = http;
    return PASSKEY_OK;
}

static void left(pk_transfer *transfer, passkey_status why, CURLcode code)
{
    pk_http *http = (pk_http *)(void *)transfer;
    void (*freed)(void *user) = http->call, *user = http->user;

    (void)why, (void)code;
    free(http);
    freed(user);
}

void pk_http_free(pk_http *http, void (*freed)(void *user), void *user)
{
    free_parts(http);
    http->call = freed;
    http->user = user;
    http->transfer.easy = NULL;
    http->transfer.ended = left;
    pk_network_leave(&http->transfer);
}

void pk_http_answer_free(pk_http_answer *answer)
{
    pk_buffer_free(&answer->body);
    memset(answer, 0, sizeof *answer);
}

passkey_status pk_http_prepare(pk_http *http, const pk_http_request *request,
                               passkey_error **out_error)
{
    forget_request(http);
    pk_http_answer_free(&http->answer);
    http->num_header_bytes = 0;
    http->too_large = http->no_memory = http->not_loopback = http->no_descriptor = false;
    http->last_descriptor = false;
    http->failure[0] = '\0';
    http->max_answer = request->max_answer ? request->max_answer : PK_HTTP_MAX_BODY;
    if (!pk_http_set_up(http, request))
        return pk_fail_memory(out_error);
    http->stage = PK_HTTP_PREPARED;
    return PASSKEY_OK;
}

void pk_http_prepare_pause(pk_http *http, int64_t pause_ms)
{
    forget_request(http);
    http->pause_ms = pause_ms > 0 ? pause_ms : 1;
    http->stage = PK_HTTP_PREPARED;
}

void pk_http_allow_ms(pk_http *http, int64_t allowed_ms)
{
    http->left_ms = allowed_ms;
}

bool pk_http_is_prepared(const pk_http *http)
{
    return http->stage == PK_HTTP_PREPARED;
}

static void paused(pk_transfer *transfer, passkey_status why, CURLcode code)
{
    pk_http *http = (pk_http *)(void *)transfer;

    (void)why, (void)code; /* a cancel ends what comes next, too */
    http->call(http->user);
}

static void heard(pk_transfer *transfer, passkey_status why, CURLcode code)
{
    pk_http *http = (pk_http *)(void *)transfer;
    curl_off_t retry_after_s = 0;

    http->why = why;
    http->code = code;
    http->left_ms -= pk_clock_monotonic_ms() - http->sent_ms;
    curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &http->answer.status);
    curl_easy_getinfo(http->easy, CURLINFO_RETRY_AFTER, &retry_after_s);
    http->answer.retry_after_s = retry_after_s < INT_MAX ? (int)retry_after_s : INT_MAX;
    http->call(http->user);
}

void pk_http_submit(pk_http *http, void (*call)(void *user), void *user)
{
    http->stage = PK_HTTP_SENT;
    http->call = call;
    http->user = user;
    http->sent_ms = pk_clock_monotonic_ms();
    http->transfer.easy = http->easy;
    http->transfer.is_pause = http->pause_ms > 0;
    http->transfer.deadline_ms = http->sent_ms + (http->pause_ms ? http->pause_ms : http->left_ms);
    http->transfer.ended = http->pause_ms ? paused : heard;
    pk_network_start(&http->transfer);
}

/* libcurl says of some only that a host is not known, or that the CA
 * certificates cannot be read. */
static bool lacks_descriptor(const pk_http *http)
{
    return http->no_descriptor ||
           (http->code == CURLE_SSL_CACERT_BADFILE && http->last_descriptor) ||
           (http->code == CURLE_COULDNT_RESOLVE_HOST && pk_http_no_descriptor_left());
}

static passkey_status explain(const pk_http *http, passkey_error **out_error)
{
    /* libcurl's own words may quote a proxy's password */
    const char *detail = *http->failure && !http->proxy ? http->failure
                                                        : curl_easy_strerror(http->code);

    if (http->why == PASSKEY_CANCELED)
        return pk_fail(out_error, http->why, "The operation was canceled.");
    if (http->why == PASSKEY_TIMEOUT)
        return pk_fail(out_error, http->why, "The cloud did not answer within %d ms.",
                       http->timeout_ms);
    if (http->too_large)
        return pk_fail(out_error, PASSKEY_BAD_RESPONSE, "The cloud's answer is larger than %zu bytes.",
                       http->max_answer);
    if (http->no_memory)
        return pk_fail_memory(out_error);
    if (http->not_loopback)
        return pk_fail(out_error, PASSKEY_INSECURE_URL,
                       "The host of a plain http URL is not on this machine.");
    if (lacks_descriptor(http)) {
        pk_fail(out_error, PASSKEY_NETWORK_ERROR, "Too many files are open to make a connection.");
        pk_error_set_hint(out_error, "Close some, or raise the limit (ulimit -n).");
        return PASSKEY_NETWORK_ERROR;
    }
    return pk_http_fail((int)http->code, detail, out_error);
}

static bool failed(const pk_http *http)
{
    return http->why || http->code != CURLE_OK;
}

bool pk_http_answer_lost(const pk_http *http)
{
    if (failed(http))
        return explain(http, NULL) == PASSKEY_NETWORK_ERROR;
    return http->answer.status >= 500 && http->answer.status <= 599;
}

static void log_outcome(const pk_http *http)
{
    long long ms = (long long)(pk_clock_monotonic_ms() - http->sent_ms);

    if (failed(http))
        pk_log_write(&http->log, PASSKEY_LOG_DEBUG, "%s: no answer after %lld ms (libcurl %d)",
                     http->origin, ms, (int)http->code);
    else
        pk_log_write(&http->log, PASSKEY_LOG_DEBUG, "%s: HTTP %ld after %lld ms", http->origin,
                     http->answer.status, ms);
}

passkey_status pk_http_take(pk_http *http, pk_http_answer *out_answer, passkey_error **out_error)
{
    passkey_status status = PASSKEY_OK;

    log_outcome(http);
    if (failed(http))
        status = explain(http, out_error);
    else if (!http->answer.body.data && !pk_buffer_append(&http->answer.body, "", 0))
        status = pk_fail_memory(out_error);
    forget_request(http);
    if (status)
        return status;
    *out_answer = http->answer;
    memset(&http->answer, 0, sizeof http->answer);
    return PASSKEY_OK;
}
