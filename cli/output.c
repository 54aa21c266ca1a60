/* SPDX-License-Identifier: Apache-2.0
 * What the command says, and where: data on stdout, all else on stderr. */
#include "base/json.h"
#include "base/memory.h"
#include "cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Ours, so that it can be overwritten: job create prints a link. */
static char stdout_buffer[8192];

void cli_output_begin(void)
{
    setvbuf(stdout, stdout_buffer, _IOFBF, sizeof(stdout_buffer));
}

int cli_output_end(const cli_call *call, int exit_code)
{
    bool failed = ferror(stdout);

    errno = 0;
    if (fclose(stdout) != 0)
        failed = true;
    pk_wipe(stdout_buffer, sizeof(stdout_buffer));
    if (!failed || exit_code != CLI_EXIT_OK)
        return exit_code;
    return cli_fail(call, PASSKEY_INTERNAL, "The command did its work; only its output is lost.",
                    "cannot write the output: %s", strerror(errno ? errno : EIO));
}

int cli_exit_code(passkey_status status)
{
    static const int of_hundred[] = {CLI_EXIT_OTHER, CLI_EXIT_LINK, CLI_EXIT_CLOUD,
                                     CLI_EXIT_CLOUD, CLI_EXIT_TPM,  CLI_EXIT_STORE};
    unsigned hundred = (unsigned)status / 100;

    if (status == PASSKEY_OK)
        return CLI_EXIT_OK;
    if (status == PASSKEY_CANCELED)
        return CLI_EXIT_CANCELED;
    if (status == PASSKEY_INVALID_ARGUMENT || status == PASSKEY_INVALID_OPTION)
        return CLI_EXIT_USAGE;
    return hundred < sizeof(of_hundred) / sizeof(of_hundred[0]) ? of_hundred[hundred]
                                                                : CLI_EXIT_OTHER;
}

/* -------------------------------------------------------------------- text */

/* How many bytes at text are one character that would steer a terminal (C0,
 * DEL, C1) or reorder what stands around it (the bidirectional controls). */
static size_t steering_len(const unsigned char *text)
{
    if (text[0] < 0x20 || text[0] == 0x7f)
        return 1;
    if (text[0] == 0xc2 && text[1] >= 0x80 && text[1] <= 0x9f)
        return 2;
    if (text[0] == 0xe2 && text[1] == 0x80 && text[2] >= 0xa8 && text[2] <= 0xae)
        return 3; /* U+2028 to U+202E */
    if (text[0] == 0xe2 && text[1] == 0x81 && text[2] >= 0xa6 && text[2] <= 0xa9)
        return 3; /* U+2066 to U+2069 */
    return 0;
}

static size_t put_text(FILE *out, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t num = 0;

    while (*at) {
        size_t skip = steering_len(at);

        if (skip || (*at & 0xc0) != 0x80)
            num++;
        fputc(skip ? '?' : *at, out);
        at += skip ? skip : 1;
    }
    return num;
}

size_t cli_put_text(const char *text)
{
    return put_text(stdout, text);
}

void cli_put_row(const char *name, const char *text)
{
    if (!text || !*text)
        return;
    printf("  %-11s ", name);
    cli_put_text(text);
    putchar('\n');
}

void cli_note(const cli_call *call, const char *format, ...)
{
    char text[1024] = {0};
    va_list arguments;

    if (call->quiet)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    fputs("passkey: ", stderr);
    put_text(stderr, text);
    fputc('\n', stderr);
}

/* ------------------------------------------------------------------ errors */

static void report_text(const cli_call *call, const char *message, const char *cause,
                        const char *hint)
{
    fputs("passkey: ", stderr);
    put_text(stderr, message);
    if (cause) {
        fputs(" [", stderr);
        put_text(stderr, cause);
        fputc(']', stderr);
    }
    fputc('\n', stderr);
    if (call->quiet || !*hint)
        return;
    fputs("passkey: hint: ", stderr);
    put_text(stderr, hint);
    fputc('\n', stderr);
}

/* As passkey_error_json, for errors that are the command's own. */
static void report_json(passkey_status status, const char *message, const char *hint)
{
    pk_json *json = pk_json_new_object();
    char *text = NULL;

    if (json && pk_json_add_text(json, "code", passkey_status_name(status)) &&
        pk_json_add_text(json, "message", message) && pk_json_add_text(json, "hint", hint) &&
        pk_json_add_bool(json, "retryable", false))
        text = pk_json_print(json);
    fprintf(stderr, "%s\n", text ? text : "{\"code\":\"out_of_memory\"}");
    pk_text_free(text);
    pk_json_free(json);
}

int cli_fail(const cli_call *call, passkey_status status, const char *hint, const char *format, ...)
{
    char message[1024] = {0};
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    if (call->json)
        report_json(status, message, hint);
    else
        report_text(call, message, NULL, hint);
    return cli_exit_code(status);
}

int cli_report_error(const cli_call *call, const passkey_error *error)
{
    if (call->json)
        fprintf(stderr, "%s\n", passkey_error_json(error));
    else
        report_text(call, passkey_error_message(error), passkey_error_cause(error),
                    passkey_error_hint(error));
    return cli_exit_code(passkey_error_status(error));
}

int cli_fail_error(const cli_call *call, passkey_error *error)
{
    int exit_code = cli_report_error(call, error);

    passkey_error_free(error);
    return exit_code;
}
