/* SPDX-License-Identifier: Apache-2.0
 * passkey-cloud serve */
#include "certificate.h"
#include "fault.h"
#include "http/http.h"
#include "http/listen.h"
#include "log.h"
#include "mail/mail.h"
#include "options.h"
#include "ready.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LINK_LIFETIME_S (7LL * 24 * 60 * 60)
#define RATE_LIMIT 100

typedef struct pk_server {
    const pk_options *options;
    pk_arena arena;
    pk_cloud cloud;
    pk_setup setup;
    pk_signer *signer;
    pk_mail *mail;
    pk_store *mail_store; /* the worker's own */
    pk_listener listener;
    pk_certificate certificate;
    pk_rates *rates;
} pk_server;

/* ------------------------------------------------------------------ options */

/* A number from 0 on of at most nine digits; an absent one leaves *out as it is. */
static int read_number(const char *text, const char *wrong, long long *out)
{
    size_t len = text ? strlen(text) : 0;

    if (!text)
        return 0;
    if (len == 0 || len > 9 || strspn(text, "0123456789") != len)
        return pk_usage_error(wrong, NULL);
    *out = atoll(text);
    return 0;
}

static int read_numbers(pk_server *server)
{
    const pk_options *options = server->options;
    long long lifetime_s = LINK_LIFETIME_S, rate = RATE_LIMIT;
    int code = read_number(options->link_lifetime, "--link-lifetime is not a number of seconds",
                           &lifetime_s);

    if (code == 0)
        code = read_number(options->rate_limit, "--rate-limit is not a number of requests", &rate);
    if (code != 0)
        return code;
    server->cloud.link_lifetime_ms = lifetime_s * 1000;
    server->rates = pk_rates_new((int)rate, options->rate_limit_loopback);
    return server->rates ? 0 : pk_say_failure("memory could not be allocated", NULL, NULL);
}

static int read_faults(pk_server *server)
{
    const pk_options *options = server->options;
    const char *wrong = NULL;

    server->cloud.fault_control = options->fault_control;
    if (!options->faults[0] && !options->fault_control)
        return 0;
    server->cloud.faults = pk_faults_new();
    if (!server->cloud.faults)
        return pk_say_failure("memory could not be allocated", NULL, NULL);
    for (int i = 0; i < PK_MAX_FAULTS && options->faults[i] && !wrong; i++)
        wrong = pk_faults_add(server->cloud.faults, options->faults[i]);
    return wrong ? pk_usage_error("--fault", wrong) : 0;
}

static int read_certificate(pk_server *server)
{
    const pk_options *options = server->options;

    if (!options->tls_cert != !options->tls_key)
        return pk_usage_error("--tls-cert and --tls-key belong together", NULL);
    return pk_certificate_read(&server->arena, options->tls_cert, options->tls_key,
                               &server->certificate);
}

static int choose_public_url(pk_server *server)
{
    const pk_listener *listener = &server->listener;

    if (server->options->public_url)
        return pk_public_url(&server->arena, server->options->public_url,
                             &server->cloud.public_url);
    if (!listener->host)
        return pk_usage_error("--public-url is needed when listening on all addresses", NULL);
    server->cloud.public_url =
        pk_arena_printf(&server->arena, "%s://%s:%d", server->certificate.chain ? "https" : "http",
                        listener->host, listener->port);
    return server->cloud.public_url ? 0
                                    : pk_say_failure("memory could not be allocated", NULL, NULL);
}

static int start_listening(pk_server *server)
{
    const char *reason = NULL;

    if (pk_listen(&server->arena, server->options->listen, &server->listener, &reason))
        return 0;
    return pk_say_failure("cannot listen on the address of --listen", reason,
                          "Name a free one, such as 127.0.0.1:8085 (port 0 takes any).");
}

/* -------------------------------------------------------------------- running */

/* Signals are waited for, not handled, so nothing runs in a signal handler.
 * Every thread that is started later inherits the mask. */
static sigset_t block_signals(void)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signals;
}

static pk_http *start_http(pk_server *server)
{
    return pk_http_start(&server->cloud, server->rates, server->listener.fd,
                         server->certificate.chain, server->certificate.key);
}

