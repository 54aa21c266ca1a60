/* SPDX-License-Identifier: Apache-2.0
 * Credentials: what a passkey is to the cloud. */
#include "store/internal.h"

pk_stored pk_store_add_credential(pk_store *store, const pk_credential *credential)
{
    return pk_sql_do(store->sql,
                     "INSERT INTO credential (id, job_id, realm_id, identity_id, state, csr_type,"
                     " jwk, jwk_thumbprint, create_ms, update_ms)"
                     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                     "ttttttttii", credential->id, credential->job_id, credential->realm_id,
                     credential->identity_id, credential->state, credential->csr_type,
                     credential->jwk, credential->jwk_thumbprint, (long long)credential->create_ms,
                     (long long)credential->update_ms);
}

#define SELECT_CREDENTIAL                                                                          \
    "SELECT seq, id, job_id, realm_id, identity_id, state, csr_type, jwk, jwk_thumbprint,"        \
    " create_ms, update_ms FROM credential "

static bool read_credential(pk_sql_rows *rows, pk_arena *arena, pk_credential *out)
{
    bool complete = true;

    *out = (pk_credential){
        .id = pk_column(rows, 1, arena, &complete),
        .job_id = pk_column(rows, 2, arena, &complete),
        .realm_id = pk_column(rows, 3, arena, &complete),
        .identity_id = pk_column(rows, 4, arena, &complete),
        .state = pk_column(rows, 5, arena, &complete),
        .csr_type = pk_column(rows, 6, arena, &complete),
        .jwk = pk_column(rows, 7, arena, &complete),
        .jwk_thumbprint = pk_column(rows, 8, arena, &complete),
        .create_ms = pk_sql_number(rows, 9),
        .update_ms = pk_sql_number(rows, 10),
    };
    return complete;
}

pk_stored pk_store_credential(pk_store *store, pk_arena *arena, const char *realm_id,
                              const char *identity_id, const char *id,
                              pk_credential *out_credential)
{
    bool complete = true;
    pk_stored outcome;
    pk_sql_rows *rows =
        identity_id
            ? pk_sql_ask(store->sql,
                         SELECT_CREDENTIAL "WHERE id = $1 AND realm_id = $2 AND identity_id = $3",
                         "ttt", id, realm_id, identity_id)
            : pk_sql_ask(store->sql, SELECT_CREDENTIAL "WHERE id = $1 AND realm_id = $2", "tt", id,
                         realm_id);

    if (pk_sql_next(rows))
        complete = read_credential(rows, arena, out_credential);
    outcome = pk_sql_end(rows);
    return complete ? outcome : PK_STORED_FAILED;
}

/* "" is whatever, as in the other filters. */
#define MATCHES " AND ($2 = '' OR state = $2) AND ($3 = '' OR jwk_thumbprint = $3)"

static pk_stored count(pk_store *store, const char *realm_id, const char *identity_id,
                       const char *state, const char *thumbprint, long long *out_total)
{
    pk_sql_rows *rows =
        identity_id
            ? pk_sql_ask(store->sql,
                         "SELECT count(*) FROM credential WHERE identity_id = $1" MATCHES, "ttt",
                         identity_id, state, thumbprint)
            : pk_sql_ask(store->sql, "SELECT count(*) FROM credential WHERE realm_id = $1" MATCHES,
                         "ttt", realm_id, state, thumbprint);

    return pk_number(rows, out_total);
}

static pk_sql_rows *ask_page(pk_store *store, const char *realm_id, const char *identity_id,
                             const char *state, const char *thumbprint, const pk_page *page)
{
    if (identity_id)
        return pk_sql_ask(store->sql,
                          SELECT_CREDENTIAL "WHERE identity_id = $1" MATCHES
                                            " AND seq > $4 ORDER BY seq LIMIT $5 OFFSET $6",
                          "tttiii", identity_id, state, thumbprint, page->after, page->size + 1,
                          page->skip);
    return pk_sql_ask(store->sql,
                      SELECT_CREDENTIAL "WHERE realm_id = $1" MATCHES
                                        " AND seq > $4 ORDER BY seq LIMIT $5 OFFSET $6",
                      "tttiii", realm_id, state, thumbprint, page->after, page->size + 1,
                      page->skip);
}

pk_stored pk_store_credentials(pk_store *store, pk_arena *arena, const char *realm_id,
                               const char *identity_id, const pk_credential_filter *filter,
                               pk_page *page, pk_credential_each *each, void *user)
{
    const char *state = filter->state ? filter->state : "";
    const char *thumbprint = filter->jwk_thumbprint ? filter->jwk_thumbprint : "";
    long long num_told = 0;
    bool complete = true;
    pk_stored outcome;
    pk_sql_rows *rows;
    pk_credential credential;

    if (count(store, realm_id, identity_id, state, thumbprint, &page->total) != PK_STORED_OK)
        return PK_STORED_FAILED;
    rows = ask_page(store, realm_id, identity_id, state, thumbprint, page);
    while (complete && pk_sql_next(rows) &&
           pk_page_takes(page, &num_told, pk_sql_number(rows, 0)))
        complete = read_credential(rows, arena, &credential) && each(&credential, user);
    outcome = pk_sql_end(rows);
    return complete && outcome != PK_STORED_FAILED ? PK_STORED_OK : PK_STORED_FAILED;
}

pk_stored pk_store_credential_revoked(pk_store *store, const char *id, int64_t now_ms)
{
    return pk_sql_do(store->sql,
                     "UPDATE credential SET state = 'REVOKED', update_ms = $2"
                     " WHERE id = $1 AND state = 'ACTIVE'",
                     "ti", id, (long long)now_ms);
}
