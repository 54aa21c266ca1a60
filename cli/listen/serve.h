/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_LISTEN_SERVE_H
#define CLI_LISTEN_SERVE_H

#include "cli.h"

typedef struct handler_setup {
    const cli_call *call;
    int port; /* 0: any free one */
    bool once;
    const char *expected_identity; /* NULL: any */
    const char *link;              /* NULL: it comes from a browser */
} handler_setup;

/* Listens until a signal comes, with once until there is a passkey, with link
 * until its outcome was shown in the person's browser. The exit code. */
int handler_serve(const handler_setup *setup);

#endif
