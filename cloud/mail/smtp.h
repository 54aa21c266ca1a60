/* SPDX-License-Identifier: Apache-2.0
 * Sending by SMTP. Only smtp.c calls curl_*. */
#ifndef PK_SMTP_H
#define PK_SMTP_H

#include "arena.h"

#include <stdatomic.h>
#include <stddef.h>

typedef struct pk_smtp_settings {
    const char *url; /* without user and password */
    const char *user;
    const char *password;
    const char *ca_file;
    bool require_tls;
    int timeout_ms; /* for one message */
} pk_smtp_settings;

/* smtp://HOST[:PORT][/EHLO-NAME] or smtps://…, with user and password in it or
 * not; fills in url, user, password and require_tls. NULL, or what is wrong
 * (static). */
const char *pk_smtp_read_url(pk_arena *arena, const char *url, pk_smtp_settings *out);

typedef struct pk_smtp pk_smtp;

/* Keeps the connection open from one message to the next. After *abort_at_ms
 * (monotonic; 0: never) a transfer is broken off. */
pk_smtp *pk_smtp_new(const pk_smtp_settings *settings, const atomic_llong *abort_at_ms);
void pk_smtp_free(pk_smtp *smtp);

typedef enum pk_sending {
    PK_SENDING_DONE,
    PK_SENDING_LATER, /* it may go better another time */
    PK_SENDING_NEVER  /* the server will not have this message */
} pk_sending;

/* reason is then what the server or the network said, by its number only: what
 * servers say in words may quote the message. */
pk_sending pk_smtp_send(pk_smtp *smtp, const char *from, const char *to, const char *message,
                        size_t message_len, char *out_reason, size_t reason_size);

#endif
