/* SPDX-License-Identifier: Apache-2.0 */
#include "store/internal.h"

#include "base/text.h"

/* The database's own lower() is not used: it depends on how it was built. */
static const char *lower(pk_arena *arena, const char *text)
{
    char *copy = pk_arena_text(arena, text ? text : "");

    if (copy)
        pk_lower_all(copy);
    return copy;
}

typedef struct keys {
    pk_arena arena;
    const char *username, *display_name, *email;
} keys;

static bool make_keys(const pk_identity *identity, keys *out)
{
    *out = (keys){0};
    out->username = lower(&out->arena, identity->username);
    out->display_name = lower(&out->arena, identity->display_name);
    out->email = lower(&out->arena, identity->email);
    return out->username && out->display_name && out->email;
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

pk_stored pk_store_add_identity(pk_store *store, const pk_identity *identity)
{
    pk_stored outcome = PK_STORED_FAILED;
    keys keys;

    if (make_keys(identity, &keys))
        outcome = pk_sql_do(store->sql,
                            "INSERT INTO identity (id, realm_id, display_name, status, username,"
                            " traits, username_key, display_name_key, email_key, external_id,"
                            " create_ms, update_ms)"
                            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
                            "ttttttttttii", identity->id, identity->realm_id,
                            identity->display_name, identity->status, identity->username,
                            identity->traits, keys.username, keys.display_name, keys.email,
                            or_empty(identity->external_id), (long long)identity->create_ms,
                            (long long)identity->update_ms);
    pk_arena_free(&keys.arena);
    return outcome;
}

pk_stored pk_store_update_identity(pk_store *store, const pk_identity *identity)
{
    pk_stored outcome = PK_STORED_FAILED;
    keys keys;

    if (make_keys(identity, &keys))
        outcome = pk_sql_do(store->sql,
                            "UPDATE identity SET display_name = $2, status = $3, username = $4,"
                            " traits = $5, username_key = $6, display_name_key = $7,"
                            " email_key = $8, external_id = $9, update_ms = $10 WHERE id = $1",
                            "ttttttttti", identity->id, identity->display_name,
                            identity->status, identity->username, identity->traits, keys.username,
                            keys.display_name, keys.email, or_empty(identity->external_id),
                            (long long)identity->update_ms);
    pk_arena_free(&keys.arena);
    return outcome;
}

pk_stored pk_store_delete_identity(pk_store *store, const char *realm_id, const char *id)
{
    return pk_sql_do(store->sql, "DELETE FROM identity WHERE id = $1 AND realm_id = $2", "tt", id,
                     realm_id);
}

/* -------------------------------------------------------------------- reading */

/* now is the parameter that says when a job is pending. */
#define SELECT_IDENTITY(now)                                                                       \
    "SELECT seq, id, realm_id, display_name, status, username, traits, create_ms, update_ms,"     \
    " EXISTS (SELECT 1 FROM credential c WHERE c.identity_id = identity.id"                        \
    "  AND c.state = 'ACTIVE'),"                                                                   \
    " EXISTS (SELECT 1 FROM job j WHERE j.identity_id = identity.id AND j.expire_ms > " now            \
    "  AND j.state IN ('LINK_SENT', 'LINK_OPENED', 'REQUEST_DELIVERED')),"                         \
    " EXISTS (SELECT 1 FROM job f WHERE f.identity_id = identity.id"                               \
    "  AND f.state = 'FAILED_TO_SEND')"                                                            \
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
        .failed = pk_sql_number(rows, 11) != 0,
    };
    return complete;
}

pk_stored pk_store_identity(pk_store *store, pk_arena *arena, const char *realm_id, const char *id,
                            int64_t now_ms, pk_identity *out_identity)
{
    bool complete = true;
    pk_stored outcome;
    pk_sql_rows *rows = pk_sql_ask(store->sql, SELECT_IDENTITY("$1") "WHERE id = $2 AND realm_id = $3",
                                   "itt", (long long)now_ms, id, realm_id);

    if (pk_sql_next(rows))
        complete = read_identity(rows, arena, out_identity);
    outcome = pk_sql_end(rows);
    return complete ? outcome : PK_STORED_FAILED;
}

