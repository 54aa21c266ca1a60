/* SPDX-License-Identifier: Apache-2.0
 * Shared among the files of the mail only. */
#ifndef PK_MAIL_INTERNAL_H
#define PK_MAIL_INTERNAL_H

#include "mail/mail.h"
#include "mail/seal.h"
#include "mail/smtp.h"

#include <pthread.h>

struct pk_mail {
    pk_seal_key key;
    const char *data;
    const char *from;
    bool has_smtp;
    pk_smtp_settings smtp;
    int64_t pace_ms; /* 0: the real pauses */
};

#define PK_MAIL_POLL_MS 200
#define PK_MAIL_TROUBLE_MS 2000 /* the database is left alone for so long when it fails */

struct pk_mail_worker {
    const pk_mail *mail;
    pk_store *store;
    pk_smtp *smtp; /* NULL: into files */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    bool stopping;
    atomic_llong abort_at_ms;
};

/* Does what is due, if anything is, and answers how many milliseconds to wait
 * before there may be more. */
int pk_mail_work(pk_mail_worker *worker);

/* True when it is time to stop. */
bool pk_mail_wait(pk_mail_worker *worker, int ms);

#endif
