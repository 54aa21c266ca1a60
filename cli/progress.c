/* SPDX-License-Identifier: Apache-2.0
 * The five steps of a bind, for people who wait: on a terminal each as it
 * happens, elsewhere one line at the end. All on stderr. */
#include "base/clock.h"
#include "cli.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define NUM_STEPS 5
#define WIDTH_OF_ALL 64
#define WIDTH_OF_NAMES 27

/* Of the library's steps, the cloud's two questions are one to a person. */
static const struct {
    const char *begins_with, *name, *what;
} steps[NUM_STEPS] = {
    {"link", "link", "the link is looked at"},
    {"instruction", "cloud", "the cloud is asked whom it is for"},
    {"key", "key", "the key is made in the TPM"},
    {"register", "register", "the cloud is told the public key"},
    {"store", "store", "the passkey is stored"},
};

typedef enum manner {
    SILENT,
    AT_THE_END,    /* one line, when all is well */
    LINE_BY_LINE,  /* a terminal that cannot rewrite a line */
    AS_IT_HAPPENS, /* the line of the step that is under way is rewritten */
} manner;

/* There is one operation in a run of the command. The library's threads tell of
 * its steps and write the log. */
static struct {
    pthread_mutex_t lock;
    manner manner;
    bool colors;
    int width;
    int current; /* -1 before the first */
    int64_t since_ms;
    int64_t took_ms[NUM_STEPS];
    bool was_taken[NUM_STEPS];
} shown = {.lock = PTHREAD_MUTEX_INITIALIZER, .current = -1};

/* ------------------------------------------------------------------------ terminal */

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);

    return value && *value;
}

static int terminal_width(void)
{
    struct winsize size = {0};

    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static manner choose_manner(const cli_call *call)
{
    const char *terminal = getenv("TERM");

    if (call->quiet || call->json)
        return SILENT;
    if (!isatty(STDERR_FILENO))
        return AT_THE_END;
    shown.width = terminal_width();
    if (!terminal || !*terminal || strcmp(terminal, "dumb") == 0 || shown.width < WIDTH_OF_NAMES)
        return LINE_BY_LINE;
    shown.colors = !is_set("NO_COLOR");
    return AS_IT_HAPPENS;
}

static const char *color(const char *code)
{
    return shown.colors ? code : "";
}

/* --------------------------------------------------------------------------- lines */

static void put_step(void)
{
    fprintf(stderr, "%d/%d %-9s", shown.current + 1, NUM_STEPS, steps[shown.current].name);
    if (shown.width >= WIDTH_OF_ALL)
        fprintf(stderr, " %-34s", steps[shown.current].what);
}

/* The line stays open: the time belongs behind it. */
static void put_begun(void)
{
    if (shown.manner != AS_IT_HAPPENS)
        return;
    put_step();
    fflush(stderr);
}

static void put_ended(bool well)
{
    long long ms = shown.took_ms[shown.current];

    if (shown.manner != AS_IT_HAPPENS && shown.manner != LINE_BY_LINE)
        return;
    if (shown.manner == AS_IT_HAPPENS)
        fputs("\r\033[K", stderr);
    put_step();
    if (well)
        fprintf(stderr, " %s%6lld ms%s\n", color("\033[2m"), ms, color("\033[0m"));
    else
        fprintf(stderr, " %s%9s%s\n", color("\033[31m"), "failed", color("\033[0m"));
}

/* A bind that is taken up again has left steps behind. */
static void put_summary(void)
{
    const char *before = "passkey: ";

    for (int i = 0; i < NUM_STEPS; i++) {
        if (!shown.was_taken[i])
            continue;
        fprintf(stderr, "%s%s %lld ms", before, steps[i].name, (long long)shown.took_ms[i]);
        before = ", ";
    }
    fputc('\n', stderr);
}

/* --------------------------------------------------------------------------- events */

static void end_current(bool well)
{
    if (shown.current < 0)
        return;
    shown.was_taken[shown.current] = true;
    shown.took_ms[shown.current] = pk_clock_monotonic_ms() - shown.since_ms;
    put_ended(well);
}

static void begin_step(int i)
{
    end_current(true);
    shown.current = i;
    shown.since_ms = pk_clock_monotonic_ms();
    put_begun();
}

static void on_progress(void *user, const char *step)
{
    (void)user;
    pthread_mutex_lock(&shown.lock);
    for (int i = 0; i < NUM_STEPS; i++)
        if (strcmp(step, steps[i].begins_with) == 0)
            begin_step(i);
    pthread_mutex_unlock(&shown.lock);
}

void cli_progress_begin(const cli_call *call, passkey_operation *operation)
{
    shown.manner = choose_manner(call);
    if (shown.manner != SILENT)
        passkey_operation_on_progress(operation, on_progress, NULL, NULL, NULL);
}

void cli_progress_end(bool well)
{
    pthread_mutex_lock(&shown.lock);
    if (shown.manner != SILENT)
        end_current(well);
    if (shown.manner == AT_THE_END && well)
        put_summary();
    shown.current = -1;
    shown.manner = SILENT;
    pthread_mutex_unlock(&shown.lock);
}

/* The open line makes room and comes again below. */
void cli_progress_log(const char *level, const char *message)
{
    pthread_mutex_lock(&shown.lock);
    if (shown.manner == AS_IT_HAPPENS && shown.current >= 0)
        fputs("\r\033[K", stderr);
    fprintf(stderr, "passkey: %s: %s\n", level, message);
    if (shown.current >= 0)
        put_begun();
    pthread_mutex_unlock(&shown.lock);
}
