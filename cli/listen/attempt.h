/* SPDX-License-Identifier: Apache-2.0
 * The links that came to the handler, and what has become of each. All on one
 * thread; the library's work goes on elsewhere and wakes it. */
#ifndef CLI_LISTEN_ATTEMPT_H
#define CLI_LISTEN_ATTEMPT_H

#include "base/crypto.h"

#include <passkey/passkey.h>

#define HANDLER_ID_SIZE 23 /* 16 random bytes in base64url, and NUL */

typedef enum handler_stage {
    HANDLER_ASKED,    /* the person has not said yes */
    HANDLER_CHECKING, /* the cloud is asked whom the link is for */
    HANDLER_BINDING,
    HANDLER_DONE
} handler_stage;

/* One link's way. Its page is at its id, which nobody can guess: the link itself
 * stays in no address bar. */
typedef struct handler_attempt {
    struct handler_attempt *next;
    char id[HANDLER_ID_SIZE];
    uint8_t link_hash[PK_SHA256_SIZE];
    char *link; /* as long as it is needed */
    handler_stage stage;
    bool is_foreign; /* it is for another identity than the one expected */
    passkey_operation *operation;
    passkey_bind_result *result; /* when it is done: this, */
    passkey_error *error;        /* or that */
} handler_attempt;

/* All of them, the newest first. */
typedef struct handler_attempts {
    passkey_client *client;
    const char *expected_identity; /* NULL: any */
    int wake_fd;                   /* an eventfd, written to when an operation has ended */
    bool is_canceled;              /* no bind is begun any more */
    handler_attempt *first;
} handler_attempts;

/* A link came. A second time it is the same attempt, unless that one has failed.
 * ask: it waits for handler_attempt_begin. NULL when too much is under way, or
 * without memory. */
handler_attempt *handler_attempts_take(handler_attempts *all, const char *link, bool ask);

/* NULL when there is none with this id. */
handler_attempt *handler_attempts_find(const handler_attempts *all, const char *id);

/* The person said yes. */
void handler_attempt_begin(handler_attempts *all, handler_attempt *attempt);

/* To be called after wake_fd was written to: takes the outcomes. Calls done(user,
 * attempt) for each that has come to its end. */
void handler_attempts_advance(handler_attempts *all,
                              void (*done)(void *user, const handler_attempt *attempt),
                              void *user);

bool handler_attempts_under_way(const handler_attempts *all);

/* Cancels what is under way, and what would come after it. */
void handler_attempts_cancel(handler_attempts *all);

/* Not while any is under way. */
void handler_attempts_free(handler_attempts *all);

#endif
