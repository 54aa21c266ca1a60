/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "base/json_syntax.h"
#include "base/memory.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool has_duplicate_name(const cJSON *object)
{
    const cJSON *a, *b;

    /* the search is quadratic: no object of the protocol comes near this */
    if (cJSON_GetArraySize(object) > PK_JSON_MAX_MEMBERS)
        return true;
    for (a = object->child; a; a = a->next)
        for (b = a->next; b; b = b->next)
            if (!strcmp(a->string, b->string))
                return true;
    return false;
}

static bool has_duplicates(const cJSON *json)
{
    const cJSON *child;

    if (cJSON_IsObject(json) && has_duplicate_name(json))
        return true;
    for (child = json->child; child; child = child->next)
        if (has_duplicates(child))
            return true;
    return false;
}

const char PK_JSON_NO_MEMORY[] = "memory could not be allocated";

pk_json *pk_json_parse(const char *text, size_t text_len, const char **out_reason)
{
    const char *reason = pk_json_syntax(text, text_len, PK_JSON_MAX_DEPTH);
    cJSON *json = reason ? NULL : cJSON_ParseWithLength(text, text_len);

    if (!reason && !json)
        reason = PK_JSON_NO_MEMORY;
    if (!reason && has_duplicates(json))
        reason = "an object names a member twice or has too many";
    if (!reason)
        return json;
    pk_json_free(json);
    if (out_reason)
        *out_reason = reason;
    return NULL;
}

static void wipe(cJSON *json)
{
    for (; json; json = json->next) {
        if (json->valuestring)
            pk_wipe(json->valuestring, strlen(json->valuestring));
        wipe(json->child);
    }
}

void pk_json_free(pk_json *json)
{
    if (!json)
        return;
    wipe(json);
    cJSON_Delete(json);
}

pk_json *pk_json_get(const pk_json *json, const char *path)
{
    while (json) {
        size_t len = strcspn(path, ".");
        const cJSON *child = cJSON_IsObject(json) ? json->child : NULL;

        while (child && (strncmp(child->string, path, len) || child->string[len]))
            child = child->next;
        if (!path[len])
            return (pk_json *)child;
        json = child;
        path += len + 1;
    }
    return NULL;
}

const char *pk_json_string(const pk_json *json)
{
    return cJSON_GetStringValue(json);
}

const char *pk_json_text(const pk_json *json, const char *path)
{
    return cJSON_GetStringValue(pk_json_get(json, path));
}

bool pk_json_number(const pk_json *json, const char *path, long long *out)
{
    const cJSON *number = pk_json_get(json, path);
    const double limit = 9007199254740992.0;

    if (!cJSON_IsNumber(number) || !(number->valuedouble >= -limit && number->valuedouble <= limit))
        return false;
    *out = (long long)number->valuedouble;
    return (double)*out == number->valuedouble;
}

bool pk_json_is_object(const pk_json *json) { return cJSON_IsObject(json); }
bool pk_json_is_array(const pk_json *json) { return cJSON_IsArray(json); }
bool pk_json_is_text(const pk_json *json) { return cJSON_IsString(json); }
bool pk_json_is_null(const pk_json *json) { return cJSON_IsNull(json); }
bool pk_json_is_bool(const pk_json *json) { return cJSON_IsBool(json); }
bool pk_json_is_true(const pk_json *json) { return cJSON_IsTrue(json); }

bool pk_json_is_finite(const pk_json *json)
{
    const pk_json *child = json ? json->child : NULL;

    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): NULL is no number to cJSON */
    if (cJSON_IsNumber(json) && !isfinite(json->valuedouble))
        return false;
    while (child && pk_json_is_finite(child))
        child = child->next;
    return !child;
}

pk_json *pk_json_first(const pk_json *json)
{
    return json ? json->child : NULL;
}

pk_json *pk_json_next(const pk_json *json)
{
    return json ? json->next : NULL;
}

const char *pk_json_name(const pk_json *json)
{
    return json ? json->string : NULL;
}

size_t pk_json_count(const pk_json *json)
{
    return json ? (size_t)cJSON_GetArraySize(json) : 0;
}

pk_json *pk_json_new_object(void) { return cJSON_CreateObject(); }
pk_json *pk_json_new_array(void) { return cJSON_CreateArray(); }
pk_json *pk_json_new_text(const char *text) { return cJSON_CreateString(text); }

bool pk_json_add(pk_json *parent, const char *name, pk_json *child)
{
    if (parent && child && (name ? cJSON_AddItemToObject(parent, name, child)
                                 : cJSON_AddItemToArray(parent, child)))
        return true;
    pk_json_free(child);
    return false;
}

bool pk_json_add_text(pk_json *parent, const char *name, const char *text)
{
    return text && pk_json_add(parent, name, cJSON_CreateString(text));
}

bool pk_json_add_text_or_null(pk_json *parent, const char *name, const char *text)
{
    return text ? pk_json_add_text(parent, name, text) : pk_json_add_null(parent, name);
}

bool pk_json_add_number(pk_json *parent, const char *name, long long number)
{
    return pk_json_add(parent, name, cJSON_CreateNumber((double)number));
}

bool pk_json_add_bool(pk_json *parent, const char *name, bool value)
{
    return pk_json_add(parent, name, cJSON_CreateBool(value));
}

bool pk_json_add_null(pk_json *parent, const char *name)
{
    return pk_json_add(parent, name, cJSON_CreateNull());
}

/* The object that a path such as "tenant.id" ends in, made when it is new. */
static pk_json *parent_of(pk_json *json, const char *path, const char **out_name)
{
    const char *dot = strchr(path, '.');
    char group[32];
    pk_json *parent;

    *out_name = dot ? dot + 1 : path;
    if (!dot || (size_t)(dot - path) >= sizeof group)
        return json;
    memcpy(group, path, (size_t)(dot - path));
    group[dot - path] = '\0';
    parent = pk_json_get(json, group);
    if (!parent && pk_json_add(json, group, pk_json_new_object()))
        parent = pk_json_get(json, group);
    return parent;
}

bool pk_json_add_text_at(pk_json *json, const char *path, const char *text)
{
    const char *name;
    pk_json *parent = parent_of(json, path, &name);

    return pk_json_add_text_or_null(parent, name, text);
}

pk_json *pk_json_copy(const pk_json *json)
{
    return cJSON_Duplicate(json, 1);
}

void pk_json_remove(pk_json *object, const char *name)
{
    pk_json_free(cJSON_DetachItemFromObjectCaseSensitive(object, name));
}

char *pk_json_print(const pk_json *json)
{
    return json ? cJSON_PrintUnformatted(json) : NULL;
}

#define HEADER_NUMBER                                                                              \
    (CJSON_VERSION_MAJOR * 10000 + CJSON_VERSION_MINOR * 100 + CJSON_VERSION_PATCH)

const char *pk_json_library(const char **out_weakness)
{
    const char *version = cJSON_Version();
    int major = 0, minor = 0, patch = 0;

    *out_weakness = NULL;
    if (sscanf(version, "%d.%d.%d", &major, &minor, &patch) == 3 &&
        major * 10000 + minor * 100 + patch < HEADER_NUMBER)
        *out_weakness = "it is older than the one that libpasskey was built with";
    return version;
}
