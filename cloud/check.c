/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "answer.h"
#include "base/text.h"

#include <string.h>
#include <strings.h>

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

const char *pk_check_name(pk_check *check, const pk_json *body, const char *field)
{
    const char *name = pk_check_text(check, body, field, true, 64);

    if (name && strpbrk(name, "{}[]<>;:?\\/|*^%$#=~`!")) {
        pk_check_fail(check, field, "character not allowed");
        return NULL;
    }
    return name;
}

/* RFC 3986, section 3.1 */
static size_t scheme_len(const char *uri)
{
    size_t len = strspn(uri, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
    bool letter = (*uri >= 'a' && *uri <= 'z') || (*uri >= 'A' && *uri <= 'Z');

    return letter && uri[len] == ':' ? len : 0;
}

static bool runs_what_it_carries(const char *uri)
{
    static const char *const schemes[] = {"javascript:", "data:", "vbscript:", "blob:"};

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (strncasecmp(uri, schemes[i], strlen(schemes[i])) == 0)
            return true;
    return false;
}

const char *pk_check_uri(pk_check *check, const pk_json *body, const char *field)
{
    const char *uri = pk_check_text(check, body, field, false, 2048);

    if (uri && (scheme_len(uri) == 0 || strpbrk(uri, " \"<>\\^`{|}"))) {
        pk_check_fail(check, field, "not an absolute URI");
        return NULL;
    }
    if (uri && runs_what_it_carries(uri)) {
        pk_check_fail(check, field, "scheme not allowed");
        return NULL;
    }
    return uri;
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
