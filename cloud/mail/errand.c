/* SPDX-License-Identifier: Apache-2.0
 * One message on its way: claimed, made, sent, and then forgotten. A server that
 * is killed between the last two leaves it to be sent again. */
#include "mail/internal.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "log.h"
#include "mail/letter.h"

#include <string.h>

#define MAX_TRIES 16 /* with these pauses: for about six hours */
#define FIRST_PAUSE_MS 10000
#define LONGEST_PAUSE_MS 3600000
#define LEASE_MARGIN_MS 5000
#define MAX_TROUBLES 5

typedef struct errand {
    pk_mail_worker *worker;
    pk_arena arena;
    pk_outgoing outgoing;
    pk_job job;
    pk_identity identity;
    pk_realm realm;
    int64_t now_ms;
} errand;

/* Doubling, up to an hour; the last half by chance, so that messages that
 * failed together do not come back together. */
static int64_t pause_after(int64_t pace_ms, long long num_tries, uint32_t random)
{
    int64_t pause_ms = pace_ms ? pace_ms : FIRST_PAUSE_MS;

    for (; !pace_ms && num_tries > 1 && pause_ms < LONGEST_PAUSE_MS; num_tries--)
        pause_ms *= 2;
    if (!pace_ms && pause_ms > LONGEST_PAUSE_MS)
        pause_ms = LONGEST_PAUSE_MS;
    return pause_ms - (int64_t)(random % (uint32_t)(pause_ms / 2 + 1));
}

/* ------------------------------------------------------------------- outcomes */

/* Each answers false when the store failed. */
static bool finish(errand *this, pk_stored outcome)
{
    const char *reason = pk_store_reason(this->worker->store);

    if (outcome != PK_STORED_FAILED)
        return true;
    pk_log_failure("mail", reason ? reason : "out of memory", "none");
    return false;
}

/* What was sent and cannot be forgotten would be sent again, so this is worth
 * more than one try. */
static bool done(errand *this)
{
    pk_store *store = this->worker->store;
    int num_troubles = 0;

    while (!finish(this, pk_store_outgoing_done(store, &this->outgoing))) {
        if (++num_troubles == MAX_TROUBLES || pk_mail_wait(this->worker, PK_MAIL_TROUBLE_MS))
            return false;
        pk_store_begin_work(store);
    }
    return true;
}

static void note(const errand *this, const char *event, const char *reason, const char *path)
{
    pk_log_mail(event, this->outgoing.job_id, this->outgoing.attempts, reason, path);
}

static bool sent(errand *this)
{
    note(this, "mail sent", NULL, NULL);
    return done(this);
}

static bool written(errand *this, const char *path)
{
    note(this, "mail written", NULL, path);
    return done(this);
}

static bool drop(errand *this, const char *reason)
{
    note(this, "mail dropped", reason, NULL);
    return done(this);
}

static bool give_up(errand *this, const char *reason)
{
    note(this, "mail failed", reason, NULL);
    return finish(this, pk_store_outgoing_failed(this->worker->store, &this->outgoing,
                                                 pk_clock_now_ms(), reason));
}

static bool try_later(errand *this, const char *reason)
{
    uint32_t random = 0;
    int64_t pause_ms;

    if (this->outgoing.attempts >= MAX_TRIES)
        return give_up(this, reason);
    pk_random(&random, sizeof random);
    pause_ms = pause_after(this->worker->mail->pace_ms, this->outgoing.attempts, random);
    note(this, "mail delayed", reason, NULL);
    return finish(this, pk_store_outgoing_later(this->worker->store, &this->outgoing,
                                                pk_clock_now_ms() + pause_ms, reason));
}

/* ----------------------------------------------------------------- the message */

/* Its job may have been used, revoked or deleted since; then there is nothing
 * to send. OK, ABSENT, FAILED. */
static pk_stored read_job(errand *this)
{
    pk_store *store = this->worker->store;
    const pk_outgoing *outgoing = &this->outgoing;
    pk_stored found = pk_store_job(store, &this->arena, outgoing->realm_id, outgoing->identity_id,
                                   outgoing->job_id, &this->job);

    if (found == PK_STORED_OK)
        found = pk_store_identity(store, &this->arena, outgoing->realm_id, outgoing->identity_id,
                                  this->now_ms, &this->identity);
    if (found == PK_STORED_OK)
        found = pk_store_realm(store, &this->arena, outgoing->tenant_id, outgoing->realm_id,
                               &this->realm);
    return found;
}

