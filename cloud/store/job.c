/* SPDX-License-Identifier: Apache-2.0
 * Credential binding jobs. EXPIRED is never stored: time alone decides it. */
#include "store/internal.h"

pk_stored pk_store_add_job(pk_store *store, const pk_job *job)
{
    return pk_sql_do(store->sql,
                     "INSERT INTO job (id, realm_id, identity_id, batch_id, delivery_method, state,"
                     " authenticator_config_id, authenticator_config, post_binding_redirect_uri,"
                     " token_hash, create_ms, update_ms, expire_ms)"
                     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
                     "ttttttttttiii", job->id, job->realm_id, job->identity_id, job->batch_id,
                     job->delivery_method, job->state, job->config_id, job->config,
                     job->post_binding_redirect_uri, job->token_hash, (long long)job->create_ms,
                     (long long)job->update_ms, (long long)job->expire_ms);
}

#define SELECT_JOB                                                                                 \
    "SELECT seq, id, realm_id, identity_id, delivery_method, state, authenticator_config_id,"     \
    " post_binding_redirect_uri, credential_id, token_hash, create_ms, update_ms, expire_ms,"     \
    " batch_id, authenticator_config"                                                              \
    " FROM job "

static bool read_job(pk_sql_rows *rows, pk_arena *arena, pk_job *out)
{
    bool complete = true;

    *out = (pk_job){
        .id = pk_column(rows, 1, arena, &complete),
        .realm_id = pk_column(rows, 2, arena, &complete),
        .identity_id = pk_column(rows, 3, arena, &complete),
        .delivery_method = pk_column(rows, 4, arena, &complete),
        .state = pk_column(rows, 5, arena, &complete),
        .config_id = pk_column(rows, 6, arena, &complete),
        .post_binding_redirect_uri = pk_column(rows, 7, arena, &complete),
        .credential_id = pk_column(rows, 8, arena, &complete),
        .token_hash = pk_column(rows, 9, arena, &complete),
        .create_ms = pk_sql_number(rows, 10),
        .update_ms = pk_sql_number(rows, 11),
        .expire_ms = pk_sql_number(rows, 12),
        .batch_id = pk_column(rows, 13, arena, &complete),
        .config = pk_column(rows, 14, arena, &complete),
    };
    return complete;
}

pk_stored pk_store_job(pk_store *store, pk_arena *arena, const char *realm_id,
                       const char *identity_id, const char *id, pk_job *out_job)
{
    bool complete = true;
    pk_stored outcome;
    pk_sql_rows *rows =
        identity_id ? pk_sql_ask(store->sql,
                                 SELECT_JOB "WHERE id = $1 AND realm_id = $2 AND identity_id = $3",
                                 "ttt", id, realm_id, identity_id)
                    : pk_sql_ask(store->sql, SELECT_JOB "WHERE id = $1 AND realm_id = $2", "tt", id,
                                 realm_id);

    if (pk_sql_next(rows))
        complete = read_job(rows, arena, out_job);
    outcome = pk_sql_end(rows);
    return complete ? outcome : PK_STORED_FAILED;
}

static pk_stored count(pk_store *store, const char *realm_id, const char *identity_id,
                       long long *out_total)
{
    pk_sql_rows *rows =
        identity_id
            ? pk_sql_ask(store->sql, "SELECT count(*) FROM job WHERE identity_id = $1", "t",
                         identity_id)
            : pk_sql_ask(store->sql, "SELECT count(*) FROM job WHERE realm_id = $1", "t", realm_id);

    return pk_number(rows, out_total);
}

static pk_sql_rows *ask_page(pk_store *store, const char *realm_id, const char *identity_id,
                             const pk_page *page)
{
    if (identity_id)
        return pk_sql_ask(store->sql,
                          SELECT_JOB "WHERE identity_id = $1 AND seq > $2"
                                     " ORDER BY seq LIMIT $3 OFFSET $4",
                          "tiii", identity_id, page->after, page->size + 1, page->skip);
    return pk_sql_ask(store->sql,
                      SELECT_JOB "WHERE realm_id = $1 AND seq > $2"
                                 " ORDER BY seq LIMIT $3 OFFSET $4",
                      "tiii", realm_id, page->after, page->size + 1, page->skip);
}

