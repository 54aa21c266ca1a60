/* SPDX-License-Identifier: Apache-2.0 */
#include "api/oauth.h"

#include "answer.h"
#include "api/api.h"
#include "base/crypto.h"
#include "base/memory.h"
#include "base/text.h"
#include "names.h"

#include <string.h>
#include <strings.h>

/* ---------------------------------------------------------------------- forms */

const char *pk_form_value(pk_call *call, const char *name)
{
    pk_buffer value = {0};
    const char *text = NULL;

    if (call->body_len && pk_query_get(call->body, call->body_len, name, &value) > 0 && value.len)
        text = pk_has_control(value.data, value.len) || strlen(value.data) != value.len
                   ? "\x01"
                   : pk_arena_text(&call->arena, value.data);
    pk_buffer_free(&value);
    return text;
}

/* RFC 6749, section 3.2: no parameter twice. */
static bool has_value_twice(const pk_call *call)
{
    static const char *const names[] = {"grant_type", "scope",           "client_id",
                                        "client_secret", "expiration_time", "custom_claims",
                                        "token"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (pk_num_pairs(call->body, call->body_len, names[i]) > 1)
            return true;
    return false;
}

/* --------------------------------------------------------------------- errors */

void pk_oauth_error(pk_call *call, int status, const char *error, const char *description)
{
    pk_json *json = pk_json_new_object();

    if (!pk_json_add_text(json, "error", error) ||
        !pk_json_add_text(json, "error_description", description)) {
        pk_json_free(json);
        json = NULL;
    }
    if (status == 401)
        pk_answer_header(call, "WWW-Authenticate", "Basic realm=\"token\"");
    pk_answer_header(call, "Pragma", "no-cache");
    pk_answer(call, status, json);
}

/* -------------------------------------------------------------------- clients */

typedef struct shown {
    const char *client_id;
    const char *client_secret;
} shown;

static const char *form_decoded(pk_call *call, const char *text, size_t text_len)
{
    pk_buffer out = {0};
    const char *decoded = NULL;

    if (pk_form_decode(&out, text, text_len) && out.len && strlen(out.data) == out.len)
        decoded = pk_arena_text(&call->arena, out.data);
    pk_buffer_free(&out);
    return decoded;
}

/* RFC 4648 section 4 is section 5 with two other characters and padding. */
static bool base64_decode(pk_arena *arena, const char *text, pk_buffer *out)
{
    char *copy = pk_arena_text(arena, text);
    size_t len = strcspn(text, "=");

    if (!copy || strlen(text) - len > 2 || strlen(text) % 4 != 0 || strpbrk(text, "-_"))
        return false;
    for (char *c = copy; *c; c++)
        *c = (char)(*c == '+' ? '-' : *c == '/' ? '_' : *c);
    return pk_base64url_decode(copy, len, out);
}

/* Section 2.3.1: both are form-encoded before they are joined. */
static bool read_basic(pk_call *call, const char *value, shown *out)
{
    pk_buffer pair = {0};
    const char *colon = NULL;

    value += strspn(value, " ");
    if (base64_decode(&call->arena, value, &pair) && pair.len && strlen(pair.data) == pair.len)
        colon = strchr(pair.data, ':');
    if (colon) {
        out->client_id = form_decoded(call, pair.data, (size_t)(colon - pair.data));
        out->client_secret = form_decoded(call, colon + 1, strlen(colon + 1));
    }
    pk_buffer_free(&pair);
    return colon;
}

static void fail_client(pk_call *call)
{
    pk_oauth_error(call, 401, "invalid_client", "client_id or client_secret is not right");
}

static bool read_shown(pk_call *call, shown *out)
{
    bool is_basic = call->authorization && strncasecmp(call->authorization, "Basic ", 6) == 0;
    const char *client_id = pk_form_value(call, "client_id");
    const char *client_secret = pk_form_value(call, "client_secret");

    *out = (shown){0};
    if (is_basic && !read_basic(call, call->authorization + 6, out)) {
        fail_client(call);
        return false;
    }
    if (has_value_twice(call) || (is_basic && client_secret) ||
        (is_basic && client_id && out->client_id && strcmp(client_id, out->client_id) != 0)) {
        pk_oauth_error(call, 400, "invalid_request",
                       "a parameter is there twice, or the client is");
        return false;
    }
    if (!is_basic)
        *out = (shown){client_id, client_secret};
    if (out->client_id && out->client_secret)
        return true;
    fail_client(call);
    return false;
}

static pk_stored find_application(pk_call *call, const char *client_id, pk_application *out)
{
    pk_stored found = pk_store_realm(call->store, &call->arena, call->tenant_id, call->realm_id,
                                     &call->realm);

    if (found != PK_STORED_OK)
        return found;
    if (!call->id)
        return pk_store_application_of_client(call->store, &call->arena, call->realm.id, client_id,
                                              out);
    found = pk_store_application(call->store, &call->arena, call->realm.id, call->id, out);
    return found == PK_STORED_OK && strcmp(out->client_id, client_id) != 0 ? PK_STORED_ABSENT
                                                                           : found;
}

static bool is_secret(pk_call *call, const pk_application *application, const char *secret)
{
    const char *hash = pk_token_hash(&call->arena, secret);
    const char *wanted = application->client_secret_hash;

    return hash && wanted && strlen(hash) == strlen(wanted) &&
           pk_equal_constant_time(hash, wanted, strlen(wanted));
}

bool pk_oauth_client(pk_call *call, pk_application *out_application)
{
    shown client;
    pk_stored found;

    if (!read_shown(call, &client))
        return false;
    found = find_application(call, client.client_id, out_application);
    if (found == PK_STORED_FAILED) {
        pk_answer_internal(call);
        return false;
    }
    if (found == PK_STORED_OK && is_secret(call, out_application, client.client_secret))
        return true;
    fail_client(call);
    return false;
}

const char *pk_oauth_name(pk_call *call, const pk_application *application)
{
    return pk_arena_printf(&call->arena, "tenants/%s/realms/%s/applications/%s",
                           call->realm.tenant_id, application->realm_id, application->id);
}

const pk_json *pk_oauth_protocol(pk_call *call, const pk_application *application)
{
    return pk_arena_json(&call->arena,
                         pk_json_parse(application->protocol_config,
                                       strlen(application->protocol_config), NULL));
}

/* ------------------------------------------------------------------- discovery */

static bool find_path_application(pk_call *call, pk_application *out_application)
{
    pk_stored found = pk_store_realm(call->store, &call->arena, call->tenant_id, call->realm_id,
                                     &call->realm);

    if (found == PK_STORED_OK)
        found = pk_store_application(call->store, &call->arena, call->realm.id, call->id,
                                     out_application);
    if (found == PK_STORED_ABSENT)
        pk_answer_not_found(call);
    else if (found != PK_STORED_OK)
        pk_answer_internal(call);
    return found == PK_STORED_OK;
}

void pk_oauth_keys(pk_call *call)
{
    pk_json *keys = pk_json_new_array(), *json = pk_json_new_object();
    pk_application application;

    if (!find_path_application(call, &application)) {
        pk_json_free(keys);
        pk_json_free(json);
        return;
    }
    if (!pk_json_add(keys, NULL, pk_signer_jwk(call->cloud->signer))) {
        pk_json_free(keys);
        keys = NULL;
    }
    if (!pk_json_add(json, "keys", keys)) {
        pk_json_free(json);
        json = NULL;
    }
    pk_answer(call, 200, json);
}

static bool add_words(pk_json *json, const char *name, const char *const *words)
{
    pk_json *array = pk_json_new_array();
    bool filled = true;

    for (; *words; words++)
        filled = pk_json_add_text(array, NULL, *words) && filled;
    return pk_json_add(json, name, array) && filled;
}

static bool add_url(pk_call *call, pk_json *json, const char *name, const char *path,
                    const char *end)
{
    return pk_json_add_text(json, name,
                            pk_arena_printf(&call->arena, "%s/v1/%s%s", call->cloud->public_url,
                                            path, end));
}

void pk_oauth_configuration(pk_call *call)
{
    static const char *const grants[] = {"client_credentials", NULL};
    static const char *const methods[] = {"client_secret_basic", "client_secret_post", NULL};
    static const char *const algorithms[] = {"RS256", NULL};
    static const char *const none[] = {NULL};
    pk_application application;
    const char *path, *realm;
    pk_json *json;

    if (!find_path_application(call, &application))
        return;
    path = pk_oauth_name(call, &application);
    realm = pk_arena_printf(&call->arena, "tenants/%s/realms/%s", call->realm.tenant_id,
                            call->realm.id);
    json = pk_json_new_object();
    if (!path || !realm || !add_url(call, json, "issuer", path, "") ||
        !add_url(call, json, "token_endpoint", path, "/token") ||
        !add_url(call, json, "revocation_endpoint", path, "/revoke") ||
        !add_url(call, json, "introspection_endpoint", realm, "/introspect") ||
        !add_url(call, json, "jwks_uri", path, "/.well-known/jwks.json") ||
        !add_words(json, "grant_types_supported", grants) ||
        !add_words(json, "response_types_supported", none) ||
        !add_words(json, "token_endpoint_auth_methods_supported", methods) ||
        !add_words(json, "id_token_signing_alg_values_supported", algorithms)) {
        pk_json_free(json);
        json = NULL;
    }
    pk_answer(call, 200, json);
}
