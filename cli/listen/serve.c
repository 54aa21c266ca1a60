/* SPDX-License-Identifier: Apache-2.0
 * The handler's one thread: requests, signals, and operations that have ended. */
#include "listen/serve.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "listen/browser.h"
#include "listen/server.h"
#include "listen/sockets.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* How long an end waits for browsers to fetch what was made for them. */
#define DELIVERY_MS 5000

typedef struct serving {
    const handler_setup *setup;
    handler_site site;
    int sockets[HANDLER_NUM_SOCKETS];
    handler_server *servers[HANDLER_NUM_SOCKETS];
    sigset_t before; /* the signal mask to go back to */
    int signals;     /* readable when a signal came */
    bool has_passkey;
    const handler_attempt *opened; /* that of setup->link */
    bool has_no_browser;           /* to show its outcome in */
    int exit_code;                 /* and how it failed */
    bool is_ending;
    bool owes_a_page; /* an outcome that somebody is about to fetch, when it is ending */
    int64_t leave_ms; /* then, at the latest, when it is ending */
} serving;

/* -------------------------------------------------------------------------- ending */

static void begin_end(serving *this, int within_ms)
{
    this->owes_a_page = within_ms > 0;
    if (!this->is_ending)
        this->leave_ms = pk_clock_monotonic_ms() + within_ms;
    for (int i = 0; !this->is_ending && i < HANDLER_NUM_SOCKETS; i++)
        if (this->servers[i])
            handler_server_expect(this->servers[i]);
    this->is_ending = true;
    this->site.full = true;
    handler_attempts_cancel(&this->site.attempts);
}

/* From now on a second signal has its usual effect: it ends the process. The
 * store is made for that. */
static void take_signal(serving *this)
{
    struct signalfd_siginfo info;
    bool has_work;

    if (read(this->signals, &info, sizeof info) < 0)
        return;
    this->is_ending = false;
    has_work = handler_attempts_under_way(&this->site.attempts);
    begin_end(this, DELIVERY_MS);
    this->owes_a_page = has_work && !this->has_no_browser;
    pthread_sigmask(SIG_SETMASK, &this->before, NULL);
}

static bool any(const serving *this, bool (*is)(const handler_server *server))
{
    for (int i = 0; i < HANDLER_NUM_SOCKETS; i++)
        if (this->servers[i] && is(this->servers[i]))
            return true;
    return false;
}

/* Browsers that were sent on to a page are still to fetch it; not for ever. */
static bool is_over(const serving *this)
{
    if (!this->is_ending || handler_attempts_under_way(&this->site.attempts))
        return false;
    if (pk_clock_monotonic_ms() >= this->leave_ms)
        return true;
    return (!this->owes_a_page || any(this, handler_server_delivered)) &&
           !any(this, handler_server_is_busy);
}

/* ------------------------------------------------------------------------ outcomes */

static void tell(void *user, const handler_attempt *attempt)
{
    serving *this = user;

    if (!attempt->result) {
        int exit_code = cli_report_error(this->setup->call, attempt->error);

        if (attempt == this->opened) {
            this->exit_code = exit_code;
            begin_end(this, this->has_no_browser ? 0 : DELIVERY_MS);
        }
        return;
    }
    cli_put_bind_result(this->setup->call, attempt->result);
    this->has_passkey = true;
    if (fflush(stdout) != 0)
        begin_end(this, DELIVERY_MS); /* whoever reads us is gone */
    else if (this->setup->once || attempt == this->opened)
        begin_end(this, this->has_no_browser ? 0 : DELIVERY_MS);
}

static void take_outcomes(serving *this)
{
    uint64_t num;

    if (read(this->site.attempts.wake_fd, &num, sizeof num) < 0)
        return;
    handler_attempts_advance(&this->site.attempts, tell, this);
    for (int i = 0; i < HANDLER_NUM_SOCKETS; i++)
        if (this->servers[i])
            handler_server_wake(this->servers[i]);
}

/* --------------------------------------------------------------------------- waiting */

static int smaller(int a, int b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

static int timeout_ms(const serving *this)
{
    int timeout = -1;

    for (int i = 0; i < HANDLER_NUM_SOCKETS; i++)
        if (this->servers[i])
            timeout = smaller(timeout, handler_server_timeout_ms(this->servers[i]));
    if (this->is_ending) {
        int64_t left_ms = this->leave_ms - pk_clock_monotonic_ms();

        timeout = smaller(timeout, left_ms > 0 ? (int)left_ms : 0);
        timeout = timeout == 0 && left_ms <= 0 ? 100 : timeout; /* only operations are left */
    }
    return timeout;
}

static void serve(serving *this)
{
    struct pollfd fds[2 + HANDLER_NUM_SOCKETS] = {{this->signals, POLLIN, 0},
                                                  {this->site.attempts.wake_fd, POLLIN, 0}};
    bool signaled = false;

    for (int i = 0; i < HANDLER_NUM_SOCKETS; i++)
        fds[2 + i] = (struct pollfd){
            this->servers[i] ? handler_server_fd(this->servers[i]) : -1, POLLIN, 0};
    while (!is_over(this)) {
        if (poll(fds, 2 + HANDLER_NUM_SOCKETS, timeout_ms(this)) < 0)
            continue;
        if (fds[0].revents & POLLIN && !signaled) {
            take_signal(this);
            signaled = true;
        }
        if (fds[1].revents & POLLIN)
            take_outcomes(this);
        for (int i = 0; i < HANDLER_NUM_SOCKETS; i++)
            if (this->servers[i])
                handler_server_run(this->servers[i]);
    }
}

/* ------------------------------------------------------------------ beginning, end */

/* Blocked before the library starts a thread, so that every thread inherits it
 * and the signals come to us alone. */
static bool begin(serving *this)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, &this->before);
    this->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    this->site.attempts.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return this->signals >= 0 && this->site.attempts.wake_fd >= 0;
}

