/* SPDX-License-Identifier: Apache-2.0
 * Where links and tokens come from: secrets, so they are read without stdio
 * buffers and are overwritten where they stood. */
#include "base/memory.h"
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* One more than the library takes, so that it can say what is too long. */
#define MAX_LINE 65537

#define STDIN_NAME "standard input"

/* Reads up to the end of the line, byte by byte: what follows belongs to
 * whoever reads this descriptor next. 0 or an errno value. */
static int read_line(int fd, pk_buffer *out)
{
    char byte = 0;

    while (out->len < MAX_LINE) {
        ssize_t num = read(fd, &byte, 1);

        if (num < 0 && errno == EINTR)
            continue;
        if (num < 0)
            return errno;
        if (num == 0 || byte == '\n')
            return 0;
        if (!pk_buffer_append(out, &byte, 1))
            return ENOMEM;
    }
    return 0;
}

static void drop_carriage_return(pk_buffer *line)
{
    if (line->len && line->data[line->len - 1] == '\r')
        line->data[--line->len] = 0;
}

char *cli_line_read(const cli_call *call, int fd, const char *what, int *out_exit_code)
{
    pk_buffer line = {0};
    char *text = NULL;
    int failure = read_line(fd, &line);

    drop_carriage_return(&line);
    if (failure)
        *out_exit_code = cli_fail(call, PASSKEY_INVALID_ARGUMENT, "", "cannot read %s: %s", what,
                                  strerror(failure));
    else if (line.len == 0)
        *out_exit_code = cli_fail(call, PASSKEY_INVALID_ARGUMENT, "", "%s is empty", what);
    else if (memchr(line.data, 0, line.len))
        *out_exit_code =
            cli_fail(call, PASSKEY_INVALID_ARGUMENT, "", "%s holds a NUL character", what);
    else if (!(text = pk_buffer_take(&line)))
        *out_exit_code = cli_fail(call, PASSKEY_OUT_OF_MEMORY, "", "memory ran out");
    pk_buffer_free(&line);
    return text;
}

static char *read_stdin(const cli_call *call, const char *prompt, int *out_exit_code)
{
    if (isatty(STDIN_FILENO))
        fputs(prompt, stderr);
    return cli_line_read(call, STDIN_FILENO, STDIN_NAME, out_exit_code);
}

char *cli_link_read(const cli_call *call, char *operand, int *out_exit_code)
{
    char *link;

    if (strcmp(operand, "-") == 0)
        return read_stdin(call, "Passkey creation link: ", out_exit_code);
    link = pk_text_copy(operand);
    pk_wipe(operand, strlen(operand)); /* ps and /proc/PID/cmdline show it no more */
    if (!link)
        *out_exit_code = cli_fail(call, PASSKEY_OUT_OF_MEMORY, "", "memory ran out");
    return link;
}

static char *read_file(const cli_call *call, const char *path, const char *what,
                       int *out_exit_code)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    char name[64], *secret;

    snprintf(name, sizeof name, "the %s file", what);
    if (fd < 0) {
        *out_exit_code = cli_fail(call, PASSKEY_INVALID_OPTION, "Check the name and permissions.",
                                  "cannot open %s: %s", name, strerror(errno));
        return NULL;
    }
    secret = cli_line_read(call, fd, name, out_exit_code);
    close(fd);
    return secret;
}

char *cli_secret_read(const cli_call *call, const char *path, const char *what,
                      int *out_exit_code)
{
    if (strcmp(path, "-") != 0)
        return read_file(call, path, what, out_exit_code);
    return isatty(STDIN_FILENO)
               ? cli_password_ask(call, what, out_exit_code)
               : cli_line_read(call, STDIN_FILENO, STDIN_NAME, out_exit_code);
}
