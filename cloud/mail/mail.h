/* SPDX-License-Identifier: Apache-2.0
 * Creation links that go out by email: from the API through the outbox to a
 * mail server, or, where none is named, into files. */
#ifndef PK_MAIL_H
#define PK_MAIL_H

#include "call.h"
#include "options.h"

/* The outbox of this server, as its calls see it. */
typedef struct pk_mail pk_mail;

/* Puts the link of an EMAIL job into the outbox, addressed to the identity's
 * primary_email_address; to be called in the transaction that makes the job, so
 * that either both are there or neither is. After the commit a worker of some
 * server sends it. False when it cannot, which is then not answered. */
bool pk_mail_enqueue(pk_call *call, const pk_job *job, const pk_identity *identity,
                     const char *link);

/* Whether mail can be sent to this address at all: local@domain in ASCII, of
 * which no part could be read as anything else in a message or in SMTP. */
bool pk_mail_can_address(const char *address);

/* Reads the options about mail, and the key in DIR that seals links, which is
 * made if there is none. A password in the URL of --smtp is overwritten there.
 * 0, or an exit code after saying on stderr what is wrong. */
int pk_mail_open(pk_arena *arena, const pk_options *options, pk_mail **out_mail);
void pk_mail_close(pk_mail *mail);

/* The thread that sends what is due. The store is its own, which nobody else
 * uses until it has stopped. NULL when it cannot be started. */
typedef struct pk_mail_worker pk_mail_worker;
pk_mail_worker *pk_mail_start(const pk_mail *mail, pk_store *store);

/* Lets a message under way end, but not for long. */
void pk_mail_stop(pk_mail_worker *worker);

#endif
