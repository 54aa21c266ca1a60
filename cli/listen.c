/* SPDX-License-Identifier: Apache-2.0
 * passkey listen [--port N] [--once] [--expect-identity ID] [--open LINK|-] */
#include "base/memory.h"
#include "listen/serve.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_PORT 8092

enum { PORT, ONCE, EXPECT_IDENTITY, OPEN };

/* 0 to 65535 in decimal; -1 for anything else. */
static int parse_port(const char *text)
{
    size_t len = strlen(text);
    long port = strtol(text, NULL, 10);

    return len > 0 && len <= 5 && strspn(text, "0123456789") == len && port <= 65535 ? (int)port
                                                                                     : -1;
}

static int run(cli_call *call)
{
    handler_setup setup = {
        .call = call,
        .port = call->own[PORT] ? parse_port(call->own[PORT]) : DEFAULT_PORT,
        .once = call->own[ONCE] != NULL,
        .expected_identity = call->own[EXPECT_IDENTITY],
    };
    char *link = NULL;
    int exit_code = CLI_EXIT_OK;

    if (setup.port < 0)
        return cli_fail(call, PASSKEY_INVALID_ARGUMENT, "0 takes any port that is free.",
                        "--port must be a number from 0 to 65535");
    if (setup.expected_identity && !*setup.expected_identity)
        return cli_fail(call, PASSKEY_INVALID_ARGUMENT, "Leave the flag out to expect anyone.",
                        "--expect-identity names no identity");
    if (call->own[OPEN]) {
        link = cli_link_read(call, (char *)(uintptr_t)call->own[OPEN], &exit_code);
        if (!link)
            return exit_code;
        setup.port = call->own[PORT] ? setup.port : 0;
        setup.link = link;
    }
    exit_code = handler_serve(&setup);
    pk_text_free(link);
    return exit_code;
}

const cli_verb cli_listen = {
    .name = "listen",
    .usage = "[--port N] [--once] [--expect-identity ID] [--open LINK|-] ",
    .summary = "wait for links that are clicked in a browser, and bind them",
    .description =
        "Is the application that a link in an e-mail leads to: set the invoke URL of\n"
        "the authenticator config to http://127.0.0.1:8092 (or http://localhost:8092),\n"
        "start this, click the link. The browser then shows what was created, or what\n"
        "went wrong. Takes connections from this machine only.\n\n"
        "  --port N                the port; default 8092, 0 for any that is free\n"
        "  --once                  end after the first passkey\n"
        "  --expect-identity ID    refuse links that are for any other identity\n"
        "  --open LINK|-           bind this link now, show the outcome in the browser\n"
        "                          (xdg-open) and end: for passkey://bind?… links\n\n"
        "Each passkey is printed as bind prints it; --json: one line each, errors as\n"
        "JSON on stderr, and there first {\"event\":\"listening\",\"url\",\"port\"}.",
    .own_flags = {"port", "once", "expect-identity", "open"},
    .is_switch = {[ONCE] = true},
    .run = run,
};