/* $1 is the realm, $2 to $11 the filter: "" is whatever. What contains a text is
 * another without it; LIKE is not the same in every database. */
#define MATCHES                                                                                    \
    "WHERE realm_id = $1"                                                                          \
    " AND ($2 = '' OR id = $2) AND ($3 = '' OR replace(id, $3, '') <> id)"                         \
    " AND ($4 = '' OR display_name_key = $4)"                                                      \
    " AND ($5 = '' OR replace(display_name_key, $5, '') <> display_name_key)"                      \
    " AND ($6 = '' OR username_key = $6)"                                                          \
    " AND ($7 = '' OR replace(username_key, $7, '') <> username_key)"                              \
    " AND ($8 = '' OR external_id = $8)"                                                           \
    " AND ($9 = '' OR replace(external_id, $9, '') <> external_id)"                                \
    " AND ($10 = '' OR email_key = $10)"                                                           \
    " AND ($11 = '' OR replace(email_key, $11, '') <> email_key)"

static bool in_lower_case(pk_arena *arena, const pk_identity_filter *filter,
                          pk_identity_filter *out)
{
    *out = (pk_identity_filter){
        .id = or_empty(filter->id),
        .id_part = or_empty(filter->id_part),
        .display_name = lower(arena, filter->display_name),
        .display_name_part = lower(arena, filter->display_name_part),
        .username = lower(arena, filter->username),
        .username_part = lower(arena, filter->username_part),
        .external_id = or_empty(filter->external_id),
        .external_id_part = or_empty(filter->external_id_part),
        .email = lower(arena, filter->email),
        .email_part = lower(arena, filter->email_part),
    };
    return out->display_name && out->display_name_part && out->username && out->username_part &&
           out->email && out->email_part;
}

static pk_stored count(pk_store *store, const char *realm_id, const pk_identity_filter *f,
                       long long *out_total)
{
    return pk_number(pk_sql_ask(store->sql, "SELECT count(*) FROM identity " MATCHES,
                                "ttttttttttt", realm_id, f->id, f->id_part, f->display_name,
                                f->display_name_part, f->username, f->username_part,
                                f->external_id, f->external_id_part, f->email, f->email_part),
                     out_total);
}

static pk_sql_rows *ask_page(pk_store *store, const char *realm_id, int64_t now_ms,
                             const pk_identity_filter *f, const pk_page *page)
{
    return pk_sql_ask(store->sql,
                      SELECT_IDENTITY("$12") MATCHES " AND seq > $13"
                                                     " ORDER BY seq LIMIT $14 OFFSET $15",
                      "tttttttttttiiii", realm_id, f->id, f->id_part, f->display_name,
                      f->display_name_part, f->username, f->username_part, f->external_id,
                      f->external_id_part, f->email, f->email_part, (long long)now_ms, page->after,
                      page->size + 1, page->skip);
}

pk_stored pk_store_identities(pk_store *store, pk_arena *arena, const char *realm_id,
                              int64_t now_ms, const pk_identity_filter *filter, pk_page *page,
                              pk_identity_each *each, void *user)
{
    long long num_told = 0;
    bool complete = true;
    pk_identity_filter lowered;
    pk_identity identity;
    pk_stored outcome;
    pk_sql_rows *rows;

    if (!in_lower_case(arena, filter, &lowered) ||
        count(store, realm_id, &lowered, &page->total) != PK_STORED_OK)
        return PK_STORED_FAILED;
    rows = ask_page(store, realm_id, now_ms, &lowered, page);
    while (complete && pk_sql_next(rows) &&
           pk_page_takes(page, &num_told, pk_sql_number(rows, 0)))
        complete = read_identity(rows, arena, &identity) && each(&identity, user);
    outcome = pk_sql_end(rows);
    return complete && outcome != PK_STORED_FAILED ? PK_STORED_OK : PK_STORED_FAILED;
}