static int open_port(serving *this)
{
    const cli_call *call = this->setup->call;
    int failure = handler_listen(&this->site.port, this->sockets);

    if (failure == EADDRINUSE)
        return cli_fail(call, PASSKEY_INVALID_ARGUMENT,
                        "Perhaps another passkey listen runs already. Else choose another port "
                        "with --port, and the same one in the invoke URL.",
                        "port %d of this machine is in use", this->site.port);
    if (failure == EACCES)
        return cli_fail(call, PASSKEY_INVALID_ARGUMENT, "Choose one above 1023 with --port.",
                        "port %d may not be used by this user", this->site.port);
    if (failure)
        return cli_fail(call, PASSKEY_INTERNAL, "", "cannot listen on port %d: %s",
                        this->site.port, strerror(failure));
    for (int i = 0; i < HANDLER_NUM_SOCKETS; i++) {
        if (this->sockets[i] < 0)
            continue;
        this->servers[i] = handler_server_start(this->sockets[i], &this->site);
        if (!this->servers[i])
            return cli_fail(call, PASSKEY_OUT_OF_MEMORY, "", "the server cannot be started");
        this->sockets[i] = -1;
    }
    return CLI_EXIT_OK;
}

/* Where links are waited for; on stderr, since stdout is for passkeys. */
static void say_ready(const serving *this)
{
    char url[64];
    pk_json *ready;
    char *text = NULL;

    snprintf(url, sizeof url, "http://127.0.0.1:%d", this->site.port);
    if (!this->setup->call->json) {
        cli_note(this->setup->call, "waiting for a link at %s/bind (Ctrl-C ends)", url);
        return;
    }
    ready = pk_json_new_object();
    if (ready && pk_json_add_text(ready, "event", "listening") &&
        pk_json_add_text(ready, "url", url) &&
        pk_json_add_number(ready, "port", this->site.port))
        text = pk_json_print(ready);
    fprintf(stderr, "%s\n", text ? text : "{\"event\":\"listening\"}");
    pk_text_free(text);
    pk_json_free(ready);
}

static int open_link(serving *this)
{
    const cli_call *call = this->setup->call;
    char url[64 + HANDLER_ID_SIZE];

    this->opened = handler_attempts_take(&this->site.attempts, this->setup->link, false);
    if (!this->opened)
        return cli_fail(call, PASSKEY_OUT_OF_MEMORY, "", "memory ran out");
    snprintf(url, sizeof url, "http://127.0.0.1:%d/result/%s", this->site.port, this->opened->id);
    this->has_no_browser = !handler_show(url);
    if (this->has_no_browser)
        cli_note(call, "no browser can be opened (xdg-open), so there is no page");
    return CLI_EXIT_OK;
}

static void end(serving *this)
{
    for (int i = 0; i < HANDLER_NUM_SOCKETS; i++)
        handler_server_stop(this->servers[i]);
    handler_unlisten(this->sockets);
    passkey_drain(-1); /* the last one may still be writing to wake_fd */
    handler_attempts_free(&this->site.attempts);
    if (this->signals >= 0)
        close(this->signals);
    if (this->site.attempts.wake_fd >= 0)
        close(this->site.attempts.wake_fd);
    pthread_sigmask(SIG_SETMASK, &this->before, NULL);
}

int handler_serve(const handler_setup *setup)
{
    serving this = {
        .setup = setup,
        .site = {.attempts = {.client = setup->call->client,
                              .expected_identity = setup->expected_identity,
                              .wake_fd = -1},
                 .port = setup->port},
        .sockets = {-1, -1},
        .signals = -1,
    };
    int exit_code = CLI_EXIT_OK;

    if (!begin(&this))
        exit_code = cli_fail(setup->call, PASSKEY_INTERNAL, "", "cannot wait for signals: %s",
                             strerror(errno));
    else
        exit_code = open_port(&this);
    if (exit_code == CLI_EXIT_OK && setup->link)
        exit_code = open_link(&this);
    else if (exit_code == CLI_EXIT_OK)
        say_ready(&this);
    if (exit_code == CLI_EXIT_OK) {
        serve(&this);
        exit_code = this.exit_code;
        if (setup->once && exit_code == CLI_EXIT_OK && !this.has_passkey)
            exit_code = CLI_EXIT_CANCELED;
    }
    end(&this);
    return exit_code;
}