static bool is_needed(const errand *this)
{
    return strcmp(this->job.state, "LINK_SENT") == 0 && this->job.expire_ms > this->now_ms;
}

static bool write_letter(errand *this, const char *link, pk_buffer *out)
{
    pk_letter letter = {
        .id = this->job.id,
        .from = this->worker->mail->from,
        .to = this->outgoing.recipient,
        .person = this->identity.display_name,
        .link = link,
        .create_ms = this->outgoing.create_ms,
        .expire_ms = this->job.expire_ms,
    };

    return pk_look_read(&this->arena, &this->realm, &letter.look) &&
           pk_letter_write(&this->arena, &letter, out);
}

/* Without a mail server the message becomes DIR/outbox/JOB.eml. */
static bool write_file(errand *this, const pk_buffer *message)
{
    const char *name = pk_arena_printf(&this->arena, "%s.eml", this->outgoing.job_id);
    const char *folder = pk_arena_printf(&this->arena, "%s/outbox", this->worker->mail->data);
    const char *path = pk_arena_printf(&this->arena, "%s/%s", folder, name);
    int fd = -1;
    int failure;

    if (!name || !folder || !path)
        return try_later(this, "out of memory");
    failure = pk_folder_open(folder, true, &fd);
    if (!failure)
        failure = pk_file_write_at(fd, name, message->data, message->len);
    pk_folder_close(fd);
    return failure ? try_later(this, strerrordesc_np(failure)) : written(this, path);
}

static bool send_by_smtp(errand *this, const pk_buffer *message)
{
    char reason[160] = "";

    switch (pk_smtp_send(this->worker->smtp, this->worker->mail->from, this->outgoing.recipient,
                         message->data, message->len, reason, sizeof reason)) {
    case PK_SENDING_DONE: return sent(this);
    case PK_SENDING_NEVER: return give_up(this, reason);
    default: return try_later(this, reason);
    }
}

static bool deliver(errand *this)
{
    const pk_mail *mail = this->worker->mail;
    const char *link =
        pk_unseal(&this->arena, &mail->key, this->outgoing.job_id, this->outgoing.sealed_link);
    pk_buffer message = {0};
    bool outcome;

    if (!link)
        return give_up(this, "the link cannot be opened: it was sealed otherwise");
    if (!write_letter(this, link, &message))
        outcome = try_later(this, "out of memory");
    else
        outcome = mail->has_smtp ? send_by_smtp(this, &message) : write_file(this, &message);
    pk_buffer_free(&message);
    return outcome;
}

/* --------------------------------------------------------------------- working */

static bool attempt(errand *this)
{
    switch (read_job(this)) {
    case PK_STORED_OK:
        break;
    case PK_STORED_ABSENT:
        return drop(this, "the job was deleted");
    default:
        return finish(this, PK_STORED_FAILED);
    }
    if (!is_needed(this))
        return drop(this, "the link is used, revoked or expired");
    if (strcmp(this->identity.status, "active") != 0)
        return give_up(this, "the identity is suspended");
    if (this->outgoing.attempts > MAX_TRIES)
        return give_up(this, "too many tries were broken off");
    return deliver(this);
}

static int claim_and_attempt(errand *this)
{
    pk_mail_worker *worker = this->worker;
    int timeout_ms = worker->mail->smtp.timeout_ms;
    int64_t lease_ms = this->now_ms + timeout_ms +
                       (worker->mail->pace_ms ? timeout_ms : LEASE_MARGIN_MS);
    pk_stored outcome = pk_store_due_outgoing(worker->store, &this->arena, worker->mail->key.id,
                                              this->now_ms, &this->outgoing);

    if (outcome == PK_STORED_OK)
        outcome = pk_store_claim_outgoing(worker->store, &this->outgoing, lease_ms);
    else if (outcome == PK_STORED_ABSENT)
        return PK_MAIL_POLL_MS;
    if (outcome == PK_STORED_OK ? attempt(this) : finish(this, outcome))
        return 0;
    return PK_MAIL_TROUBLE_MS;
}

int pk_mail_work(pk_mail_worker *worker)
{
    errand this = {.worker = worker, .now_ms = pk_clock_now_ms()};
    int pause_ms;

    pk_store_begin_work(worker->store);
    pause_ms = claim_and_attempt(&this);
    pk_arena_free(&this.arena);
    return pause_ms;
}
