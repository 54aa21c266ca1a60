/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "answer.h"
#include "base/memory.h"
#include "base/text.h"

#include <string.h>

void pk_check_fail(pk_check *check, const char *field, const char *description)
{
    pk_json *violation = pk_json_new_object();
    bool filled = pk_json_add_text(violation, "field", field) &&
                  pk_json_add_text(violation, "description", description);

    if (!check->violations)
        check->violations = pk_json_new_array();
    if (!pk_json_add(check->violations, NULL, violation) || !filled)
        check->broken = true;
}

bool pk_check_end(pk_check *check, pk_call *call)
{
    pk_json *violations = check->violations;

    check->violations = NULL;
    if (check->broken) {
        pk_json_free(violations);
        pk_answer_internal(call);
    } else if (violations) {
        pk_answer_violations(call, violations);
    }
    return !check->broken && !violations;
}

const pk_json *pk_check_body(pk_call *call, const char *wrapper)
{
    const pk_json *body = pk_call_json(call);

    if (!body || pk_json_is_object(pk_json_get(body, wrapper)))
        return body;
    pk_answer_violation(call, wrapper, "missing");
    return NULL;
}

bool pk_check_given(const pk_json *body, const char *field)
{
    const pk_json *value = pk_json_get(body, field);

    return value && !pk_json_is_null(value);
}

/* In UTF-8 every character has one byte that is no continuation. */
static size_t num_characters(const char *text)
{
    size_t num = 0;

    for (; *text; text++)
        num += ((unsigned char)*text & 0xc0) != 0x80;
    return num;
}

static const char *fault_of(const pk_json *value, const char *text, bool required, size_t max_len)
{
    if (!value || pk_json_is_null(value))
        return required ? "missing" : NULL;
    if (!text)
        return "not a string";
    if (*text == '\0')
        return required ? "empty string" : NULL;
    if (num_characters(text) > max_len)
        return "too long";
    return pk_has_control(text, strlen(text)) ? "control character" : NULL;
}

const char *pk_check_text(pk_check *check, const pk_json *body, const char *field, bool required,
                          size_t max_len)
{
    const char *text = pk_json_text(body, field);
    const char *fault = fault_of(pk_json_get(body, field), text, required, max_len);

    if (fault)
        pk_check_fail(check, field, fault);
    return !fault && text && *text ? text : NULL;
}

static bool is_choice(const char *text, const char *const *choices)
{
    for (; *choices; choices++)
        if (strcmp(text, *choices) == 0)
            return true;
    return false;
}

/* "not a, b or c" */
static void fail_choice(pk_check *check, const char *field, const char *const *choices)
{
    pk_buffer text = {0};
    bool done = pk_buffer_append_text(&text, "not ");

    for (; done && *choices; choices++)
        done = pk_buffer_printf(&text, "%s%s", *choices,
                                !choices[1] ? "" : !choices[2] ? " or " : ", ");
    if (done)
        pk_check_fail(check, field, text.data);
    else
        check->broken = true;
    pk_buffer_free(&text);
}

const char *pk_check_choice(pk_check *check, const pk_json *body, const char *field, bool required,
                            const char *const *choices)
{
    const char *text = pk_check_text(check, body, field, required, 64);

    if (!text || is_choice(text, choices))
        return text;
    fail_choice(check, field, choices);
    return NULL;
}

bool pk_check_flag(pk_check *check, const pk_json *body, const char *field, bool fallback)
{
    if (!pk_check_given(body, field))
        return fallback;
    if (!pk_json_is_bool(pk_json_get(body, field)))
        pk_check_fail(check, field, "not a boolean");
    return pk_json_is_true(pk_json_get(body, field));
}

bool pk_check_array(pk_check *check, const pk_json *body, const char *field, bool required,
                    pk_check_judge *judge)
{
    const pk_json *array = pk_json_get(body, field);
    const char *fault = NULL;

    if (!pk_check_given(body, field)) {
        if (required)
            pk_check_fail(check, field, "missing");
        return false;
    }
    if (!pk_json_is_array(array))
        fault = "not an array";
    for (const pk_json *value = pk_json_first(array); !fault && value; value = pk_json_next(value))
        fault = judge(value);
    if (fault)
        pk_check_fail(check, field, fault);
    return !fault;
}

static const char *id_fault(const pk_json *value)
{
    const char *id = pk_json_string(value);

    return !id ? "not an array of strings" : *id == '\0' ? "empty string" : NULL;
}

void pk_check_ids(pk_check *check, const pk_json *body, const char *field)
{
    size_t num_ids;

    if (!pk_check_array(check, body, field, true, id_fault))
        return;
    num_ids = pk_json_count(pk_json_get(body, field));
    if (num_ids < 1 || num_ids > 1000)
        pk_check_fail(check, field, "not 1 to 1000 ids");
}

const char *pk_check_name(pk_check *check, const pk_json *body, const char *field)
{
    const char *name = pk_check_text(check, body, field, true, 64);

    if (name && strpbrk(name, "{}[]<>;:?\\/|*^%$#=~`!")) {
        pk_check_fail(check, field, "character not allowed");
        return NULL;
    }
    return name;
}

const char *pk_check_uri(pk_check *check, const pk_json *body, const char *field, bool required,
                         const char *(*judge)(const char *uri))
{
    const char *uri = pk_check_text(check, body, field, required, 2048);
    const char *fault = uri ? judge(uri) : NULL;

    if (fault)
        pk_check_fail(check, field, fault);
    return fault ? NULL : uri;
}

const char *pk_check_email(pk_check *check, const pk_json *body, const char *field)
{
    const char *email = pk_check_text(check, body, field, false, 254);
    const char *at = email ? strchr(email, '@') : NULL;

    if (email && (!at || at == email || at[1] == '\0' || strchr(at + 1, '@') ||
                  strpbrk(email, " ,;<>\"()"))) {
        pk_check_fail(check, field, "not an email address");
        return NULL;
    }
    return email;
}