/* With the certificate as it is now, or as it was when that cannot be used. Who
 * connects meanwhile waits on the socket, which stays open. NULL: neither. */
static pk_http *reload(pk_server *server, pk_http *http)
{
    pk_certificate before = server->certificate;

    if (pk_certificate_read(&server->arena, server->options->tls_cert, server->options->tls_key,
                            &server->certificate) != 0) {
        pk_log_event("not reloaded: the certificate or its key cannot be read");
        return http;
    }
    pk_http_stop(http);
    http = start_http(server);
    pk_log_event(http ? "reloaded" : "not reloaded: the certificate and the key are no pair");
    if (http)
        return http;
    server->certificate = before;
    return start_http(server);
}

/* Delays on request are kept to the hundredth of a second. */
static void serve_until_told(pk_server *server, pk_http **http)
{
    const struct timespec pause = {server->cloud.faults ? 0 : 1,
                                   server->cloud.faults ? 10000000 : 0};
    sigset_t signals = block_signals();

    while (*http) {
        int signal = sigtimedwait(&signals, NULL, &pause);

        if (signal == SIGTERM || signal == SIGINT)
            return;
        if (signal == SIGHUP)
            *http = reload(server, *http);
        else
            pk_http_tick(*http);
    }
}

static int stop(pk_server *server, pk_http *http)
{
    pk_log_event("stopping");
    if (http)
        pk_http_stop(http);
    shutdown(server->listener.fd, SHUT_RDWR);
    close(server->listener.fd);
    return http ? 0 : pk_say_failure("the HTTP server cannot be started again", NULL, NULL);
}

static int run(pk_server *server)
{
    pk_http *http;
    pk_mail_worker *worker;
    int code;

    block_signals();
    http = start_http(server);
    if (!http) {
        close(server->listener.fd);
        return pk_say_failure("the HTTP server cannot be started", NULL,
                              "Check the certificate and the key, if there are any; then make an "
                              "API token with passkey-cloud token create.");
    }
    worker = pk_mail_start(server->mail, server->mail_store);
    code = worker ? pk_print_ready(&server->setup, server->cloud.public_url)
                  : pk_say_failure("the mail worker cannot be started", NULL, NULL);
    pk_log_event("ready");
    if (code == 0)
        serve_until_told(server, &http);
    code = stop(server, http) || code;
    pk_mail_stop(worker);
    return code;
}

static int open_mail(pk_server *server)
{
    int code = pk_mail_open(&server->arena, server->options, &server->mail);

    server->cloud.mail = server->mail;
    if (code == 0)
        server->mail_store = pk_setup_open(&server->arena, server->options->data,
                                           server->options->database, false);
    return code || server->mail_store ? code : 1;
}

/* The address comes before the first start: the API token that it makes would
 * be lost with an address that is in use. */
static int serve(pk_server *server)
{
    int code = start_listening(server);

    if (code == 0)
        code = choose_public_url(server);
    if (code != 0)
        return code;
    server->cloud.store = pk_setup_open(&server->arena, server->options->data,
                                        server->options->database, true);
    if (!server->cloud.store)
        return 1;
    code = open_mail(server);
    if (code != 0)
        return code;
    if (!pk_setup_ensure(server->cloud.store, &server->arena, &server->setup))
        return pk_say_failure("the first start failed", pk_store_reason(server->cloud.store), NULL);
    server->signer = pk_signer_open(server->setup.signing_key);
    server->cloud.signer = server->signer;
    if (!server->signer)
        return pk_say_failure("the key that signs access tokens cannot be read", NULL, NULL);
    if (!server->listener.loopback && !server->certificate.chain)
        pk_log_event("links and tokens go in clear: no TLS, and not on loopback");
    return run(server);
}

int pk_serve(const pk_options *options)
{
    pk_server server = {.options = options};
    int code = read_numbers(&server);

    if (code == 0)
        code = read_faults(&server);
    if (code == 0)
        code = read_certificate(&server);
    if (code == 0)
        code = serve(&server);
    pk_store_close(server.mail_store);
    pk_mail_close(server.mail);
    pk_signer_close(server.signer);
    pk_store_close(server.cloud.store);
    pk_faults_free(server.cloud.faults);
    pk_rates_free(server.rates);
    pk_arena_free(&server.arena);
    return code;
}