static pk_stored tell(pk_sql_rows *rows, pk_arena *arena, pk_page *page, pk_job_each *each,
                      void *user)
{
    long long num_told = 0;
    bool complete = true;
    pk_stored outcome;
    pk_job job;

    while (complete && pk_sql_next(rows) &&
           pk_page_takes(page, &num_told, pk_sql_number(rows, 0)))
        complete = read_job(rows, arena, &job) && each(&job, user);
    outcome = pk_sql_end(rows);
    return complete && outcome != PK_STORED_FAILED ? PK_STORED_OK : PK_STORED_FAILED;
}

pk_stored pk_store_jobs(pk_store *store, pk_arena *arena, const char *realm_id,
                        const char *identity_id, pk_page *page, pk_job_each *each, void *user)
{
    if (count(store, realm_id, identity_id, &page->total) != PK_STORED_OK)
        return PK_STORED_FAILED;
    return tell(ask_page(store, realm_id, identity_id, page), arena, page, each, user);
}

pk_stored pk_store_batch_jobs(pk_store *store, pk_arena *arena, const char *batch_id,
                              pk_page *page, pk_job_each *each, void *user)
{
    if (pk_number(pk_sql_ask(store->sql, "SELECT count(*) FROM job WHERE batch_id = $1", "t",
                             batch_id),
                  &page->total) != PK_STORED_OK)
        return PK_STORED_FAILED;
    return tell(pk_sql_ask(store->sql,
                           SELECT_JOB "WHERE batch_id = $1 AND seq > $2"
                                      " ORDER BY seq LIMIT $3 OFFSET $4",
                           "tiii", batch_id, page->after, page->size + 1, page->skip),
                arena, page, each, user);
}

/* These two only tell how far a person has come: nobody's answer has to wait for the
 * disk. */
static pk_stored end_progress(pk_store *store, pk_stored outcome)
{
    pk_sql_set_durable(store->sql, true);
    return outcome;
}

pk_stored pk_store_job_opened(pk_store *store, const char *id, int64_t now_ms)
{
    pk_sql_set_durable(store->sql, false);
    return end_progress(store,
                        pk_sql_do(store->sql,
                                  "UPDATE job SET state = 'LINK_OPENED', update_ms = $2"
                                  " WHERE id = $1 AND state IN ('LINK_SENT', 'FAILED_TO_SEND')",
                                  "ti", id, (long long)now_ms));
}

pk_stored pk_store_job_delivered(pk_store *store, const char *id, int64_t now_ms)
{
    pk_sql_set_durable(store->sql, false);
    return end_progress(store,
                        pk_sql_do(store->sql,
                                  "UPDATE job SET state = 'REQUEST_DELIVERED', update_ms = $2"
                                  " WHERE id = $1"
                                  " AND state IN ('LINK_SENT', 'LINK_OPENED', 'FAILED_TO_SEND')",
                                  "ti", id, (long long)now_ms));
}

pk_stored pk_store_job_revoked(pk_store *store, const char *id, int64_t now_ms)
{
    return pk_sql_do(store->sql,
                     "UPDATE job SET state = 'REVOKED', update_ms = $2"
                     " WHERE id = $1 AND state NOT IN ('COMPLETE', 'REVOKED')",
                     "ti", id, (long long)now_ms);
}

pk_stored pk_store_job_complete(pk_store *store, const char *id, const char *credential_id,
                                int64_t now_ms)
{
    return pk_sql_do(store->sql,
                     "UPDATE job SET state = 'COMPLETE', credential_id = $2, update_ms = $3"
                     " WHERE id = $1 AND state NOT IN ('COMPLETE', 'REVOKED')",
                     "tti", id, credential_id, (long long)now_ms);
}
