/* SPDX-License-Identifier: Apache-2.0
 * JSON: cJSON parses and prints, this file judges. Only json.c calls cJSON. */
#ifndef PK_JSON_H
#define PK_JSON_H

#include <stdbool.h>
#include <stddef.h>

#define PK_JSON_MAX_DEPTH 32
#define PK_JSON_MAX_MEMBERS 512 /* of one object; arrays have no limit of their own */

typedef struct cJSON pk_json;

/* The reason that pk_json_parse gives for that; compare the pointer. */
extern const char PK_JSON_NO_MEMORY[];

/* Parses one JSON text (RFC 8259). Refused, besides what is not JSON: depth
 * over PK_JSON_MAX_DEPTH, an object that names a member twice or has more than
 * PK_JSON_MAX_MEMBERS, invalid UTF-8, a NUL character, half a character. NULL
 * then, and *out_reason says which rule it broke. */
pk_json *pk_json_parse(const char *text, size_t text_len, const char **out_reason);

/* Overwrites all strings, then frees. */
void pk_json_free(pk_json *json);

/* The member at a path such as "tenant.display_name"; NULL when there is none.
 * Names are case-sensitive. */
pk_json *pk_json_get(const pk_json *json, const char *path);

/* The string at a path; NULL when it is absent or not a string. */
const char *pk_json_text(const pk_json *json, const char *path);

/* The string that a value is; NULL when it is none. */
const char *pk_json_string(const pk_json *json);

/* The whole number at a path; false when absent, not a number, not whole or
 * beyond +-2^53. */
bool pk_json_number(const pk_json *json, const char *path, long long *out);

bool pk_json_is_object(const pk_json *json);
bool pk_json_is_array(const pk_json *json);
bool pk_json_is_text(const pk_json *json);
bool pk_json_is_null(const pk_json *json);
bool pk_json_is_bool(const pk_json *json);
bool pk_json_is_true(const pk_json *json);

/* Whether no number in it is larger than what is kept of numbers (a double): such a
 * one would be printed as null. */
bool pk_json_is_finite(const pk_json *json);

/* The first child of an object or array, the next sibling, a child's name. */
pk_json *pk_json_first(const pk_json *json);
pk_json *pk_json_next(const pk_json *json);
const char *pk_json_name(const pk_json *json);
size_t pk_json_count(const pk_json *json);

/* Building. Each _add returns false without memory; building may go on then
 * and pk_json_print answers NULL for an incomplete tree only if the caller
 * checked: so check. name is NULL to add to an array. */
pk_json *pk_json_new_object(void);
pk_json *pk_json_new_array(void);
pk_json *pk_json_new_text(const char *text);
bool pk_json_add_text(pk_json *parent, const char *name, const char *text);
bool pk_json_add_text_or_null(pk_json *parent, const char *name, const char *text);
bool pk_json_add_number(pk_json *parent, const char *name, long long number);
bool pk_json_add_bool(pk_json *parent, const char *name, bool value);
bool pk_json_add_null(pk_json *parent, const char *name);

/* The same at a path such as "tenant.displayName", whose object is made when it
 * is new; null for NULL. */
bool pk_json_add_text_at(pk_json *json, const char *path, const char *text);

/* Takes child over, also on failure; NULL child is a failure. */
bool pk_json_add(pk_json *parent, const char *name, pk_json *child);

/* A deep copy; NULL without memory. */
pk_json *pk_json_copy(const pk_json *json);

/* Removes and frees the member of an object, if it is there. */
void pk_json_remove(pk_json *object, const char *name);

/* The text without white space, to be given to pk_text_free; NULL without
 * memory or for NULL. */
char *pk_json_print(const pk_json *json);

/* The version of cJSON at run time, static. out_weakness: what speaks against
 * it, static; NULL when nothing does. */
const char *pk_json_library(const char **out_weakness);

#endif
