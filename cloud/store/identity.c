/* SPDX-License-Identifier: Apache-2.0 */
#include "store/internal.h"

#include "base/memory.h"

/* The database's own lower() is not used: it depends on how it was built. */
static char *lower(const char *text)
{
    char *copy = pk_text_copy(text);

    for (char *c = copy; c && *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c + ('a' - 'A'));
    return copy;
}

pk_stored pk_store_add_identity(pk_store *store, const pk_identity *identity)
{
    char *key = lower(identity->username);
    pk_stored outcome = PK_STORED_FAILED;

    if (key)
        outcome = pk_sql_do(store->sql,
                            "INSERT INTO identity (id, realm_id, display_name, status, username,"
                            " username_key, traits, create_ms, update_ms)"
                            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                            "tttttttii", identity->id, identity->realm_id, identity->display_name,
                            identity->status, identity->username, key, identity->traits,
                            (long long)identity->create_ms, (long long)identity->update_ms);
    pk_text_free(key);
    return outcome;
}

/* $1 is the time now, which decides whether a job is pending. */
#define SELECT_IDENTITY                                                                            \
    "SELECT seq, id, realm_id, display_name, status, username, traits, create_ms, update_ms,"     \
    " EXISTS (SELECT 1 FROM credential c WHERE c.identity_id = identity.id"                        \
    "  AND c.state = 'ACTIVE'),"                                                                   \
    " EXISTS (SELECT 1 FROM job j WHERE j.identity_id = identity.id AND j.expire_ms > $1"          \
    "  AND j.state IN ('LINK_SENT', 'LINK_OPENED', 'REQUEST_DELIVERED'))"                          \
    " FROM identity "

static bool read_identity(pk_sql_rows *rows, pk_arena *arena, pk_identity *out)
{
    bool complete = true;

    *out = (pk_identity){
        .id = pk_column(rows, 1, arena, &complete),
        .realm_id = pk_column(rows, 2, arena, &complete),
        .display_name = pk_column(rows, 3, arena, &complete),
        .status = pk_column(rows, 4, arena, &complete),
        .username = pk_column(rows, 5, arena, &complete),
        .traits = pk_column(rows, 6, arena, &complete),
        .create_ms = pk_sql_number(rows, 7),
        .update_ms = pk_sql_number(rows, 8),
        .enrolled = pk_sql_number(rows, 9) != 0,
        .pending = pk_sql_number(rows, 10) != 0,
    };
    return complete;
}

pk_stored pk_store_identity(pk_store *store, pk_arena *arena, const char *realm_id, const char *id,
                            int64_t now_ms, pk_identity *out_identity)
{
    bool complete = true;
    pk_stored outcome;
    pk_sql_rows *rows = pk_sql_ask(store->sql, SELECT_IDENTITY "WHERE id = $2 AND realm_id = $3",
                                   "itt", (long long)now_ms, id, realm_id);

    if (pk_sql_next(rows))
        complete = read_identity(rows, arena, out_identity);
    outcome = pk_sql_end(rows);
    return complete ? outcome : PK_STORED_FAILED;
}

pk_stored pk_store_identities(pk_store *store, pk_arena *arena, const char *realm_id,
                              int64_t now_ms, pk_page *page, pk_identity_each *each, void *user)
{
    pk_stored outcome =
        pk_number(pk_sql_ask(store->sql, "SELECT count(*) FROM identity WHERE realm_id = $1", "t",
                             realm_id),
                  &page->total);
    long long num_told = 0;
    bool complete = true;
    pk_identity identity;
    pk_sql_rows *rows;

    if (outcome != PK_STORED_OK)
        return PK_STORED_FAILED;
    rows = pk_sql_ask(store->sql,
                      SELECT_IDENTITY "WHERE realm_id = $2 AND seq > $3"
                                      " ORDER BY seq LIMIT $4 OFFSET $5",
                      "itiii", (long long)now_ms, realm_id, page->after, page->size + 1,
                      page->skip);
    while (complete && pk_sql_next(rows) &&
           pk_page_takes(page, &num_told, pk_sql_number(rows, 0)))
        complete = read_identity(rows, arena, &identity) && each(&identity, user);
    outcome = pk_sql_end(rows);
    return complete && outcome != PK_STORED_FAILED ? PK_STORED_OK : PK_STORED_FAILED;
}
