/* SPDX-License-Identifier: Apache-2.0
 * What a database must be able to do for sql.h. sql.c calls it; sqlite.c and
 * postgres.c are it. */
#ifndef PK_SQL_DRIVER_H
#define PK_SQL_DRIVER_H

#include "store/sql.h"

#include <stddef.h>

#define PK_SQL_MAX_STATEMENTS 256
#define PK_SQL_MAX_VALUES 32

typedef struct pk_sql_value {
    bool is_text;
    const char *text;
    long long number;
} pk_sql_value;

/* What a failure means for the work. */
typedef enum pk_trouble {
    PK_TROUBLE_NONE,
    PK_TROUBLE_LASTING,
    PK_TROUBLE_PASSING, /* later it may go */
    PK_TROUBLE_REPEAT   /* it may go at once */
} pk_trouble;

/* A prepared statement that is kept, and the rows it is answering with. */
struct pk_sql_rows {
    pk_sql *sql;
    const char *text;
    size_t number; /* of the statement */
    void *prepared; /* the driver's; NULL until it is prepared */
    void *result;   /* the driver's, while it answers */
    int row;
    bool any;
    bool failed;
};

typedef struct pk_sql_driver {
    void (*close)(pk_sql *sql);
    bool (*begin)(pk_sql *sql);
    bool (*commit)(pk_sql *sql);
    void (*rollback)(pk_sql *sql);
    void (*set_durable)(pk_sql *sql, bool durable);
    bool (*script)(pk_sql *sql, const char *text);
    pk_stored (*change)(pk_sql_rows *rows, const pk_sql_value *values, int num_values);
    bool (*start)(pk_sql_rows *rows, const pk_sql_value *values, int num_values);
    bool (*next)(pk_sql_rows *rows); /* false at the end, and with rows->failed set */
    const char *(*text)(pk_sql_rows *rows, int column);
    long long (*number)(pk_sql_rows *rows, int column);
    void (*end)(pk_sql_rows *rows);
} pk_sql_driver;

/* Each driver's connection begins with this one. */
struct pk_sql {
    const pk_sql_driver *driver;
    pk_sql_rows kept[PK_SQL_MAX_STATEMENTS];
    size_t num_kept;
    pk_sql_rows broken; /* what pk_sql_ask answers when it cannot */
    bool in_transaction;
    bool committed; /* since the work began, or nobody knows whether */
    pk_trouble trouble;
    char reason[160];
};

/* NULL without memory; else see pk_sql_open. */
pk_sql *pk_sqlite_open(const char *path);
pk_sql *pk_postgres_open(const char *url);

/* Notes why a call failed and answers false. */
bool pk_sql_fail(pk_sql *sql, pk_trouble trouble, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
