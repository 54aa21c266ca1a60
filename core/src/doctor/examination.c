/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/examination.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TEXT 4096 /* bytes of a message or a remedy */

typedef struct finding {
    pk_check check;
    passkey_level level;
    char *message, *remedy;
} finding;

struct passkey_examination {
    finding *findings;
    size_t num_findings;
    bool no_memory;
    char *json;
};

static const char *const NAMES[] = {
#define CHECK_NAME(enumerator, name, about) name,
    PK_CHECKS(CHECK_NAME)
#undef CHECK_NAME
};

passkey_examination *pk_examination_new(void)
{
    return calloc(1, sizeof(passkey_examination));
}

/* ------------------------------------------------------------- what is found */

/* Names of files may hold anything; a finding is valid UTF-8 all the same. */
__attribute__((format(printf, 1, 0))) static char *write_text(const char *format,
                                                              va_list arguments)
{
    char text[MAX_TEXT];

    vsnprintf(text, sizeof text, format, arguments);
    pk_utf8_mend(text);
    return pk_text_copy(text);
}

__attribute__((format(printf, 4, 0))) static void
add(passkey_examination *this, pk_check check, passkey_level level, const char *format,
    va_list arguments)
{
    char *message = write_text(format, arguments);
    finding *longer = message ? reallocarray(this->findings, this->num_findings + 1, sizeof *longer)
                              : NULL;

    if (!longer) {
        pk_text_free(message);
        this->no_memory = true;
        return;
    }
    this->findings = longer;
    longer[this->num_findings++] = (finding){.check = check, .level = level, .message = message};
}

#define ADD(level)                                                                                 \
    do {                                                                                           \
        va_list arguments;                                                                         \
                                                                                                   \
        va_start(arguments, format);                                                               \
        add(this, check, level, format, arguments);                                                \
        va_end(arguments);                                                                         \
    } while (0)

void pk_ok(passkey_examination *this, pk_check check, const char *format, ...)
{
    ADD(PASSKEY_LEVEL_OK);
}

void pk_warn(passkey_examination *this, pk_check check, const char *format, ...)
{
    ADD(PASSKEY_LEVEL_WARNING);
}

void pk_problem(passkey_examination *this, pk_check check, const char *format, ...)
{
    ADD(PASSKEY_LEVEL_PROBLEM);
}

void pk_remedy(passkey_examination *this, const char *format, ...)
{
    va_list arguments;
    finding *last;

    if (this->no_memory)
        return;
    last = &this->findings[this->num_findings - 1];
    va_start(arguments, format);
    pk_text_free(last->remedy);
    last->remedy = write_text(format, arguments);
    va_end(arguments);
    this->no_memory = !last->remedy;
}

void pk_examination_no_memory(passkey_examination *this)
{
    this->no_memory = true;
}

void pk_problem_of_error(passkey_examination *this, pk_check check, passkey_error *error)
{
    const char *cause = passkey_error_cause(error);

    if (passkey_error_status(error) == PASSKEY_OUT_OF_MEMORY)
        this->no_memory = true;
    pk_problem(this, check, "%s%s%s%s", passkey_error_message(error), cause ? " [" : "",
               cause ? cause : "", cause ? "]" : "");
    pk_remedy(this, "%s", passkey_error_hint(error));
    passkey_error_free(error);
}

static bool is_plain(const char *text)
{
    return *text && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                 "/._-+:@,") == strlen(text);
}

pk_shell_word pk_word(const char *text)
{
    pk_shell_word word = {""};
    size_t len = 0;

    if (is_plain(text) && strlen(text) < sizeof word.x) {
        memcpy(word.x, text, strlen(text) + 1);
        return word;
    }
    word.x[len++] = '\'';
    for (; *text && len < sizeof word.x - 6; text++) {
        if (*text == '\'') { /* '\'' */
            memcpy(word.x + len, "'\\'", 3);
            len += 3;
        }
        word.x[len++] = *text;
    }
    word.x[len] = '\'';
    return word;
}

/* -------------------------------------------------------------------- the JSON */

static pk_json *to_json(const finding *found)
{
    pk_json *json = pk_json_new_object();

    if (pk_json_add_text(json, "check", NAMES[found->check]) &&
        pk_json_add_text(json, "level", passkey_level_name(found->level)) &&
        pk_json_add_text(json, "message", found->message) &&
        pk_json_add_text_or_null(json, "remedy", found->remedy))
        return json;
    pk_json_free(json);
    return NULL;
}

bool pk_examination_finish(passkey_examination *this)
{
    pk_json *json = pk_json_new_array();
    bool done = json && !this->no_memory;
    size_t i;

    for (i = 0; done && i < this->num_findings; i++)
        done = pk_json_add(json, NULL, to_json(&this->findings[i]));
    this->json = done ? pk_json_print(json) : NULL;
    pk_json_free(json);
    return this->json;
}

/* --------------------------------------------------------------------- public */

const char *passkey_level_name(passkey_level level)
{
    static const char *const LEVELS[] = {"ok", "warning", "problem"};

    return (unsigned)level < sizeof LEVELS / sizeof *LEVELS ? LEVELS[level] : "unknown";
}

static const finding *at(const passkey_examination *this, size_t index)
{
    return this && index < this->num_findings ? &this->findings[index] : NULL;
}

size_t passkey_examination_count(const passkey_examination *examination)
{
    return examination ? examination->num_findings : 0;
}

passkey_level passkey_examination_worst(const passkey_examination *examination)
{
    passkey_level worst = PASSKEY_LEVEL_OK;
    size_t i;

    for (i = 0; i < passkey_examination_count(examination); i++)
        if (examination->findings[i].level > worst)
            worst = examination->findings[i].level;
    return worst;
}

const char *passkey_examination_check(const passkey_examination *examination, size_t index)
{
    const finding *found = at(examination, index);

    return found ? NAMES[found->check] : NULL;
}

passkey_level passkey_examination_level(const passkey_examination *examination, size_t index)
{
    const finding *found = at(examination, index);

    return found ? found->level : PASSKEY_LEVEL_OK;
}

const char *passkey_examination_message(const passkey_examination *examination, size_t index)
{
    const finding *found = at(examination, index);

    return found ? found->message : NULL;
}

const char *passkey_examination_remedy(const passkey_examination *examination, size_t index)
{
    const finding *found = at(examination, index);

    return found ? found->remedy : NULL;
}

const char *passkey_examination_json(const passkey_examination *examination)
{
    return examination ? examination->json : NULL;
}

void passkey_examination_free(passkey_examination *examination)
{
    size_t i;

    if (!examination)
        return;
    for (i = 0; i < examination->num_findings; i++) {
        pk_text_free(examination->findings[i].message);
        pk_text_free(examination->findings[i].remedy);
    }
    free(examination->findings);
    pk_text_free(examination->json);
    free(examination);
}
