/* SPDX-License-Identifier: Apache-2.0
 * Waiting for an operation and for signals at the same time. */
#include "cli.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

typedef struct waiter {
    sigset_t before; /* the signal mask to go back to */
    int signals;     /* readable when a signal came */
    int done;        /* readable when the operation ended */
} waiter;

/* The library's threads have all signals blocked: they come to us alone. */
static bool waiter_begin(waiter *wait)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, &wait->before);
    wait->signals = signalfd(-1, &set, SFD_CLOEXEC);
    wait->done = eventfd(0, EFD_CLOEXEC);
    return wait->signals >= 0 && wait->done >= 0;
}

static void waiter_end(waiter *wait)
{
    if (wait->signals >= 0)
        close(wait->signals);
    if (wait->done >= 0)
        close(wait->done);
    wait->signals = wait->done = -1;
    pthread_sigmask(SIG_SETMASK, &wait->before, NULL);
}

static void on_done(void *user)
{
    uint64_t one = 1;
    const waiter *wait = user;

    while (write(wait->done, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
}

/* From now on a second signal has its usual effect: it ends the process. The
 * store is made for that. */
static void cancel(const waiter *wait, passkey_operation *operation)
{
    struct signalfd_siginfo info;

    if (read(wait->signals, &info, sizeof(info)) < 0)
        return;
    passkey_operation_cancel(operation);
    pthread_sigmask(SIG_SETMASK, &wait->before, NULL);
}

static void wait_until_done(const waiter *wait, passkey_operation *operation)
{
    struct pollfd fds[] = {{wait->done, POLLIN, 0}, {wait->signals, POLLIN, 0}};

    while (!(fds[0].revents & POLLIN)) {
        if (poll(fds, 2, -1) < 0)
            continue;
        if (fds[1].revents & POLLIN)
            cancel(wait, operation);
    }
}

/* Without descriptors for it there is no waiting for both: then a signal has
 * its usual effect. */
void cli_wait(passkey_operation *operation)
{
    waiter wait = {.signals = -1, .done = -1};

    if (waiter_begin(&wait) &&
        passkey_operation_on_done(operation, on_done, &wait, NULL, NULL) == PASSKEY_OK)
        wait_until_done(&wait, operation);
    else
        waiter_end(&wait);
    passkey_operation_wait(operation, -1);
    passkey_drain(-1); /* on_done may still be on its last line */
    waiter_end(&wait);
}
