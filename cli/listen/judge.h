/* SPDX-License-Identifier: Apache-2.0
 * Which requests the handler listens to. The only one that may make it bind is
 * what a browser sends when a person is taken to a page: a top-level navigation
 * by GET, to this very host. docs/handler.md explains each rule. */
#ifndef CLI_LISTEN_JUDGE_H
#define CLI_LISTEN_JUDGE_H

#include <stdbool.h>

#define HANDLER_MAX_TARGET 16384

/* A header, and how many of its name came. */
typedef struct handler_header {
    const char *value; /* of the first; NULL when there is none */
    int count;
} handler_header;

/* What the rules look at. */
typedef struct handler_request {
    const char *method;
    const char *target; /* as it came: path and query, nothing decoded */
    handler_header host;
    handler_header origin;
    handler_header fetch_mode;
    handler_header fetch_dest;
    handler_header fetch_site;
    handler_header agent;
    handler_header ahead; /* any that announces a fetch ahead of the person's wish */
    handler_header body;  /* any that announces a body */
} handler_request;

/* TAKE: a person or a program of theirs wants it. ASK: it may also be a page in
 * an old browser that does not say who asks; the person is to confirm. All others
 * are the HTTP status to refuse with. */
typedef enum handler_verdict {
    HANDLER_TAKE = 0,
    HANDLER_ASK = 1,
    HANDLER_BAD = 400,
    HANDLER_NOT_NAVIGATION = 403,
    HANDLER_NOT_GET = 405,
    HANDLER_TOO_LONG = 414,
    HANDLER_FOREIGN_HOST = 421
} handler_verdict;

handler_verdict handler_judge(const handler_request *request, int port);

#endif
