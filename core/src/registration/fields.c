/* SPDX-License-Identifier: Apache-2.0 */
#include "registration/fields.h"

#include "base/error.h"
#include "base/memory.h"
#include "link/link.h"

#include <string.h>

static char **target(void *into, const pk_field *rule)
{
    return (char **)(void *)((char *)into + rule->offset);
}

void pk_fields_free(void *from, const pk_field *fields, size_t num_fields)
{
    size_t i;

    for (i = 0; i < num_fields; i++) {
        if (fields[i].offset == PK_NO_TARGET)
            continue;
        pk_text_free(*target(from, &fields[i]));
        *target(from, &fields[i]) = NULL;
    }
}

static passkey_status bad(const char *what, const char *path, const char *why,
                          passkey_error **out_error)
{
    return pk_fail(out_error, PASSKEY_BAD_RESPONSE, "The cloud's answer to %s: %s %s.", what, path,
                   why);
}

static passkey_status take_field(const pk_json *json, const pk_field *rule, const char *what,
                                 void *into, passkey_error **out_error)
{
    const pk_json *member = pk_json_get(json, rule->path);
    const char *text = pk_json_text(json, rule->path), *why = NULL;

    if (rule->need == PK_OPTIONAL && (!member || pk_json_is_null(member)))
        return PASSKEY_OK;
    if (!member)
        return bad(what, rule->path, "is missing", out_error);
    if (!text)
        return bad(what, rule->path, "is not a string", out_error);
    if (rule->need == PK_USABLE)
        why = pk_instruction_value_reason(text, strlen(text));
    if (why)
        return bad(what, rule->path, why, out_error);
    if (rule->need == PK_TRAITS_V0 && strcmp(text, "traits_v0"))
        return bad(what, rule->path, "is not traits_v0", out_error);
    if (rule->offset == PK_NO_TARGET)
        return PASSKEY_OK;
    *target(into, rule) = pk_text_copy(text);
    return *target(into, rule) ? PASSKEY_OK : pk_fail_memory(out_error);
}

passkey_status pk_fields_take(const pk_json *json, const char *what, const pk_field *fields,
                              size_t num_fields, void *into, passkey_error **out_error)
{
    passkey_status status = PASSKEY_OK;
    size_t i;

    for (i = 0; !status && i < num_fields; i++)
        status = take_field(json, &fields[i], what, into, out_error);
    if (status)
        pk_fields_free(into, fields, num_fields);
    return status;
}
