/* SPDX-License-Identifier: Apache-2.0
 * The strings that an answer of the cloud must or may hold: a table for each
 * answer says which, and where in a struct they go. */
#ifndef PK_FIELDS_H
#define PK_FIELDS_H

#include "base/json.h"

#include <passkey/passkey.h>

typedef enum pk_need {
    PK_REQUIRED, /* a string, may be empty */
    PK_USABLE,   /* a string that can go into a path or a header */
    PK_OPTIONAL, /* a string, null or absent */
    PK_TRAITS_V0 /* that very string: it says what the traits around it are */
} pk_need;

#define PK_NO_TARGET ((size_t)-1)

typedef struct pk_field {
    const char *path;
    pk_need need;
    size_t offset; /* of the char * in the target; PK_NO_TARGET only judges */
} pk_field;

/* All fields or none; BAD_RESPONSE names the one that is wrong, and the request
 * as what. */
passkey_status pk_fields_take(const pk_json *json, const char *what, const pk_field *fields,
                              size_t num_fields, void *into, passkey_error **out_error);
void pk_fields_free(void *from, const pk_field *fields, size_t num_fields);

#endif
