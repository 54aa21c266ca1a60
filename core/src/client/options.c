/* SPDX-License-Identifier: Apache-2.0 */
#include "client/options.h"

#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "key/key.h"
#include "link/link.h"

#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_TIMEOUT_MS 3600000
#define MAX_VALUE 16384

typedef struct option {
    const char *name, *variable, *initial;
    size_t offset;
} option;

static const option OPTIONS[] = {
#define OPTION(name, variable, initial) {#name, variable, initial, offsetof(pk_options, name)},
    PK_OPTIONS(OPTION)
#undef OPTION
};

#define NUM_OPTIONS (sizeof OPTIONS / sizeof *OPTIONS)

static char **at(const pk_options *options, size_t i)
{
    return (char **)(void *)((char *)(uintptr_t)options + OPTIONS[i].offset);
}

/* 1 to MAX_TIMEOUT_MS in decimal; 0 for anything else. */
static int parse_timeout(const char *text)
{
    long value = 0;

    if (!*text || strlen(text) > 7 || strspn(text, "0123456789") != strlen(text))
        return 0;
    value = strtol(text, NULL, 10);
    return value >= 1 && value <= MAX_TIMEOUT_MS ? (int)value : 0;
}

static const char *broken_rule(const char *name, const char *value)
{
    passkey_log_level level;
    bool truth;

    if (strlen(value) > MAX_VALUE)
        return "it is too long";
    if (!pk_utf8_valid(value, strlen(value)) || pk_has_control(value, strlen(value)))
        return "it holds control characters or is not UTF-8";
    if (!strcmp(name, "allow_loopback_http") && !pk_bool_parse(value, &truth))
        return "it must be 1 or 0, true or false";
    if (!strcmp(name, "timeout_ms") && !parse_timeout(value))
        return "it must be a number of milliseconds from 1 to 3600000";
    if (!strcmp(name, "log") && !pk_log_level_parse(value, &level))
        return "it must be off, error, warning, info or debug";
    return NULL;
}

static passkey_status check(const char *name, const char *value, passkey_error **out_error)
{
    const char *rule = broken_rule(name, value);

    if (rule)
        return pk_fail(out_error, PASSKEY_INVALID_OPTION, "The option %s is not allowed: %s.", name,
                       rule);
    if (!strcmp(name, "proxy") && !pk_url_is_proxy(value))
        return pk_fail(out_error, PASSKEY_INVALID_OPTION,
                       "The option proxy is not allowed: it is no URL of a proxy.");
    return strcmp(name, "tpm") ? PASSKEY_OK : pk_tpm_option_check(value, out_error);
}

/* An empty value means the default, except where it has a meaning of its own. */
static bool means_default(const char *name, const char *value)
{
    return !value || (!*value && strcmp(name, "allowed_domains"));
}

static char *join(const char *folder, const char *rest)
{
    pk_buffer path = {0};

    if (pk_buffer_printf(&path, "%s/%s", folder, rest))
        return pk_buffer_take(&path);
    pk_buffer_free(&path);
    return NULL;
}

static bool is_path(const char *name)
{
    return !strcmp(name, "home") || !strcmp(name, "ca_file");
}

/* A relative path means the folder the process is in now, not later. */
static passkey_status store_form(const char *name, const char *value, char **out_form,
                                 passkey_error **out_error)
{
    char folder[PATH_MAX];
    char *form;

    if (!is_path(name) || *value == '/')
        form = pk_text_copy(value);
    else if (getcwd(folder, sizeof folder))
        form = join(folder, value);
    else
        return pk_fail(out_error, PASSKEY_INVALID_OPTION,
                       "The option %s is a relative path, and the working folder is gone.", name);
    if (!form)
        return pk_fail_memory(out_error);
    *out_form = form;
    return PASSKEY_OK;
}

static passkey_status set_at(pk_options *options, size_t i, const char *value,
                             passkey_error **out_error)
{
    const char *effective = means_default(OPTIONS[i].name, value) ? OPTIONS[i].initial : value;
    char *copy = NULL;

    if (effective) {
        passkey_status status = check(OPTIONS[i].name, effective, out_error);

        if (status)
            return status;
        status = store_form(OPTIONS[i].name, effective, &copy, out_error);
        if (status)
            return status;
    }
    pk_text_free(*at(options, i));
    *at(options, i) = copy;
    return PASSKEY_OK;
}

passkey_status pk_options_set(pk_options *options, const char *name, const char *value,
                              passkey_error **out_error)
{
    size_t i;

    for (i = 0; i < NUM_OPTIONS; i++)
        if (!strcmp(OPTIONS[i].name, name))
            return set_at(options, i, value, out_error);
    return pk_fail(out_error, PASSKEY_INVALID_OPTION, "There is no option %.64s.", name);
}

passkey_status pk_options_init(pk_options *options, passkey_error **out_error)
{
    size_t i;

    memset(options, 0, sizeof *options);
    for (i = 0; i < NUM_OPTIONS; i++) {
        passkey_status status = set_at(options, i, secure_getenv(OPTIONS[i].variable), out_error);

        if (status) {
            pk_options_clear(options);
            return status;
        }
    }
    return PASSKEY_OK;
}

/* XDG Base Directory Specification; a relative variable counts as unset. */
static char *default_home(void)
{
    const char *data = secure_getenv("XDG_DATA_HOME"), *user = secure_getenv("HOME");
    struct passwd entry, *found = NULL;
    char buffer[4096];

    if (data && *data == '/')
        return join(data, "passkey");
    if (user && *user == '/')
        return join(user, ".local/share/passkey");
    if (getpwuid_r(geteuid(), &entry, buffer, sizeof buffer, &found) == 0 && found)
        return join(found->pw_dir, ".local/share/passkey");
    return NULL;
}

passkey_status pk_options_copy(const pk_options *options, pk_options *out_copy,
                               passkey_error **out_error)
{
    pk_options copy = {0};
    size_t i;

    for (i = 0; i < NUM_OPTIONS; i++) {
        if (!*at(options, i))
            continue;
        *at(&copy, i) = pk_text_copy(*at(options, i));
        if (!*at(&copy, i)) {
            pk_options_clear(&copy);
            return pk_fail_memory(out_error);
        }
    }
    if (!copy.home)
        copy.home = default_home();
    *out_copy = copy;
    return PASSKEY_OK;
}

passkey_status pk_options_need_home(const pk_options *options, passkey_error **out_error)
{
    return options->home ? PASSKEY_OK
                         : pk_fail(out_error, PASSKEY_INVALID_OPTION,
                                   "No place for the store: the option home, XDG_DATA_HOME and "
                                   "HOME are unset.");
}

void pk_options_clear(pk_options *options)
{
    size_t i;

    for (i = 0; i < NUM_OPTIONS; i++) {
        pk_text_free(*at(options, i));
        *at(options, i) = NULL;
    }
}

bool pk_options_allow_loopback_http(const pk_options *options)
{
    bool allowed = false;

    return pk_bool_parse(options->allow_loopback_http, &allowed) && allowed;
}

int pk_options_timeout_ms(const pk_options *options)
{
    return parse_timeout(options->timeout_ms);
}

passkey_log_level pk_options_log_level(const pk_options *options)
{
    passkey_log_level level = PASSKEY_LOG_OFF;

    pk_log_level_parse(options->log, &level);
    return level;
}
