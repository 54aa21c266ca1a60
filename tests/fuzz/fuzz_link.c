/* SPDX-License-Identifier: Apache-2.0
 * Links: whatever is taken names an allowed host, over TLS, as libcurl reads it,
 * and is taken again as it then is. */
#include "fuzz.h"

#include "base/memory.h"
#include "link/link.h"

#include <curl/curl.h>
#include <strings.h>

static const pk_url_policy STRICT = {"beyondidentity.com,byndid.com", false};
static const pk_url_policy LOCAL = {"example.com,127.0.0.1,localhost,[::1]", true};

/* By a reader of its own: libcurl's, and a look at the end of the host. */
static void require_safe(const char *url)
{
    CURLU *curl = curl_url();
    char *scheme = NULL, *host = NULL, *user = NULL;
    const char *end;

    REQUIRE(curl && !curl_url_set(curl, CURLUPART_URL, url, 0));
    REQUIRE(!curl_url_get(curl, CURLUPART_SCHEME, &scheme, 0) && !strcmp(scheme, "https"));
    REQUIRE(!curl_url_get(curl, CURLUPART_HOST, &host, 0));
    REQUIRE(curl_url_get(curl, CURLUPART_USER, &user, 0) == CURLUE_NO_USER);
    end = strrchr(host, '.');
    while (end && end > host && end[-1] != '.')
        end--;
    REQUIRE(end && (!strcasecmp(end, "beyondidentity.com") || !strcasecmp(end, "byndid.com")));
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(curl);
}

static void judge(const char *text, const pk_url_policy *policy, bool upgrade)
{
    char *url = NULL, *again = NULL, *origin;
    passkey_error *error = NULL;

    if (pk_url_judge(text, "the link", policy, upgrade, &url, &error)) {
        REQUIRE(error && *passkey_error_message(error));
        passkey_error_free(error);
        return;
    }
    REQUIRE(!pk_url_judge(url, "the link", policy, upgrade, &again, NULL));
    REQUIRE(!strcmp(url, again) && !strchr(url, '#'));
    if (policy == &STRICT)
        require_safe(url);
    origin = pk_url_origin(url);
    REQUIRE(origin && !strncmp(origin, url, strlen(origin)));
    pk_text_free(origin);
    pk_text_free(url);
    pk_text_free(again);
}

static void judge_base(const char *text, const pk_url_policy *policy)
{
    char *url = NULL, *again = NULL;

    if (pk_base_url_judge(text, "the api_base_url", policy, &url, NULL))
        return;
    REQUIRE(!strchr(url, '?'));
    REQUIRE(!pk_base_url_judge(url, "the api_base_url", policy, &again, NULL));
    REQUIRE(!strcmp(url, again));
    pk_text_free(url);
    pk_text_free(again);
}

static void require_same(const pk_link *a, const pk_link *b)
{
    const pk_instruction *x = &a->instruction, *y = &b->instruction;

    REQUIRE(a->kind == b->kind && fuzz_same(a->invoke_url, b->invoke_url));
    REQUIRE(fuzz_same(x->api_base_url, y->api_base_url) && fuzz_same(x->token, y->token));
    REQUIRE(fuzz_same(x->tenant_id, y->tenant_id) && fuzz_same(x->realm_id, y->realm_id));
    REQUIRE(fuzz_same(x->identity_id, y->identity_id) && fuzz_same(x->job_id, y->job_id));
}

static void require_values(const pk_instruction *values)
{
    const char *const all[] = {values->tenant_id, values->realm_id, values->identity_id,
                               values->job_id, values->token};
    size_t i;

    for (i = 0; i < 5; i++)
        REQUIRE(all[i] && !pk_instruction_value_reason(all[i], strlen(all[i])));
}

static void parse(const char *text, const pk_url_policy *policy)
{
    pk_link link = {0}, again = {0};
    passkey_error *error = NULL;

    if (pk_link_parse(text, policy, &link, &error)) {
        REQUIRE(error && *passkey_error_message(error) && *passkey_error_hint(error));
        passkey_error_free(error);
        return;
    }
    REQUIRE(link.kind == PK_LINK_INVOKE || link.kind == PK_LINK_BIND);
    if (link.kind == PK_LINK_BIND)
        require_values(&link.instruction);
    REQUIRE(!pk_link_parse(link.invoke_url ? link.invoke_url : text, policy, &again, NULL));
    require_same(&link, &again);
    if (policy == &STRICT)
        require_safe(link.invoke_url ? link.invoke_url : link.instruction.api_base_url);
    pk_link_free(&link);
    pk_link_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *x, size_t x_len)
{
    char *text = fuzz_text(x, x_len);
    pk_link_kind kind = pk_link_classify(text);

    REQUIRE(kind >= PK_LINK_OTHER && kind <= PK_LINK_AUTHENTICATE);
    judge(text, &STRICT, true);
    judge(text, &LOCAL, false);
    judge_base(text, &STRICT);
    judge_base(text, &LOCAL);
    parse(text, &STRICT);
    parse(text, &LOCAL);
    pk_url_is_proxy(text);
    free(text);
    return 0;
}
