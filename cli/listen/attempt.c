/* SPDX-License-Identifier: Apache-2.0 */
#include "listen/attempt.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_ATTEMPTS 64
#define MAX_UNDER_WAY 8

/* -------------------------------------------------------------------- one of them */

static void attempt_free(handler_attempt *attempt)
{
    pk_text_free(attempt->link);
    passkey_operation_free(attempt->operation);
    passkey_bind_result_free(attempt->result);
    passkey_error_free(attempt->error);
    free(attempt);
}

static bool set_id(handler_attempt *attempt)
{
    uint8_t random[16];
    char *id = pk_random(random, sizeof random) ? pk_base64url_encode(random, sizeof random) : NULL;

    if (id)
        memcpy(attempt->id, id, sizeof attempt->id);
    pk_text_free(id);
    return id != NULL;
}

static handler_attempt *attempt_new(const char *link, const uint8_t hash[PK_SHA256_SIZE])
{
    handler_attempt *attempt = calloc(1, sizeof *attempt);

    if (!attempt)
        return NULL;
    memcpy(attempt->link_hash, hash, PK_SHA256_SIZE);
    attempt->link = pk_text_copy(link);
    if (attempt->link && set_id(attempt))
        return attempt;
    attempt_free(attempt);
    return NULL;
}

static bool is_under_way(const handler_attempt *attempt)
{
    return attempt->stage == HANDLER_CHECKING || attempt->stage == HANDLER_BINDING;
}

static void end(handler_attempt *attempt)
{
    pk_text_free(attempt->link);
    attempt->link = NULL;
    attempt->stage = HANDLER_DONE;
}

/* ----------------------------------------------------------------------- its way */

