/* SPDX-License-Identifier: Apache-2.0
 * What the handler answers to whom. */
#ifndef CLI_LISTEN_SITE_H
#define CLI_LISTEN_SITE_H

#include "listen/attempt.h"
#include "listen/judge.h"

typedef struct handler_answer {
    unsigned status;
    char *html; /* and its policy; both NULL when there is no page; for pk_text_free */
    char *policy;
    char *location;     /* for pk_text_free */
    bool wait;          /* nothing yet: ask again when an attempt has ended */
    bool shows_outcome; /* the page is the one that a link's way ends with */
} handler_answer;

typedef struct handler_site {
    handler_attempts attempts;
    int port;
    bool full; /* no more links are taken: with --once there is a passkey already */
} handler_site;

void handler_site_answer(handler_site *site, const handler_request *request, handler_answer *out);

#endif
