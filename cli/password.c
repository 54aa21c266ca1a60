/* SPDX-License-Identifier: Apache-2.0
 * A secret that is typed: the terminal does not show it, and is left as it was
 * found, also when a signal ends the process. */
#include "cli.h"

#include <signal.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
#define NUM_SIGNALS (sizeof(signals) / sizeof(signals[0]))

static struct termios shown; /* the terminal as it was */

static void show_again(void)
{
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
}

/* Both calls are among those that a handler may make. */
static void end_by(int signal_number)
{
    show_again();
    raise(signal_number); /* SA_RESETHAND: with its usual effect */
}

/* False when the terminal cannot be told. */
static bool hide(struct sigaction before[NUM_SIGNALS])
{
    struct sigaction action = {.sa_handler = end_by, .sa_flags = (int)SA_RESETHAND};
    struct termios hidden;

    if (tcgetattr(STDIN_FILENO, &shown) != 0)
        return false;
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK);
    hidden.c_lflag |= ECHONL;
    for (size_t i = 0; i < NUM_SIGNALS; i++)
        sigaction(signals[i], &action, &before[i]);
    return tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0;
}

char *cli_password_ask(const cli_call *call, const char *what, int *out_exit_code)
{
    struct sigaction before[NUM_SIGNALS];
    char *password = NULL;

    if (!hide(before)) {
        *out_exit_code = cli_fail(call, PASSKEY_INVALID_ARGUMENT, "Put it into a file.",
                                  "the terminal would show the %s", what);
        return NULL;
    }
    fprintf(stderr, "%s: ", what);
    password = cli_line_read(call, STDIN_FILENO, "the terminal", out_exit_code);
    show_again();
    for (size_t i = 0; i < NUM_SIGNALS; i++)
        sigaction(signals[i], &before[i], NULL);
    return password;
}
