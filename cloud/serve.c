/* SPDX-License-Identifier: Apache-2.0
 * passkey-cloud serve */
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "http/http.h"
#include "http/listen.h"
#include "log.h"
#include "options.h"
#include "setup.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define LINK_LIFETIME_MS (7LL * 24 * 60 * 60 * 1000)
#define MAX_PEM 1048576

typedef struct pk_server {
    const pk_options *options;
    pk_arena arena;
    pk_cloud cloud;
    pk_setup setup;
    pk_listener listener;
    const char *tls_cert;
    const char *tls_key;
} pk_server;

/* ------------------------------------------------------------------ options */

static int read_lifetime(pk_server *server)
{
    const char *text = server->options->link_lifetime;
    size_t len = text ? strlen(text) : 0;

    server->cloud.link_lifetime_ms = LINK_LIFETIME_MS;
    if (!text)
        return 0;
    if (len == 0 || len > 9 || strspn(text, "0123456789") != len)
        return pk_usage_error("--link-lifetime is not a number of seconds", NULL);
    server->cloud.link_lifetime_ms = atoll(text) * 1000;
    return 0;
}

static bool is_base_url(const char *url)
{
    size_t scheme_len = strncasecmp(url, "https://", 8) == 0  ? 8
                        : strncasecmp(url, "http://", 7) == 0 ? 7
                                                              : 0;

    return scheme_len && url[scheme_len] && url[scheme_len] != '/' &&
           !strpbrk(url, "?#@\\\"<> ") && !pk_has_control(url, strlen(url));
}

static const char *without_slash(pk_arena *arena, const char *url)
{
    size_t len = strlen(url);

    while (len && url[len - 1] == '/')
        len--;
    return pk_arena_text_n(arena, url, len);
}

static int choose_public_url(pk_server *server)
{
    const char *scheme = server->tls_cert ? "https" : "http";
    const char *given = server->options->public_url;

    if (given && !is_base_url(given))
        return pk_usage_error("--public-url is not an http or https URL without a query", NULL);
    if (!given && !server->listener.host)
        return pk_usage_error("--public-url is needed when listening on all addresses", NULL);
    server->cloud.public_url =
        given ? without_slash(&server->arena, given)
              : pk_arena_printf(&server->arena, "%s://%s:%d", scheme, server->listener.host,
                                server->listener.port);
    return 0;
}

/* A certificate is often a symbolic link, hence the real path first. */
static int read_pem(pk_arena *arena, const char *path, const char **out_pem)
{
    char *real = realpath(path, NULL);
    char *slash = real ? strrchr(real, '/') : NULL;
    pk_buffer pem = {0};
    int failure = real ? 0 : errno;
    int folder = -1;

    if (!failure) {
        *slash = '\0';
        failure = pk_folder_open(*real ? real : "/", false, &folder);
    }
    if (!failure)
        failure = pk_file_read_at(folder, slash + 1, MAX_PEM, &pem);
    pk_folder_close(folder);
    free(real);
    if (failure)
        return pk_say_failure(path, strerrordesc_np(failure), NULL);
    *out_pem = pk_arena_take(arena, pk_buffer_take(&pem));
    return *out_pem ? 0 : pk_say_failure(path, "out of memory", NULL);
}

static int read_tls(pk_server *server)
{
    int failure = 0;

    if (!server->options->tls_cert)
        return 0;
    failure = read_pem(&server->arena, server->options->tls_cert, &server->tls_cert);
    return failure ? failure
                   : read_pem(&server->arena, server->options->tls_key, &server->tls_key);
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

static int print_ready(const pk_server *server)
{
    const pk_setup *setup = &server->setup;
    pk_json *ready = pk_json_new_object();
    bool done = pk_json_add_text(ready, "api_base_url", server->cloud.public_url) &&
                pk_json_add_text(ready, "auth_base_url", server->cloud.public_url) &&
                pk_json_add_text(ready, "tenant_id", setup->tenant_id) &&
                pk_json_add_text(ready, "realm_id", setup->realm_id) &&
                pk_json_add_text(ready, "application_id", setup->application_id) &&
                pk_json_add_text(ready, "authenticator_config_id", setup->config_id) &&
                pk_json_add_text(ready, "identity_id", setup->identity_id) &&
                pk_json_add_text_or_null(ready, "api_token", setup->api_token);
    char *text = done ? pk_json_print(ready) : NULL;

    done = text && puts(text) != EOF && fflush(stdout) != EOF;
    pk_text_free(text);
    pk_json_free(ready);
    return done ? 0 : pk_say_failure("the ready line cannot be printed", NULL, NULL);
}

/* Signals are waited for, not handled, so nothing runs in a signal handler.
 * Every thread that is started later inherits the mask. */
static sigset_t block_signals(void)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signals;
}

static int run(pk_server *server)
{
    const struct timespec second = {1, 0};
    sigset_t signals = block_signals();
    pk_http *http = pk_http_start(&server->cloud, server->listener.fd, server->tls_cert,
                                  server->tls_key);
    int code;

    if (!http) {
        close(server->listener.fd);
        return pk_say_failure("the HTTP server cannot be started", NULL,
                              "Check the certificate and the key, if there are any; then make an "
                              "API token with passkey-cloud token create.");
    }
    code = print_ready(server);
    pk_log_event("ready");
    while (code == 0 && sigtimedwait(&signals, NULL, &second) < 0)
        pk_http_tick(http);
    pk_log_event("stopping");
    pk_http_stop(http);
    return code;
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
    server->cloud.store = pk_setup_open(&server->arena, server->options->data, true);
    if (!server->cloud.store)
        return 1;
    if (!pk_setup_ensure(server->cloud.store, &server->arena, &server->setup))
        return pk_say_failure("the first start failed", pk_store_reason(server->cloud.store), NULL);
    if (!server->listener.loopback && !server->tls_cert)
        pk_log_event("links and tokens go in clear: no TLS, and not on loopback");
    return run(server);
}

int pk_serve(const pk_options *options)
{
    pk_server server = {.options = options};
    int code = read_lifetime(&server);

    if (code == 0)
        code = read_tls(&server);
    if (code == 0)
        code = serve(&server);
    pk_store_close(server.cloud.store);
    pk_arena_free(&server.arena);
    return code;
}
