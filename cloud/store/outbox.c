/* SPDX-License-Identifier: Apache-2.0
 * Messages to be sent. Several servers look for work here: who claims a message
 * has it until the lease ends. The number of attempts tells one claim from the
 * next, so a server that was too slow changes nothing of its successor's. */
#include "store/internal.h"

pk_stored pk_store_add_outgoing(pk_store *store, const pk_outgoing *outgoing)
{
    return pk_sql_do(store->sql,
                     "INSERT INTO outbox (job_id, tenant_id, realm_id, identity_id, recipient,"
                     " key_id, sealed_link, state, attempts, create_ms, next_ms, expire_ms)"
                     " VALUES ($1, $2, $3, $4, $5, $6, $7, 'QUEUED', 0, $8, $9, $10)",
                     "tttttttiii", outgoing->job_id, outgoing->tenant_id, outgoing->realm_id,
                     outgoing->identity_id, outgoing->recipient, outgoing->key_id,
                     outgoing->sealed_link,
                     (long long)outgoing->create_ms, (long long)outgoing->next_ms,
                     (long long)outgoing->expire_ms);
}

static bool read_outgoing(pk_sql_rows *rows, pk_arena *arena, pk_outgoing *out)
{
    bool complete = true;

    *out = (pk_outgoing){
        .job_id = pk_column(rows, 0, arena, &complete),
        .tenant_id = pk_column(rows, 1, arena, &complete),
        .realm_id = pk_column(rows, 2, arena, &complete),
        .identity_id = pk_column(rows, 3, arena, &complete),
        .recipient = pk_column(rows, 4, arena, &complete),
        .key_id = pk_column(rows, 5, arena, &complete),
        .sealed_link = pk_column(rows, 6, arena, &complete),
        .attempts = pk_sql_number(rows, 7),
        .create_ms = pk_sql_number(rows, 8),
        .next_ms = pk_sql_number(rows, 9),
        .expire_ms = pk_sql_number(rows, 10),
    };
    return complete;
}

pk_stored pk_store_due_outgoing(pk_store *store, pk_arena *arena, const char *key_id,
                                int64_t now_ms, pk_outgoing *out_outgoing)
{
    bool complete = true;
    pk_stored outcome;
    pk_sql_rows *rows =
        pk_sql_ask(store->sql,
                   "SELECT job_id, tenant_id, realm_id, identity_id, recipient, key_id, sealed_link,"
                   " attempts, create_ms, next_ms, expire_ms FROM outbox"
                   " WHERE next_ms <= $1 AND state <> 'FAILED' AND (key_id = $2 OR expire_ms <= $1)"
                   " ORDER BY next_ms LIMIT 1",
                   "it", (long long)now_ms, key_id);

    if (pk_sql_next(rows))
        complete = read_outgoing(rows, arena, out_outgoing);
    outcome = pk_sql_end(rows);
    return complete ? outcome : PK_STORED_FAILED;
}

pk_stored pk_store_claim_outgoing(pk_store *store, pk_outgoing *outgoing, int64_t lease_ms)
{
    pk_stored outcome =
        pk_sql_do(store->sql,
                  "UPDATE outbox SET state = 'SENDING', attempts = attempts + 1, next_ms = $3"
                  " WHERE job_id = $1 AND attempts = $2 AND state <> 'FAILED' AND next_ms = $4",
                  "tiii", outgoing->job_id, outgoing->attempts, (long long)lease_ms,
                  (long long)outgoing->next_ms);

    if (outcome == PK_STORED_OK)
        outgoing->attempts++;
    return outcome;
}

/* Whoever has it now: what was sent need not be sent again. */
pk_stored pk_store_outgoing_done(pk_store *store, const pk_outgoing *outgoing)
{
    return pk_sql_do(store->sql, "DELETE FROM outbox WHERE job_id = $1", "t", outgoing->job_id);
}

pk_stored pk_store_outgoing_later(pk_store *store, const pk_outgoing *outgoing, int64_t next_ms,
                                  const char *error)
{
    return pk_sql_do(store->sql,
                     "UPDATE outbox SET state = 'QUEUED', next_ms = $3, last_error = $4"
                     " WHERE job_id = $1 AND attempts = $2 AND state = 'SENDING'",
                     "tiit", outgoing->job_id, outgoing->attempts, (long long)next_ms, error);
}

static pk_stored fail(pk_store *store, const pk_outgoing *outgoing, int64_t now_ms,
                      const char *error)
{
    pk_stored outcome =
        pk_sql_do(store->sql,
                  "UPDATE outbox SET state = 'FAILED', sealed_link = NULL, last_error = $3"
                  " WHERE job_id = $1 AND attempts = $2 AND state = 'SENDING'",
                  "tit", outgoing->job_id, outgoing->attempts, error);

    if (outcome != PK_STORED_OK)
        return outcome;
    outcome = pk_sql_do(store->sql,
                        "UPDATE job SET state = 'FAILED_TO_SEND', update_ms = $2"
                        " WHERE id = $1 AND state = 'LINK_SENT'",
                        "ti", outgoing->job_id, (long long)now_ms);
    return outcome == PK_STORED_ABSENT ? PK_STORED_OK : outcome;
}

pk_stored pk_store_outgoing_failed(pk_store *store, const pk_outgoing *outgoing, int64_t now_ms,
                                   const char *error)
{
    pk_stored outcome;

    if (!pk_store_begin(store))
        return PK_STORED_FAILED;
    outcome = fail(store, outgoing, now_ms, error);
    if (outcome == PK_STORED_OK && pk_store_commit(store))
        return PK_STORED_OK;
    pk_store_rollback(store);
    return outcome == PK_STORED_OK ? PK_STORED_FAILED : outcome;
}
