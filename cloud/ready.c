/* SPDX-License-Identifier: Apache-2.0
 * The ready line, and passkey-cloud init, which does no more than to print it. */
#include "ready.h"

#include "base/memory.h"
#include "base/text.h"
#include "options.h"

#include <string.h>
#include <strings.h>

static bool is_base_url(const char *url)
{
    size_t scheme_len = strncasecmp(url, "https://", 8) == 0  ? 8
                        : strncasecmp(url, "http://", 7) == 0 ? 7
                                                              : 0;

    return scheme_len && url[scheme_len] && url[scheme_len] != '/' &&
           !strpbrk(url, "?#@\\\"<> ") && !pk_has_control(url, strlen(url));
}

int pk_public_url(pk_arena *arena, const char *given, const char **out_url)
{
    size_t len = strlen(given);

    if (!is_base_url(given))
        return pk_usage_error("--public-url is not an http or https URL without a query", NULL);
    while (given[len - 1] == '/')
        len--;
    *out_url = pk_arena_text_n(arena, given, len);
    return *out_url ? 0 : pk_say_failure("memory could not be allocated", NULL, NULL);
}

int pk_print_ready(const pk_setup *setup, const char *url)
{
    pk_json *ready = pk_json_new_object();
    bool done = pk_json_add_text_or_null(ready, "api_base_url", url) &&
                pk_json_add_text_or_null(ready, "auth_base_url", url) &&
                pk_json_add_text(ready, "tenant_id", setup->tenant_id) &&
                pk_json_add_text(ready, "realm_id", setup->realm_id) &&
                pk_json_add_text(ready, "application_id", setup->application_id) &&
                pk_json_add_text(ready, "authenticator_config_id", setup->config_id) &&
                pk_json_add_text(ready, "identity_id", setup->identity_id) &&
                pk_json_add_text_or_null(ready, "api_token", setup->api_token);
    char *text = done ? pk_json_print(ready) : NULL;

    done = text && puts(text) != EOF && fflush(stdout) != EOF;
    pk_text_free(text);
    pk_json_free(ready);
    return done ? 0 : pk_say_failure("the ready line cannot be printed", NULL, NULL);
}

int pk_init(const pk_options *options)
{
    pk_arena arena = {0};
    pk_store *store = NULL;
    const char *url = NULL;
    pk_setup setup;
    int code = 0;

    if (options->public_url)
        code = pk_public_url(&arena, options->public_url, &url);
    if (code == 0)
        store = pk_setup_open(&arena, options->data, options->database, true);
    if (code == 0 && !store)
        code = 1;
    if (code == 0 && !pk_setup_ensure(store, &arena, &setup))
        code = pk_say_failure("the first start failed", pk_store_reason(store), NULL);
    if (code == 0)
        code = pk_print_ready(&setup, url);
    pk_store_close(store);
    pk_arena_free(&arena);
    return code;
}