static void wake(void *user)
{
    uint64_t one = 1;
    const handler_attempts *all = user;

    while (write(all->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

/* What cannot begin is at its end; wake sees to it that this is noticed. */
static void watch(handler_attempts *all, handler_attempt *attempt, passkey_status started)
{
    if (started == PASSKEY_OK && passkey_operation_on_done(attempt->operation, wake, all, NULL,
                                                           &attempt->error) != PASSKEY_OK)
        passkey_operation_cancel(attempt->operation);
    if (attempt->error)
        wake(all);
}

static void begin_bind(handler_attempts *all, handler_attempt *attempt)
{
    attempt->stage = HANDLER_BINDING;
    watch(all, attempt,
          passkey_client_bind_start(all->client, attempt->link, &attempt->operation,
                                    &attempt->error));
    pk_text_free(attempt->link);
    attempt->link = NULL;
}

static bool is_expected(const handler_attempts *all, handler_attempt *attempt, const char *identity)
{
    if (identity && strcmp(identity, all->expected_identity) == 0)
        return true;
    attempt->is_foreign = true;
    pk_fail(&attempt->error, PASSKEY_UNSUPPORTED_LINK,
            "The link is for another identity than the one that is expected here.");
    pk_error_set_hint(attempt->error ? &attempt->error : NULL,
                      "If it came unasked, tell the people who manage your account. Else start "
                      "passkey listen with the identity that --expect-identity should name.");
    return false;
}

/* First what the link says of itself, then what the cloud says: a link that is
 * somebody else's is not even shown to its cloud. */
static void begin_check(handler_attempts *all, handler_attempt *attempt)
{
    passkey_link *link = NULL;

    attempt->stage = HANDLER_CHECKING;
    if (passkey_client_check(all->client, attempt->link, &link, &attempt->error) != PASSKEY_OK ||
        !is_expected(all, attempt, passkey_link_identity_id(link)))
        wake(all);
    else
        watch(all, attempt,
              passkey_client_info_start(all->client, attempt->link, &attempt->operation,
                                        &attempt->error));
    passkey_link_free(link);
}

void handler_attempt_begin(handler_attempts *all, handler_attempt *attempt)
{
    if (attempt->stage != HANDLER_ASKED)
        return;
    if (all->expected_identity)
        begin_check(all, attempt);
    else
        begin_bind(all, attempt);
}

static void take_info(handler_attempts *all, handler_attempt *attempt)
{
    passkey_info *info = NULL;
    bool expected =
        passkey_operation_info_result(attempt->operation, &info, &attempt->error) == PASSKEY_OK &&
        is_expected(all, attempt, passkey_info_identity_id(info));

    passkey_info_free(info);
    passkey_operation_free(attempt->operation);
    attempt->operation = NULL;
    if (expected && all->is_canceled) /* the end came between question and key */
        pk_fail(&attempt->error, PASSKEY_CANCELED, "The operation was canceled.");
    else if (expected)
        begin_bind(all, attempt);
}

static void take_passkey(handler_attempt *attempt)
{
    passkey_operation_bind_result(attempt->operation, &attempt->result, &attempt->error);
    passkey_operation_free(attempt->operation);
    attempt->operation = NULL;
}

static void advance(handler_attempts *all, handler_attempt *attempt)
{
    if (attempt->operation && !attempt->error) {
        if (!passkey_operation_wait(attempt->operation, 0))
            return;
        if (attempt->stage == HANDLER_CHECKING)
            take_info(all, attempt);
        else
            take_passkey(attempt);
    }
    if (attempt->result || attempt->error)
        end(attempt);
}

void handler_attempts_advance(handler_attempts *all,
                              void (*done)(void *user, const handler_attempt *attempt), void *user)
{
    for (handler_attempt *each = all->first; each; each = each->next) {
        if (!is_under_way(each))
            continue;
        advance(all, each);
        if (each->stage == HANDLER_DONE)
            done(user, each);
    }
}

/* ------------------------------------------------------------------- all of them */

/* One that failed is not the link's last word: perhaps the network is back. */
static handler_attempt *find_link(const handler_attempts *all, const uint8_t hash[PK_SHA256_SIZE])
{
    for (handler_attempt *each = all->first; each; each = each->next)
        if (!each->error && memcmp(each->link_hash, hash, PK_SHA256_SIZE) == 0)
            return each;
    return NULL;
}

handler_attempt *handler_attempts_find(const handler_attempts *all, const char *id)
{
    for (handler_attempt *each = all->first; each; each = each->next)
        if (strlen(id) == HANDLER_ID_SIZE - 1 &&
            pk_equal_constant_time(each->id, id, HANDLER_ID_SIZE - 1))
            return each;
    return NULL;
}

static void drop(handler_attempt **place)
{
    handler_attempt *attempt = *place;

    *place = attempt->next;
    attempt_free(attempt);
}

/* The oldest that nothing works on makes room. */
static bool make_room(handler_attempts *all)
{
    handler_attempt **oldest = NULL;
    size_t num = 0, num_under_way = 0;

    for (handler_attempt **each = &all->first; *each; each = &(*each)->next, num++) {
        if (is_under_way(*each))
            num_under_way++;
        else
            oldest = each;
    }
    if (num >= MAX_ATTEMPTS && oldest)
        drop(oldest);
    return num_under_way < MAX_UNDER_WAY;
}

/* Host and path say nothing: the query is the link. */
static bool hash_link(const char *link, uint8_t out[PK_SHA256_SIZE])
{
    const char *query = strchr(link, '?');

    query = query ? query : "";
    return pk_sha256(query, strlen(query), out);
}

handler_attempt *handler_attempts_take(handler_attempts *all, const char *link, bool ask)
{
    uint8_t hash[PK_SHA256_SIZE];
    handler_attempt *attempt = hash_link(link, hash) ? find_link(all, hash) : NULL;

    if (!attempt && make_room(all) && (attempt = attempt_new(link, hash))) {
        attempt->next = all->first;
        all->first = attempt;
    }
    if (attempt && !ask)
        handler_attempt_begin(all, attempt);
    return attempt;
}

bool handler_attempts_under_way(const handler_attempts *all)
{
    for (const handler_attempt *each = all->first; each; each = each->next)
        if (is_under_way(each))
            return true;
    return false;
}

void handler_attempts_cancel(handler_attempts *all)
{
    all->is_canceled = true;
    for (const handler_attempt *each = all->first; each; each = each->next)
        if (each->operation)
            passkey_operation_cancel(each->operation);
}

void handler_attempts_free(handler_attempts *all)
{
    while (all->first)
        drop(&all->first);
}
