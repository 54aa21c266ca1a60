/* SPDX-License-Identifier: Apache-2.0 */
#include "store/list.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

struct passkey_credential_list {
    passkey_credential *items;
    size_t num_items;
    char **damaged;
    size_t num_damaged;
    char *json;
};

passkey_credential_list *pk_list_new(void)
{
    return calloc(1, sizeof(passkey_credential_list));
}

bool pk_list_add(passkey_credential_list *list, const passkey_credential *credential)
{
    passkey_credential *items = reallocarray(list->items, list->num_items + 1, sizeof *items);

    if (!items)
        return false;
    list->items = items;
    items[list->num_items++] = *credential;
    return true;
}

bool pk_list_add_damaged(passkey_credential_list *list, const char *file, const char *why)
{
    char **damaged = reallocarray(list->damaged, list->num_damaged + 1, sizeof *damaged);
    pk_buffer text = {0};

    if (!damaged)
        return false;
    list->damaged = damaged;
    if (!pk_buffer_printf(&text, "%s: %s", file, why))
        return false;
    damaged[list->num_damaged++] = pk_buffer_take(&text);
    return true;
}

/* RFC 3339 in UTC, of which "…20Z" is before "…20.120Z" though Z is not. */
static int by_time(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return (*a == 'Z' ? 0 : *a) - (*b == 'Z' ? 0 : *b);
}

static int by_age(const void *a, const void *b)
{
    const passkey_credential *one = a, *other = b;
    int order = by_time(one->local_created, other->local_created);

    return order ? order : strcmp(one->id, other->id);
}

bool pk_list_finish(passkey_credential_list *list)
{
    pk_json *json = pk_json_new_array();
    bool done = json;
    size_t i;

    if (list->num_items)
        qsort(list->items, list->num_items, sizeof *list->items, by_age);
    for (i = 0; done && i < list->num_items; i++)
        done = pk_json_add(json, NULL, pk_credential_to_json(&list->items[i]));
    list->json = done ? pk_json_print(json) : NULL;
    pk_json_free(json);
    return list->json;
}

passkey_credential *pk_list_take_first(passkey_credential_list *list)
{
    passkey_credential *first = malloc(sizeof *first);

    if (!first)
        return NULL;
    *first = list->items[0];
    list->num_items--;
    memmove(list->items, list->items + 1, list->num_items * sizeof *first);
    return first;
}

size_t passkey_credential_list_count(const passkey_credential_list *list)
{
    return list ? list->num_items : 0;
}

const passkey_credential *passkey_credential_list_at(const passkey_credential_list *list,
                                                     size_t index)
{
    return list && index < list->num_items ? &list->items[index] : NULL;
}

size_t passkey_credential_list_num_damaged(const passkey_credential_list *list)
{
    return list ? list->num_damaged : 0;
}

const char *passkey_credential_list_damaged(const passkey_credential_list *list, size_t index)
{
    return list && index < list->num_damaged ? list->damaged[index] : NULL;
}

const char *passkey_credential_list_json(const passkey_credential_list *list)
{
    return list ? list->json : NULL;
}

void passkey_credential_list_free(passkey_credential_list *list)
{
    size_t i;

    if (!list)
        return;
    for (i = 0; i < list->num_items; i++)
        pk_credential_clear(&list->items[i]);
    for (i = 0; i < list->num_damaged; i++)
        pk_text_free(list->damaged[i]);
    free(list->items);
    free(list->damaged);
    pk_text_free(list->json);
    free(list);
}
