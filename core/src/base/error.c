/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct passkey_error {
    passkey_status status;
    char *message;
    char *hint;
    char *cause;
    char *correlation_id;
    int http_status;
    bool is_final; /* whatever its status says, trying again is of no use */
    char *text; /* made of the others, remade when one changes */
    char *json;
};

static const struct {
    passkey_status status;
    const char *name, *meaning, *hint;
} STATUSES[] = {
#define STATUS(name, number, code, meaning, hint) {PASSKEY_##name, code, meaning, hint},
    PASSKEY_STATUS_MAP(STATUS)
#undef STATUS
};

#define NUM_STATUSES (sizeof STATUSES / sizeof *STATUSES)

/* Without memory there is none for an error either: this one stands in. */
static struct passkey_error no_memory = {
    .status = PASSKEY_OUT_OF_MEMORY,
    .message = "Memory could not be allocated.",
    .hint = "Free some memory and try again.",
    .text = "out_of_memory: Memory could not be allocated. (Free some memory and try again.)",
    .json = "{\"code\":\"out_of_memory\",\"message\":\"Memory could not be allocated.\","
            "\"hint\":\"Free some memory and try again.\",\"retryable\":true}",
};

static size_t status_index(passkey_status status)
{
    size_t i = 0;

    while (i < NUM_STATUSES && STATUSES[i].status != status)
        i++;
    return i;
}

const char *passkey_status_name(passkey_status status)
{
    size_t i = status_index(status);

    return i < NUM_STATUSES ? STATUSES[i].name : "unknown";
}

__attribute__((format(printf, 1, 0))) static char *format_text(const char *format,
                                                               va_list arguments)
{
    char *text = NULL;

    if (vasprintf(&text, format, arguments) < 0)
        return NULL;
    pk_utf8_mend(text);
    return text;
}

static char *error_text(const passkey_error *error)
{
    pk_buffer text = {0};
    bool done = pk_buffer_printf(&text, "%s: %s", passkey_status_name(error->status),
                                 error->message) &&
                (!error->hint || !*error->hint || pk_buffer_printf(&text, " (%s)", error->hint));

    if (done)
        return pk_buffer_take(&text);
    pk_buffer_free(&text);
    return NULL;
}

static char *error_json(const passkey_error *error)
{
    pk_json *json = pk_json_new_object();
    bool done = pk_json_add_text(json, "code", passkey_status_name(error->status)) &&
                pk_json_add_text(json, "message", error->message) &&
                pk_json_add_text(json, "hint", error->hint) &&
                (!error->cause || pk_json_add_text(json, "cause", error->cause)) &&
                (!error->http_status ||
                 pk_json_add_number(json, "httpStatus", error->http_status)) &&
                (!error->correlation_id ||
                 pk_json_add_text(json, "correlationId", error->correlation_id)) &&
                pk_json_add_bool(json, "retryable", passkey_error_retryable(error));
    char *text = done ? pk_json_print(json) : NULL;

    pk_json_free(json);
    return text;
}

static bool remake(passkey_error *error)
{
    char *text = error_text(error), *json = error_json(error);

    if (!text || !json) {
        pk_text_free(text);
        pk_text_free(json);
        return false;
    }
    pk_text_free(error->text);
    pk_text_free(error->json);
    error->text = text;
    error->json = json;
    return true;
}

passkey_status pk_fail_memory(passkey_error **out_error)
{
    if (out_error)
        *out_error = &no_memory;
    return PASSKEY_OUT_OF_MEMORY;
}

passkey_status pk_fail(passkey_error **out_error, passkey_status status, const char *format, ...)
{
    size_t i = status_index(status);
    passkey_error *error;
    va_list arguments;

    if (!out_error)
        return status;
    error = calloc(1, sizeof *error);
    if (!error)
        return pk_fail_memory(out_error);
    error->status = status;
    va_start(arguments, format);
    error->message = format_text(format, arguments);
    va_end(arguments);
    error->hint = pk_text_copy(i < NUM_STATUSES ? STATUSES[i].hint : "");
    if (!error->message || !error->hint || !remake(error)) {
        passkey_error_free(error);
        return pk_fail_memory(out_error);
    }
    *out_error = error;
    return status;
}

/* Puts text in the place of *field, or leaves the error as it is. */
static void replace(passkey_error *error, char **field, char *text)
{
    char *before = *field;

    if (!text)
        return;
    *field = text;
    if (remake(error)) {
        pk_text_free(before);
    } else {
        *field = before;
        pk_text_free(text);
    }
}

static passkey_error *changeable(passkey_error **out_error)
{
    return out_error && *out_error != &no_memory ? *out_error : NULL;
}

void pk_error_set_hint(passkey_error **out_error, const char *format, ...)
{
    passkey_error *error = changeable(out_error);
    va_list arguments;

    if (!error)
        return;
    va_start(arguments, format);
    replace(error, &error->hint, format_text(format, arguments));
    va_end(arguments);
}

void pk_error_set_cause(passkey_error **out_error, const char *format, ...)
{
    passkey_error *error = changeable(out_error);
    va_list arguments;

    if (!error)
        return;
    va_start(arguments, format);
    replace(error, &error->cause, format_text(format, arguments));
    va_end(arguments);
}

void pk_error_set_http(passkey_error **out_error, int http_status, const char *correlation_id)
{
    passkey_error *error = changeable(out_error);

    if (!error)
        return;
    error->http_status = http_status;
    if (correlation_id)
        replace(error, &error->correlation_id, pk_text_copy(correlation_id));
    else
        remake(error);
}

void pk_error_set_final(passkey_error **out_error)
{
    passkey_error *error = changeable(out_error);

    if (!error)
        return;
    error->is_final = true;
    remake(error);
}

passkey_status passkey_error_status(const passkey_error *error)
{
    return error ? error->status : PASSKEY_OK;
}

const char *passkey_error_code(const passkey_error *error)
{
    return error ? passkey_status_name(error->status) : NULL;
}

const char *passkey_error_message(const passkey_error *error)
{
    return error ? error->message : NULL;
}

const char *passkey_error_hint(const passkey_error *error)
{
    return error ? error->hint : NULL;
}

const char *passkey_error_cause(const passkey_error *error)
{
    return error ? error->cause : NULL;
}

int passkey_error_http_status(const passkey_error *error)
{
    return error ? error->http_status : 0;
}

const char *passkey_error_correlation_id(const passkey_error *error)
{
    return error ? error->correlation_id : NULL;
}

bool passkey_error_retryable(const passkey_error *error)
{
    if (error && error->is_final)
        return false;
    switch (passkey_error_status(error)) {
    case PASSKEY_OUT_OF_MEMORY:
    case PASSKEY_CANCELED:
    case PASSKEY_RATE_LIMITED:
    case PASSKEY_SERVER_ERROR:
    case PASSKEY_NETWORK_ERROR:
    case PASSKEY_TIMEOUT:
    case PASSKEY_TPM_GONE:
    case PASSKEY_TPM_BUSY:
    case PASSKEY_STORE_BUSY:
        return true;
    default:
        return false;
    }
}

const char *passkey_error_text(const passkey_error *error)
{
    return error ? error->text : NULL;
}

const char *passkey_error_json(const passkey_error *error)
{
    return error ? error->json : NULL;
}

void passkey_error_free(passkey_error *error)
{
    if (!error || error == &no_memory)
        return;
    pk_text_free(error->message);
    pk_text_free(error->hint);
    pk_text_free(error->cause);
    pk_text_free(error->correlation_id);
    pk_text_free(error->text);
    pk_text_free(error->json);
    free(error);
}
