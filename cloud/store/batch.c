/* SPDX-License-Identifier: Apache-2.0
 * Batches: many EMAIL jobs from one call. How far a batch is, its jobs and the
 * outbox say. */
#include "store/internal.h"

pk_stored pk_store_add_batch(pk_store *store, const pk_batch *batch)
{
    return pk_sql_do(store->sql,
                     "INSERT INTO batch (id, realm_id, job_template, create_ms)"
                     " VALUES ($1, $2, $3, $4)",
                     "ttti", batch->id, batch->realm_id, batch->job_template,
                     (long long)batch->create_ms);
}

pk_stored pk_store_add_batch_item(pk_store *store, const char *batch_id, const char *identity_id,
                                  const char *fault)
{
    return pk_sql_do(store->sql,
                     "INSERT INTO batch_item (batch_id, identity_id, fault) VALUES ($1, $2, $3)",
                     "ttt", batch_id, identity_id, fault);
}

#define JOBS_OF_BATCH "SELECT count(*) FROM job j WHERE j.batch_id = b.id"

#define SELECT_BATCH                                                                               \
    "SELECT b.id, b.realm_id, b.job_template, b.create_ms,"                                        \
    " coalesce((SELECT max(j.update_ms) FROM job j WHERE j.batch_id = b.id), b.create_ms),"        \
    " (" JOBS_OF_BATCH "),"                                                                        \
    " (" JOBS_OF_BATCH " AND j.state = 'FAILED_TO_SEND'),"                                         \
    " (" JOBS_OF_BATCH " AND EXISTS (SELECT 1 FROM outbox o WHERE o.job_id = j.id"                 \
    "  AND o.state <> 'FAILED')),"                                                                 \
    " (SELECT count(*) FROM batch_item i WHERE i.batch_id = b.id AND i.fault IS NOT NULL)"         \
    " FROM batch b "

static bool read_batch(pk_sql_rows *rows, pk_arena *arena, pk_batch *out)
{
    long long num_jobs = pk_sql_number(rows, 5), num_unsent = pk_sql_number(rows, 6);
    bool complete = true;

    *out = (pk_batch){
        .id = pk_column(rows, 0, arena, &complete),
        .realm_id = pk_column(rows, 1, arena, &complete),
        .job_template = pk_column(rows, 2, arena, &complete),
        .create_ms = pk_sql_number(rows, 3),
        .update_ms = pk_sql_number(rows, 4),
        .pending = pk_sql_number(rows, 7),
        .failed = num_unsent + pk_sql_number(rows, 8),
        .succeeded = num_jobs - num_unsent - pk_sql_number(rows, 7),
    };
    return complete;
}

pk_stored pk_store_batch(pk_store *store, pk_arena *arena, const char *realm_id, const char *id,
                         pk_batch *out_batch)
{
    bool complete = true;
    pk_stored outcome;
    pk_sql_rows *rows = pk_sql_ask(store->sql, SELECT_BATCH "WHERE b.id = $1 AND b.realm_id = $2",
                                   "tt", id, realm_id);

    if (pk_sql_next(rows))
        complete = read_batch(rows, arena, out_batch);
    outcome = pk_sql_end(rows);
    return complete ? outcome : PK_STORED_FAILED;
}

pk_stored pk_store_batch_items(pk_store *store, const char *batch_id, pk_batch_item_each *each,
                               void *user)
{
    bool complete = true;
    pk_stored outcome;
    pk_sql_rows *rows = pk_sql_ask(
        store->sql,
        "SELECT i.identity_id, CASE WHEN j.state = 'FAILED_TO_SEND'"
        "  THEN 'the email could not be sent' ELSE i.fault END"
        " FROM batch_item i"
        " LEFT JOIN job j ON j.batch_id = i.batch_id AND j.identity_id = i.identity_id"
        " WHERE i.batch_id = $1 ORDER BY i.seq",
        "t", batch_id);

    while (complete && pk_sql_next(rows))
        complete = each(pk_sql_text(rows, 0), pk_sql_text(rows, 1), user);
    outcome = pk_sql_end(rows);
    return complete && outcome != PK_STORED_FAILED ? PK_STORED_OK : PK_STORED_FAILED;
}

pk_stored pk_store_num_queued(pk_store *store, const char *realm_id, long long *out_num)
{
    return pk_number(pk_sql_ask(store->sql,
                                "SELECT count(*) FROM outbox"
                                " WHERE realm_id = $1 AND state <> 'FAILED'",
                                "t", realm_id),
                     out_num);
}
