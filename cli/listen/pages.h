/* SPDX-License-Identifier: Apache-2.0
 * The handler's pages. Each sets the status and the page; without memory the
 * status alone. */
#ifndef CLI_LISTEN_PAGES_H
#define CLI_LISTEN_PAGES_H

#include "listen/site.h"

typedef enum handler_saying {
    HANDLER_SAYS_WAITING,
    HANDLER_SAYS_NOT_FOUND,
    HANDLER_SAYS_GONE,
    HANDLER_SAYS_BUSY
} handler_saying;

void handler_page_said(handler_saying saying, handler_answer *out);
void handler_page_refused(handler_verdict verdict, handler_answer *out);

/* Whether the person wants the passkey that this link is for. */
void handler_page_question(passkey_client *client, const handler_attempt *attempt,
                           handler_answer *out);

void handler_page_passkey(const passkey_bind_result *result, handler_answer *out);
void handler_page_failure(const handler_attempt *attempt, handler_answer *out);

/* Ends the page and puts it into out. */
struct pk_web_page;
void handler_page_finish(struct pk_web_page *page, unsigned status, handler_answer *out);

/* Small drawings, HTML. */
extern const char HANDLER_SIGN_GOOD[];
extern const char HANDLER_SIGN_BAD[];
extern const char HANDLER_SIGN_KEY[];

#endif
