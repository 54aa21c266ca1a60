/* SPDX-License-Identifier: Apache-2.0 */
#include "filter.h"

#include "base/text.h"

#include <string.h>

#define SPACES " \t"

static bool is_word(const char *text, size_t text_len, const char *word)
{
    for (size_t i = 0; i < text_len; i++)
        if (pk_lower(text[i]) != pk_lower(word[i]))
            return false;
    return word[text_len] == '\0';
}

/* The next word; *filter is then behind it and the spaces that follow. */
static const char *take_word(const char **filter, size_t *out_len)
{
    const char *word = *filter;

    *out_len = strcspn(word, SPACES "\"");
    *filter = word + *out_len + strspn(word + *out_len, SPACES);
    return word;
}

/* The text in quotes, which is written as in JSON. */
static const char *take_text(pk_arena *arena, const char **filter)
{
    const char *start = *filter, *end = start + 1;
    const pk_json *json;

    if (*start != '"')
        return NULL;
    while (*end && *end != '"')
        end += *end == '\\' && end[1] ? 2 : 1;
    if (*end != '"')
        return NULL;
    json = pk_arena_json(arena, pk_json_parse(start, (size_t)(end + 1 - start), NULL));
    *filter = end + 1 + strspn(end + 1, SPACES);
    return pk_json_string(json);
}

static const pk_filter_slot *slot_of(const pk_filter_slot *slots, const char *word, size_t len)
{
    for (; slots->attribute; slots++)
        if (is_word(word, len, slots->attribute))
            return slots;
    return NULL;
}

static const char *take_condition(pk_arena *arena, const char **filter,
                                  const pk_filter_slot *slots)
{
    size_t attribute_len, operator_len;
    const char *attribute = take_word(filter, &attribute_len);
    const char *operator = take_word(filter, &operator_len);
    const char *text = take_text(arena, filter);
    const pk_filter_slot *slot = slot_of(slots, attribute, attribute_len);
    const char **place = NULL;

    if (!slot)
        return "attribute not known";
    if (is_word(operator, operator_len, "eq"))
        place = slot->equal;
    else if (is_word(operator, operator_len, "co"))
        place = slot->part;
    if (!place)
        return slot->part ? "operator not eq or co" : "operator not eq";
    if (!text)
        return "value not in quotes";
    if (*text == '\0')
        return "empty string";
    if (*place && strcmp(*place, text) != 0)
        return "attribute compared twice in the same way";
    *place = text;
    return NULL;
}

const char *pk_filter_read(pk_arena *arena, const char *filter, const pk_filter_slot *slots)
{
    const char *fault;
    size_t len;

    filter += strspn(filter, SPACES);
    for (;;) {
        fault = take_condition(arena, &filter, slots);
        if (fault || *filter == '\0')
            return fault;
        if (!is_word(filter, strcspn(filter, SPACES), "and"))
            return "conditions not joined by and";
        take_word(&filter, &len);
    }
}
