/* SPDX-License-Identifier: Apache-2.0
 * Instead of postgres.c in a build without libpq. */
#include "store/driver.h"

#include <stdlib.h>

static void close_nothing(pk_sql *sql)
{
    free(sql);
}

static const pk_sql_driver driver = {.close = close_nothing};

pk_sql *pk_postgres_open(const char *url)
{
    pk_sql *sql = calloc(1, sizeof *sql);

    (void)url;
    if (!sql)
        return NULL;
    sql->driver = &driver;
    pk_sql_fail(sql, PK_TROUBLE_LASTING, "this passkey-cloud was built without PostgreSQL");
    return sql;
}
