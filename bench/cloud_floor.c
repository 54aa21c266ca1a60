/* SPDX-License-Identifier: Apache-2.0
 * cloud_floor sqlite FILE COUNT | cloud_floor postgresql URL COUNT
 * What no server can do without for each bind: the verification of one ES256
 * signature, and one durable commit of one row. It does COUNT of each, one after
 * the other, and says on stdout in JSON how long that took. This is the floor's
 * own use of SQLite and libpq: the server's would measure itself. */
#include "base/json.h"
#include "base/memory.h"
#include "softkey.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef BENCH_POSTGRESQL
#include <libpq-fe.h>
#endif

#define CREATE                                                                                     \
    "DROP TABLE IF EXISTS floor;"                                                                  \
    "CREATE TABLE floor (id BIGINT PRIMARY KEY, jwk TEXT NOT NULL)"
#define INSERT "INSERT INTO floor (id, jwk) VALUES ($1, $2)"

static long long now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ------------------------------------------------------------------- SQLite */

/* The server's own settings: a credential survives a power failure. */
static sqlite3 *open_sqlite(const char *path)
{
    sqlite3 *db = NULL;

    if (sqlite3_open(path, &db) == SQLITE_OK &&
        sqlite3_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;" CREATE, NULL, NULL,
                     NULL) == SQLITE_OK)
        return db;
    sqlite3_close(db);
    return NULL;
}

static bool commit_sqlite(sqlite3_stmt *insert, long number, const char *jwk)
{
    bool done = sqlite3_bind_int64(insert, 1, number) == SQLITE_OK &&
                sqlite3_bind_text(insert, 2, jwk, -1, SQLITE_STATIC) == SQLITE_OK &&
                sqlite3_step(insert) == SQLITE_DONE;

    sqlite3_reset(insert);
    return done;
}

static long long time_sqlite(const char *path, long count, const char *jwk)
{
    sqlite3 *db = open_sqlite(path);
    sqlite3_stmt *insert = NULL;
    bool done = db && sqlite3_prepare_v2(db, INSERT, -1, &insert, NULL) == SQLITE_OK;
    long long start_us = now_us();

    for (long i = 0; done && i < count; i++)
        done = commit_sqlite(insert, i, jwk);
    start_us = now_us() - start_us;
    sqlite3_finalize(insert);
    sqlite3_close(db);
    return done ? start_us : -1;
}

/* --------------------------------------------------------------- PostgreSQL */

#ifdef BENCH_POSTGRESQL
static bool ended_well(PGresult *result)
{
    bool done = PQresultStatus(result) == PGRES_COMMAND_OK;

    PQclear(result);
    return done;
}

static bool commit_postgres(PGconn *db, long number, const char *jwk)
{
    char id[24];
    const char *values[] = {id, jwk};

    snprintf(id, sizeof id, "%ld", number);
    return ended_well(PQexecPrepared(db, "insert", 2, values, NULL, NULL, 0));
}

static long long time_postgres(const char *url, long count, const char *jwk)
{
    PGconn *db = PQconnectdb(url);
    bool done = PQstatus(db) == CONNECTION_OK && ended_well(PQexec(db, CREATE)) &&
                ended_well(PQprepare(db, "insert", INSERT, 2, NULL));
    long long start_us = now_us();

    for (long i = 0; done && i < count; i++)
        done = commit_postgres(db, i, jwk);
    start_us = now_us() - start_us;
    PQfinish(db);
    return done ? start_us : -1;
}
#else
static long long time_postgres(const char *url, long count, const char *jwk)
{
    (void)url;
    (void)count;
    (void)jwk;
    fputs("cloud_floor: built without PostgreSQL\n", stderr);
    return -1;
}
#endif

/* ------------------------------------------------------------- verifications */

static long long time_verify(const bench_key *key, long count)
{
    static const char message[640] = "as long as the signed part of a bind's JWS, about";
    uint8_t signature[PK_ES256_SIZE];
    bool done = bench_key_sign(key, message, sizeof message, signature);
    long long start_us = now_us();

    for (long i = 0; done && i < count; i++)
        done = pk_es256_verify(key->x, key->y, message, sizeof message, signature);
    return done ? now_us() - start_us : -1;
}

static long long time_commits(const char *kind, const char *place, long count,
                              const bench_key *key)
{
    char *jwk = pk_jwk_text(key->x, key->y);
    long long took_us = -1;

    if (jwk)
        took_us = strcmp(kind, "sqlite") == 0 ? time_sqlite(place, count, jwk)
                                              : time_postgres(place, count, jwk);
    pk_text_free(jwk);
    return took_us;
}

int main(int argc, char **argv)
{
    long count = argc == 4 ? atol(argv[3]) : 0;
    long long verify_us, commit_us;
    bench_key key = {0};

    if (count <= 0 || (strcmp(argv[1], "sqlite") != 0 && strcmp(argv[1], "postgresql") != 0)) {
        fputs("usage: cloud_floor sqlite FILE COUNT | cloud_floor postgresql URL COUNT\n", stderr);
        return 2;
    }
    if (!bench_key_new(&key))
        return 1;
    verify_us = time_verify(&key, count);
    commit_us = time_commits(argv[1], argv[2], count, &key);
    bench_key_free(&key);
    if (verify_us < 0 || commit_us < 0) {
        fputs("cloud_floor: it could not be measured\n", stderr);
        return 1;
    }
    printf("{\"count\":%ld,\"verify_us\":%lld,\"commit_us\":%lld}\n", count, verify_us, commit_us);
    return 0;
}
