/* SPDX-License-Identifier: Apache-2.0
 * Links: what they are taken for, which are followed, why the others are not. */
#include "unit.h"

#include "base/json.h"
#include "base/memory.h"
#include "link/link.h"
#include "link/url.h"

#include <time.h>

#define SECRET "s3cr3t-t0k3n"
#define JOB "/v1/tenants/t1/realms/r1/identities/i1/credential-binding-jobs/j1"
#define INVOKE_PATH JOB ":invokeAuthenticator"
#define INVOKE INVOKE_PATH "?token=" SECRET
#define Q_BUT_BASE "&tenant_id=t1&realm_id=r1&identity_id=i1&job_id=j1&token=" SECRET
#define Q_OF(base) "api_base_url=" base Q_BUT_BASE
#define Q Q_OF("https%3A%2F%2Fapi.example.com")

static const pk_url_policy EXAMPLE = {"example.com", false};
static const pk_url_policy LOOPBACK = {"example.com,localhost,127.0.0.1,127.9.9.9,::1", true};

/* ---- vectors */

static pk_json *read_vectors(const char *name)
{
    static char text[65536];
    char path[4096];
    const char *reason = NULL;
    pk_json *json;
    size_t len;
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", PASSKEY_TEST_DATA, name);
    file = fopen(path, "rb");
    if (!file)
        fail_msg("cannot open %s", path);
    len = fread(text, 1, sizeof text, file);
    fclose(file);
    json = pk_json_parse(text, len, &reason);
    if (!json)
        fail_msg("%s: %s", path, reason);
    return json;
}

static void expect_predicates(const char *name, const char *url, bool bind, bool authenticate)
{
    if (passkey_is_bind_passkey_url(url) != bind)
        fail_msg("is_bind_passkey_url is not %d for %s: %s", bind, name, url);
    if (passkey_is_authenticate_url(url) != authenticate)
        fail_msg("is_authenticate_url is not %d for %s: %s", authenticate, name, url);
}

static void predicates_answer_as_the_official_sdk(void **state)
{
    pk_json *json = read_vectors("urls.json"), *row;
    size_t num_rows = 0;
    (void)state;

    for (row = pk_json_first(pk_json_get(json, "cases")); row; row = pk_json_next(row), num_rows++)
        expect_predicates(pk_json_text(row, "name"), pk_json_text(row, "url"),
                          pk_json_is_true(pk_json_get(row, "isBindPasskeyUrl")),
                          pk_json_is_true(pk_json_get(row, "isAuthenticateUrl")));
    assert_int_equal(num_rows, 136);
    pk_json_free(json);
}

/* The same facts as prose and tables say them, and WHATWG parsing. */
static const struct {
    const char *url;
    bool bind, authenticate;
} CLASSES[] = {
    /* cloud links */
    {"https://h.test" INVOKE, 1, 0},
    {"http://127.0.0.1:8021" INVOKE, 1, 0},
    {"acme://h" INVOKE, 1, 0},
    {"acme:" INVOKE, 1, 0},
    {"ftp://u:p@h.test" INVOKE, 1, 0},
    {"https://h.test/" INVOKE, 1, 0},
    {"https://h.test" INVOKE_PATH "?token", 1, 0},
    {"https://h.test" INVOKE_PATH "?token=", 1, 0},
    {"https://h.test" INVOKE_PATH "?token=a&token=b", 1, 0},
    {"https://h.test" INVOKE_PATH "?%74oken=a", 1, 0},
    {"https://h.test" INVOKE_PATH "?x=1&token=a#f", 1, 0},
    {"https://h.test" INVOKE_PATH "/?token=a", 1, 0},
    {"https://h.test" INVOKE_PATH "/extra/more?token=a", 1, 0},
    {"https://h.test" INVOKE_PATH ":x?token=a", 1, 0},
    {"https://h.test" INVOKE_PATH "/bi-authenticate?token=a&request=b", 1, 0},
    {"https://h.test" INVOKE_PATH "?Token=a", 0, 0},
    {"https://h.test" INVOKE_PATH "?tokens=a", 0, 0},
    {"https://h.test" INVOKE_PATH "?x=token", 0, 0},
    {"https://h.test" INVOKE_PATH "#?token=a", 0, 0},
    {"https://h.test" INVOKE_PATH "X?token=a", 0, 0},
    {"https://h.test" JOB "?token=a", 0, 0},
    {"https://h.test" JOB "/:invokeAuthenticator?token=a", 0, 0},
    {"https://h.test" JOB ":InvokeAuthenticator?token=a", 0, 0},
    {"https://h.test" JOB "%3AinvokeAuthenticator?token=a", 0, 0},
    {"https://h.test" JOB ":other:invokeAuthenticator?token=a", 0, 0},
    {"https://h.test" JOB ":revoke?token=a", 0, 0},
    {"https://h.test/prefix" INVOKE, 0, 0},
    {"https://h.test/v1/tenants/t/realms/r/identities/i/enrollment-jobs/"
     "j:invokeAuthenticator?token=a", 0, 0},
    {"https://h.test/v1/tenants//realms//identities//credential-binding-jobs/"
     ":invokeAuthenticator?token=", 1, 0},
    {"https://h.test/v1/tenants/a/b/realms/r/identities/i/credential-binding-jobs/"
     "j:invokeAuthenticator?token=a", 0, 0},
    /* links of an application */
    {"https://h/app/bind?" Q, 1, 0},
    {"https://h//bind?" Q, 1, 0},
    {"http://localhost:8092/bind?" Q, 1, 0},
    {"acme://bind?" Q, 1, 0},
    {"acme:/bind?" Q, 1, 0},
    {"acme:///bind?" Q, 1, 0},
    {"acme://a/b/c/bind?" Q, 1, 0},
    {"com.acme.app:/bind?" Q, 1, 0},
    {"file:///bind?" Q, 1, 0},
    {"file:bind?" Q, 1, 0},
    {"https://h/bind?" Q "&token=second", 1, 0},
    {"https://h/bind?" Q_OF("notaurl"), 1, 0},
    {"https://h/bind?" Q_OF(""), 1, 0},
    {"https://h/pa-bind?" Q, 1, 0},
    {"acme://pa-bind?" Q, 1, 0},
    {"https://h/bi-bind?" Q, 0, 0},
    {"https://h/wa-bind?" Q, 0, 0},
    {"https://h/BIND?" Q, 0, 0},
    {"https://h/bind/?" Q, 0, 0},
    {"https://h/bind/x?" Q, 0, 0},
    {"https://h/bind;v=1?" Q, 0, 0},
    {"https://h/bi%6Ed?" Q, 0, 0},
    {"https://h/?" Q, 0, 0},
    {"https://bind?" Q, 0, 0},
    {"https:///bind?" Q, 0, 0},
    {"https://h/bind#?" Q, 0, 0},
    {"acme:bind?" Q, 0, 0},
    {"acme://?" Q, 0, 0},
    {"acme://anything?" Q, 0, 0},
    {"acme://bind/?" Q, 0, 0},
    {"acme://BIND?" Q, 0, 0},
    {"not a url", 0, 0},
    {"", 0, 0},
    {NULL, 0, 0},
    /* authentication */
    {"https://h/authenticate?request=", 0, 1},
    {"acme://authenticate?request=a", 0, 1},
    {"https://h/authenticate", 0, 0},
    {"https://h/self-issue", 0, 1},
    {"http://h/a/self-issue?x", 0, 1},
    {"https://h/self-issue/", 0, 0},
    {"myapp://self-issue", 0, 0},
    {"ftp://h/self-issue", 0, 0},
    {"https://h/layered-auth?shortcode=a", 0, 0},
    /* trimming, tabs and newlines, backslashes, dot segments */
    {" \t\n https://h/bind?" Q " \r\n", 1, 0},
    {"ht\ntps://h/bi\tnd?" Q, 1, 0},
    {"\001https://h/bind?" Q "\037", 1, 0},
    {"https:\\\\h\\a\\bind?" Q, 1, 0},
    {"https:h/bind?" Q, 1, 0},
    {"acme:\\bind?" Q, 0, 0},
    {"acme://h\\bind?" Q, 0, 0},
    {"https://h/a/./../bind?" Q, 1, 0},
    {"https://h/../bind?" Q, 1, 0},
    {"https://h/x/%2e%2E/bind?" Q, 1, 0},
    {"https://h/x/.%2e/bind?" Q, 1, 0},
    {"https://h/bind/.?" Q, 0, 0},
    {"https://h/bind/x/..?" Q, 0, 0},
    {"https://h/.bind?" Q, 0, 0},
    {"acme://h/x/../bind?" Q, 1, 0},
    {"acme:/x/../bind?" Q, 1, 0},
    /* hosts and ports that are none */
    {"https://h:/bind?" Q, 1, 0},
    {"https://h:0/bind?" Q, 1, 0},
    {"https://h:65535/bind?" Q, 1, 0},
    {"https://h:000000443/bind?" Q, 1, 0},
    {"https://h:65536/bind?" Q, 0, 0},
    {"https://h:1x/bind?" Q, 0, 0},
    {"https://h:1:2/bind?" Q, 0, 0},
    {"https://:80/bind?" Q, 0, 0},
    {"https://u@/bind?" Q, 0, 0},
    {"acme://u@/bind?" Q, 0, 0},
    {"acme://:80/bind?" Q, 0, 0},
    {"https://a b/bind?" Q, 0, 0},
    {"https://a%20b/bind?" Q, 0, 0},
    {"https://a%00b/bind?" Q, 0, 0},
    {"https://a%62/bind?" Q, 1, 0},
    {"https://a<b/bind?" Q, 0, 0},
    {"acme://a<b/bind?" Q, 0, 0},
    {"acme://a%20b/bind?" Q, 1, 0},
    {"https://1.2.3.256/bind?" Q, 0, 0},
    {"https://1.2.3.4.5/bind?" Q, 0, 0},
    {"https://0x7f.1/bind?" Q, 1, 0},
    {"https://256.1/bind?" Q, 0, 0},
    {"https://4294967295/bind?" Q, 1, 0},
    {"https://4294967296/bind?" Q, 0, 0},
    {"https://1.2.3.08/bind?" Q, 0, 0},
    {"https://1..2/bind?" Q, 0, 0},
    {"https://a.0x/bind?" Q, 0, 0},
    {"https://a.0xg/bind?" Q, 1, 0},
    {"acme://1.2.3.256/bind?" Q, 1, 0},
    {"https://[::1]/bind?" Q, 1, 0},
    {"https://[::ffff:1.2.3.4]:8/bind?" Q, 1, 0},
    {"https://[::1/bind?" Q, 0, 0},
    {"https://[::1]x/bind?" Q, 0, 0},
    {"https://[]/bind?" Q, 0, 0},
    {"https://[1:2]/bind?" Q, 0, 0},
    {"https://[::1%25lo]/bind?" Q, 0, 0},
    {"acme://[::g]/bind?" Q, 0, 0},
    {"file://h:80/bind?" Q, 0, 0},
    {"file://h/bind?" Q, 1, 0},
    {"1https://h/bind?" Q, 0, 0},
    {"h_ttps://h/bind?" Q, 0, 0},
    {"://h/bind?" Q, 0, 0},
    /* characters outside ASCII: where they matter to the official SDK */
    {"https://b\xc3\xbc" "cher.test/bind?" Q, 0, 0},
    {"https://h/\xc3\xa9/bind?" Q, 0, 0},
    {"https://h/\xc3\xa9/bi-authenticate?request=a", 0, 0},
    {"https://h/bind?" Q "&x=\xc3\xa9#\xc3\xa9", 1, 0},
    {"https://h/bi-authenticate?request=\xc3\xa9", 0, 1},
    {"https://h/bind?api_base_url=a&tenant_id=\xc3\xbc&realm_id=r&identity_id=i&job_id=j&token=t",
     0, 0},
    {"https://h/bi-authenticate?request=\xc3\x28", 0, 0},
    {"https://h/bi-authenticate?request=\xc0\xaf", 0, 0},
    {"\xef\xbb\xbfhttps://h/bind?" Q, 0, 0},
};

static void predicates_follow_the_rules(void **state)
{
    size_t i;
    (void)state;

    for (i = 0; i < NUM(CLASSES); i++)
        expect_predicates("row", CLASSES[i].url, CLASSES[i].bind, CLASSES[i].authenticate);
}

/* ["a","b"] as a,b */
static char *join_domains(const pk_json *domains)
{
    char *text = pk_json_print(domains), *to = text;
    const char *from;

    for (from = text; *from; from++)
        if (!strchr("[]\"", *from))
            *to++ = *from;
    *to = '\0';
    return text;
}

/* Of the official SDK's answers those that concern matching: its own page host,
 * case, spaces around an entry and http to localhost are decided otherwise. */
static bool differs_on_purpose(const char *domains, const char *url)
{
    return strstr(url, "app.example.com") || strstr(domains, "BEYOND") || strchr(domains, ' ') ||
           !strncmp(url, "http://", 7);
}

static void domains_match_as_in_the_official_sdk(void **state)
{
    pk_json *json = read_vectors("allowed-domains.json"), *row;
    size_t num_rows = 0;
    (void)state;

    for (row = pk_json_first(pk_json_get(json, "cases")); row; row = pk_json_next(row)) {
        const pk_json *given = pk_json_get(row, "allowedDomains");
        char *domains = pk_json_is_null(given) ? pk_text_copy("beyondidentity.com,byndid.com")
                                               : join_domains(given);
        const char *url = pk_json_text(row, "api_base_url");
        bool allowed = !strcmp(pk_json_text(row, "verdict"), "ALLOWED");
        const pk_url_policy policy = {domains, false};
        char *judged = NULL;

        if (!differs_on_purpose(domains, url)) {
            if ((pk_url_judge(url, "the URL", &policy, false, &judged, NULL) == 0) != allowed)
                fail_msg("%s with %s should be %s", url, domains, pk_json_text(row, "verdict"));
            num_rows++;
        }
        pk_text_free(judged);
        pk_text_free(domains);
    }
    assert_in_range(num_rows, 40, 63);
    pk_json_free(json);
}

/* ---- what bind takes */

static pk_link parse(const char *text, const pk_url_policy *policy)
{
    passkey_error *error = NULL;
    pk_link link = {0};

    if (pk_link_parse(text, policy, &link, &error))
        fail_msg("%s: %s", text, passkey_error_text(error));
    return link;
}

static void cloud_link_is_taken(void **state)
{
    pk_link link = parse("https://api.example.com:8443" INVOKE "&x=1#f", &EXAMPLE);
    (void)state;

    assert_int_equal(link.kind, PK_LINK_INVOKE);
    assert_string_equal(link.invoke_url, "https://api.example.com:8443" INVOKE "&x=1");
    assert_string_equal(link.instruction.tenant_id, "t1");
    assert_string_equal(link.instruction.realm_id, "r1");
    assert_string_equal(link.instruction.identity_id, "i1");
    assert_string_equal(link.instruction.job_id, "j1");
    assert_null(link.instruction.token);
    assert_null(link.instruction.api_base_url);
    pk_link_free(&link);
    assert_null(link.invoke_url);
}

static void application_link_is_taken(void **state)
{
    pk_link link = parse("acme://bind?" Q_OF("https%3A%2F%2FAPI.example.com%2Fbase%23x"), &EXAMPLE);
    (void)state;

    assert_int_equal(link.kind, PK_LINK_BIND);
    assert_null(link.invoke_url);
    assert_string_equal(link.instruction.api_base_url, "https://api.example.com/base");
    assert_string_equal(link.instruction.tenant_id, "t1");
    assert_string_equal(link.instruction.realm_id, "r1");
    assert_string_equal(link.instruction.identity_id, "i1");
    assert_string_equal(link.instruction.job_id, "j1");
    assert_string_equal(link.instruction.token, SECRET);
    pk_link_free(&link);
}

static void values_are_form_decoded(void **state)
{
    pk_link link = parse("https://h/bind?api_base_url=https://example.com&tenant%5fid=a%2Fb&"
                         "realm_id=r&identity_id=i:1&job_id=j&token=a+b%2Bc%3D",
                         &EXAMPLE);
    (void)state;

    assert_string_equal(link.instruction.tenant_id, "a/b");
    assert_string_equal(link.instruction.identity_id, "i:1");
    assert_string_equal(link.instruction.token, "a b+c=");
    pk_link_free(&link);
}

/* Nothing is ever sent to the host of such a link. */
static void host_of_an_application_link_does_not_matter(void **state)
{
    static const char *const before[] = {"http://evil.test/bind?", "https://u:p@evil.test/bind?",
                                         "ftp://[::1]:1/bind?",    "acme:/bind?",
                                         "file:///bind?",          " https://h/a/../bind?"};
    char text[1024];
    size_t i;
    (void)state;

    for (i = 0; i < NUM(before); i++) {
        pk_link link;

        snprintf(text, sizeof text, "%s%s\n", before[i], Q);
        link = parse(text, &EXAMPLE);
        assert_int_equal(link.kind, PK_LINK_BIND);
        pk_link_free(&link);
    }
}

static void expect_judged(const char *url, const pk_url_policy *policy, bool upgrade,
                          const char *expected)
{
    passkey_error *error = NULL;
    char *judged = NULL, *again = NULL;

    if (pk_url_judge(url, "the URL", policy, upgrade, &judged, &error))
        fail_msg("%s: %s", url, passkey_error_text(error));
    assert_string_equal(judged, expected);
    assert_int_equal(pk_url_judge(judged, "the URL", policy, false, &again, NULL), 0);
    assert_string_equal(again, judged);
    pk_text_free(judged);
    pk_text_free(again);
}

static void judged_urls_are_normalised(void **state)
{
    (void)state;
    expect_judged("https://example.com", &EXAMPLE, false, "https://example.com/");
    expect_judged("HTTPS://A.Example.COM:443/X?Y#z", &EXAMPLE, false, "https://a.example.com/X?Y");
    expect_judged("https://example.com:/a", &EXAMPLE, false, "https://example.com/a");
    expect_judged("https://example.com:0443", &EXAMPLE, false, "https://example.com/");
    expect_judged("https://example.com/a/../b/./c", &EXAMPLE, false, "https://example.com/b/c");
    expect_judged("https://[0:0::1]:8/", &LOOPBACK, false, "https://[::1]:8/");
    expect_judged("https://example.com/?@evil.test", &EXAMPLE, false,
                  "https://example.com/?@evil.test");
}

static void http_of_an_allowed_host_becomes_https(void **state)
{
    pk_link link = parse("http://api.example.com" INVOKE, &EXAMPLE);
    (void)state;

    assert_string_equal(link.invoke_url, "https://api.example.com" INVOKE);
    pk_link_free(&link);
    expect_judged("http://example.com:80/a?b", &EXAMPLE, true, "https://example.com/a?b");
    expect_judged("http://example.com:80/a?b", &LOOPBACK, true, "https://example.com/a?b");
}

static void loopback_http_is_taken_when_permitted(void **state)
{
    static const char *const origins[] = {"http://localhost", "http://localhost:8085",
                                          "http://127.0.0.1:1", "http://127.9.9.9:65535",
                                          "http://[::1]:8085"};
    const pk_url_policy strict = {LOOPBACK.allowed_domains, false};
    char url[256];
    size_t i;
    (void)state;

    for (i = 0; i < NUM(origins); i++) {
        passkey_error *error;
        pk_link link;

        snprintf(url, sizeof url, "%s" INVOKE, origins[i]);
        expect_judged(url, &LOOPBACK, true, url);
        assert_fails_with(PASSKEY_INSECURE_URL, pk_link_parse(url, &strict, &link, &error), error);
        assert_non_null(strstr(passkey_error_hint(error), "allow_loopback_http"));
        passkey_error_free(error);
        assert_fails_with(PASSKEY_DOMAIN_NOT_ALLOWED,
                          pk_link_parse(url, &(pk_url_policy){"", true}, &link, &error), error);
        passkey_error_free(error);
    }
}

static void origin_has_no_default_port(void **state)
{
    static const char *const rows[][2] = {
        {"https://example.com/a?b", "https://example.com"},
        {"https://example.com:8443/", "https://example.com:8443"},
        {"http://localhost:80/", "http://localhost"},
        {"http://localhost:443/", "http://localhost:443"},
        {"http://[::1]:1/", "http://[::1]:1"},
    };
    size_t i;
    (void)state;

    for (i = 0; i < NUM(rows); i++) {
        char *origin = pk_url_origin(rows[i][0]);

        assert_string_equal(origin, rows[i][1]);
        pk_text_free(origin);
    }
    assert_null(pk_url_origin("no url"));
}

static void entries_of_allowed_domains(void **state)
{
    static const struct {
        const char *domains, *url;
        bool allowed;
    } rows[] = {
        {"EXAMPLE.com", "https://a.example.COM", true},
        {" a.test ,\texample.com\t, ", "https://example.com", true},
        {",,example.com", "https://example.com", true},
        {"example.com", "https://badexample.com", false},
        {"example.com", "https://example.com.evil.test", false},
        {"*.example.com", "https://a.example.com", false},
        {".example.com", "https://a.example.com", false},
        {"example.com.", "https://example.com", false},
        {"example.com:443", "https://example.com", false},
        {"https://example.com", "https://example.com", false},
        {"example.com evil.test", "https://example.com", false},
        {"", "https://example.com", false},
        {" , ,", "https://example.com", false},
        {NULL, "https://example.com", false},
        {"0.0.1", "https://127.0.0.1", false},
        {"127.0.0.1", "https://127.0.0.1", true},
        {"::1", "https://[::1]", true},
        {"[::1]", "https://[0:0:0::1]", true},
        {"0:0:0::1", "https://[::1]", true},
        {"1", "https://[::1]", false},
        {"127.0.0.1", "https://[::ffff:127.0.0.1]", false},
        {"::ffff:127.0.0.1", "https://[::ffff:7f00:1]", true},
        {"[", "https://example.com", false},
        {"[]", "https://example.com", false},
        {"xn--bcher-kva.test", "https://xn--bcher-kva.test", true},
    };
    size_t i;
    (void)state;

    for (i = 0; i < NUM(rows); i++) {
        const pk_url_policy policy = {rows[i].domains, false};
        char *judged = NULL;

        if ((pk_url_judge(rows[i].url, "it", &policy, false, &judged, NULL) == 0) !=
            rows[i].allowed)
            fail_msg("%s with %s", rows[i].url, rows[i].domains ? rows[i].domains : "NULL");
        pk_text_free(judged);
    }
}

/* ---- what bind refuses: the status, and a word of the reason */

static void expect_refused(const char *text, const pk_url_policy *policy, passkey_status status,
                           const char *word)
{
    passkey_error *error = NULL;
    pk_link link = {.kind = PK_LINK_AUTHENTICATE};
    passkey_status got = pk_link_parse(text, policy, &link, &error);

    if (got != status)
        fail_msg("%s: %s, not %s", text, got ? passkey_error_text(error) : "taken",
                 passkey_status_name(status));
    if (!strstr(passkey_error_message(error), word))
        fail_msg("%s: no \"%s\" in: %s", text, word, passkey_error_text(error));
    assert_true(*passkey_error_hint(error));
    assert_null(strstr(passkey_error_json(error), SECRET));
    assert_null(strstr(passkey_error_json(error), "s3cr3t"));
    assert_int_equal(link.kind, PK_LINK_AUTHENTICATE); /* untouched */
    passkey_error_free(error);
    assert_int_equal(pk_link_parse(text, policy, &link, NULL), status);
}

#define INVALID PASSKEY_INVALID_LINK
#define DOMAIN PASSKEY_DOMAIN_NOT_ALLOWED
#define INSECURE PASSKEY_INSECURE_URL
#define UNSUPPORTED PASSKEY_UNSUPPORTED_LINK
#define BIND "https://h/bind?"
#define LONG_LABEL "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
    const char *text;
    passkey_status status;
    const char *word;
} REFUSED[] = {
    /* not a passkey creation link */
    {NULL, INVALID, "empty"},
    {"", INVALID, "empty"},
    {"  \n", INVALID, "scheme"},
    {SECRET, INVALID, "scheme"},
    {"/bind?" Q, INVALID, "scheme"},
    {"//example.com" INVOKE, INVALID, "scheme"},
    {"acme:bind?" Q, INVALID, "slash"},
    {"https://example.com/?token=" SECRET, INVALID, "ends neither"},
    {"https://example.com" JOB "?token=" SECRET, INVALID, "job with :invoke"},
    {"https://example.com" INVOKE_PATH, INVALID, "\"token\""},
    {"https://example.com" INVOKE_PATH "#token=" SECRET, INVALID, "\"token\""},
    {"https://h/bind", INVALID, "\"api_base_url\""},
    {BIND "api_base_url=https://example.com", INVALID, "\"tenant_id\""},
    {BIND "api_base_url=a&tenant_id=t", INVALID, "\"realm_id\""},
    {BIND "api_base_url=a&tenant_id=t&realm_id=r", INVALID, "\"identity_id\""},
    {BIND "api_base_url=a&tenant_id=t&realm_id=r&identity_id=i", INVALID, "\"job_id\""},
    {BIND "api_base_url=a&tenant_id=t&realm_id=r&identity_id=i&job_id=j", INVALID, "\"token\""},
    {"https://h/pa-bind", INVALID, "\"api_base_url\""},
    {"https://h/bi-authenticate", INVALID, "\"request\""},
    /* links of other kinds */
    {"https://h/pa-bind?" Q, UNSUPPORTED, "pa-bind"},
    {"https://h/bi-authenticate?request=" SECRET, UNSUPPORTED, "authentication"},
    {"acme://authenticate?request=" SECRET, UNSUPPORTED, "authentication"},
    {"https://h/self-issue?request=" SECRET, UNSUPPORTED, "authentication"},
    /* cloud links that only the predicate takes */
    {"https://example.com" INVOKE_PATH "/?token=" SECRET, INVALID, "goes on"},
    {"https://example.com" INVOKE_PATH "/x?token=" SECRET, INVALID, "goes on"},
    {"https://example.com" INVOKE_PATH ":x?token=" SECRET, INVALID, "goes on"},
    {"https://example.com" INVOKE_PATH "?token=", INVALID, "is empty"},
    {"https://example.com" INVOKE_PATH "?token", INVALID, "is empty"},
    {"https://example.com" INVOKE_PATH "?token=" SECRET "&token=b", INVALID, "more than once"},
    {"https://example.com" INVOKE_PATH "?token=" SECRET "&%74oken=b", INVALID, "more than once"},
    {"https://example.com" INVOKE_PATH "?token=" SECRET "%0a", INVALID, "printable"},
    {"https://example.com/v1/tenants//realms/r/identities/i/credential-binding-jobs/"
     "j:invokeAuthenticator?token=" SECRET, INVALID, "no tenant"},
    {"https://example.com/v1/tenants/t/realms//identities/i/credential-binding-jobs/"
     "j:invokeAuthenticator?token=" SECRET, INVALID, "no realm"},
    {"https://example.com/v1/tenants/t/realms/r/identities//credential-binding-jobs/"
     "j:invokeAuthenticator?token=" SECRET, INVALID, "no identity"},
    {"https://example.com/v1/tenants/t/realms/r/identities/i/credential-binding-jobs/"
     ":invokeAuthenticator?token=" SECRET, INVALID, "no job"},
    /* application links that only the predicate takes */
    {BIND Q_OF(""), INVALID, "\"api_base_url\" is empty"},
    {BIND Q_OF("foo"), INVALID, "scheme"},
    {BIND Q_OF("https://example.com?x=1"), INVALID, "query"},
    {BIND Q_OF("https://example.com%3Fx"), INVALID, "query"},
    {BIND Q_OF("%20https://example.com"), INVALID, "space"},
    {BIND Q_OF("https://example.com%0d%0aX:y"), INVALID, "printable"},
    {BIND Q_OF("https://example.com%00.evil.test"), INVALID, "printable"},
    {BIND Q_OF("https://example.com\xe2\x80\xae"), INVALID, "printable"},
    {BIND Q_OF("http://api.example.com"), INSECURE, "without TLS"},
    {BIND Q_OF("http://api.example.com:80"), INSECURE, "without TLS"},
    {BIND Q_OF("ftp://api.example.com"), INSECURE, "ftp"},
    {BIND Q_OF("javascript:alert(1)"), INSECURE, "javascript"},
    {BIND Q_OF("https://evil.test"), DOMAIN, "evil.test"},
    {BIND Q "&token=b", INVALID, "\"token\" is given more than once"},
    {BIND Q "&tenant_id=t1", INVALID, "\"tenant_id\" is given more than once"},
    {BIND Q "&api%5Fbase_url=https://evil.test", INVALID, "more than once"},
    {BIND "api_base_url=https://example.com&tenant_id=&realm_id=r&identity_id=i&job_id=j&token=t",
     INVALID, "\"tenant_id\" is empty"},
    {BIND "api_base_url=https://example.com&tenant_id=t&realm_id&identity_id=i&job_id=j&token=t",
     INVALID, "\"realm_id\" is empty"},
    {BIND "api_base_url=https://example.com&tenant_id=t&realm_id=r&identity_id=i&job_id=j&token=",
     INVALID, "\"token\" is empty"},
    {BIND "api_base_url=https://example.com&tenant_id=..&realm_id=r&identity_id=i&job_id=j&token=t",
     INVALID, "step"},
    {BIND "api_base_url=https://example.com&tenant_id=t&realm_id=%2E&identity_id=i&job_id=j&"
          "token=t", INVALID, "step"},
    {BIND "api_base_url=https://example.com&tenant_id=t&realm_id=r&identity_id=i&job_id=j&"
          "token=" SECRET "%0d%0aX:y", INVALID, "\"token\" holds"},
    {BIND "api_base_url=https://example.com&tenant_id=t&realm_id=r&identity_id=i&job_id=%e2%80%ae&"
          "token=t", INVALID, "\"job_id\" holds"},
    {BIND "api_base_url=https://example.com&tenant_id=t&realm_id=%00&identity_id=i&job_id=j&"
          "token=t", INVALID, "\"realm_id\" holds"},
    /* hosts that are not what they seem */
    {"https://evil.test" INVOKE, DOMAIN, "evil.test"},
    {"https://example.com.evil.test" INVOKE, DOMAIN, "example.com.evil.test"},
    {"https://evilexample.com" INVOKE, DOMAIN, "evilexample.com"},
    {"https://example.com." INVOKE, DOMAIN, "dot"},
    {"https://example.com.." INVOKE, DOMAIN, "dot"},
    {"https://.example.com" INVOKE, INVALID, "host"},
    {"https://a..example.com" INVOKE, INVALID, "host"},
    {"https://" LONG_LABEL ".example.com" INVOKE, INVALID, "host"},
    {"https://exam!ple.example.com" INVOKE, INVALID, ""},
    {"https://evil.test;.example.com" INVOKE, INVALID, ""},
    {"https://evil.test,.example.com" INVOKE, INVALID, ""},
    {"https://user@example.com" INVOKE, INVALID, "user"},
    {"https://" SECRET ":x@example.com" INVOKE, INVALID, "user"},
    {"https://@example.com" INVOKE, INVALID, "user"},
    {"https://example.com@evil.test" INVOKE, INVALID, "user"},
    {"https://example.com:443@evil.test" INVOKE, INVALID, "user"},
    {"https://example.com%40evil.test" INVOKE, INVALID, "host"},
    {"https://evil.test%23.example.com" INVOKE, INVALID, "host"},
    {"https://evil.test%2f.example.com" INVOKE, INVALID, "host"},
    {"https://ex%61mple.com" INVOKE, INVALID, "plainly"},
    {"https://example%2ecom" INVOKE, INVALID, "plainly"},
    {"https://b\xc3\xbc" "cher.example.com" INVOKE, INVALID, "ASCII"},
    {"https://b%c3%bccher.example.com" INVOKE, INVALID, "ASCII"},
    {"https://\xd0\xb5xample.com" INVOKE, INVALID, "ASCII"},
    {"https://example\xe3\x80\x82" "com" INVOKE, INVALID, "ASCII"},
    {"https://\xef\xbd\x85xample.com" INVOKE, INVALID, "ASCII"},
    {"https://xn--xample-2of.com" INVOKE, DOMAIN, "xn--xample-2of.com"},
    {"https://example.com\xe2\x80\xae" INVOKE, INVALID, "ASCII"},
    {"https://exam\xc0\xafple.com" INVOKE, INVALID, "UTF-8"},
    {"https://example.com\xff" INVOKE, INVALID, "UTF-8"},
    {"https://example.com\xed\xa0\x80" INVOKE, INVALID, "UTF-8"},
    /* backslashes, slashes, control characters */
    {"https:\\\\example.com" INVOKE, INVALID, "percent-encoded"},
    {"https://evil.test\\@example.com" INVOKE, INVALID, ""},
    {"https://evil.test\\.example.com" INVOKE, INVALID, ""},
    {"https://example.com\\" INVOKE, INVALID, ""},
    {"https:/example.com" INVOKE, INVALID, "more than one way"},
    {"https:example.com" INVOKE, INVALID, "more than one way"},
    {"https:///example.com" INVOKE, INVALID, "more than one way"},
    {"https:////example.com" INVOKE, INVALID, "more than one way"},
    {"https://evil.test\r\n.example.com.test" INVOKE, DOMAIN, "evil.test.example.com.test"},
    {"https://example.com\001" INVOKE, INVALID, "host"},
    {"https://example.com\177" INVOKE, INVALID, "host"},
    {"https://example.com\v" INVOKE, INVALID, "host"},
    {"https://example.com " INVOKE, INVALID, "host"},
    {"https://example.com/a b/.." INVOKE, INVALID, "percent-encoded"},
    {"https://example.com" INVOKE " x", INVALID, "percent-encoded"},
    {"https://example.com" INVOKE "\xe2\x80\xae", INVALID, "printable"},
    {"https://example.com" INVOKE "%", INVALID, "percent-encoded"},
    {"https://example.com" INVOKE "%zz", INVALID, "percent-encoded"},
    {"https://example.com" INVOKE "&x=\xc3\xa9", INVALID, "percent-encoded"},
    {"https://example.com/%2e%2e" INVOKE, INVALID, "more than one way"},
    {"https://example.com/a/%2E." INVOKE, INVALID, "more than one way"},
    /* numbers for hosts */
    {"https://2130706433" INVOKE, INVALID, "plainly"},
    {"https://0x7f000001" INVOKE, INVALID, "plainly"},
    {"https://0x7f.0.0.1" INVOKE, INVALID, "plainly"},
    {"https://0177.0.0.1" INVOKE, INVALID, "plainly"},
    {"https://127.1" INVOKE, INVALID, "plainly"},
    {"https://127.0.0.01" INVOKE, INVALID, "plainly"},
    {"https://127.0.0.1." INVOKE, INVALID, ""},
    {"https://127.0.0.08" INVOKE, INVALID, "host"},
    {"https://256.0.0.1" INVOKE, INVALID, "host"},
    {"https://1.2.3.4.5" INVOKE, INVALID, "host"},
    {"https://127.0.0.2" INVOKE, DOMAIN, "127.0.0.2"},
    {"https://0.0.0.0" INVOKE, DOMAIN, "0.0.0.0"},
    {"https://169.254.169.254" INVOKE, DOMAIN, "169.254.169.254"},
    {"https://\xe2\x91\xa0.0.0.1" INVOKE, INVALID, "host"},
    {"https://[::ffff:127.0.0.1]" INVOKE, DOMAIN, "[::ffff:127.0.0.1]"},
    {"https://[::ffff:7f00:1]" INVOKE, DOMAIN, "[::ffff:"},
    {"https://[::127.0.0.1]" INVOKE, DOMAIN, "[::127.0.0.1]"},
    {"https://[::]" INVOKE, DOMAIN, "[::]"},
    {"https://[fe80::1%25lo]" INVOKE, INVALID, "host"},
    {"https://[::1%lo]" INVOKE, INVALID, "host"},
    {"https://[v1.a]" INVOKE, INVALID, "host"},
    {"https://[::1" INVOKE, INVALID, "host"},
    {"https://[::1].example.com" INVOKE, INVALID, "host"},
    {"https://[example.com]" INVOKE, INVALID, "host"},
    {"https://[]" INVOKE, INVALID, "host"},
    {"https://::1" INVOKE, INVALID, "host"},
    /* ports */
    {"https://example.com:0" INVOKE, INVALID, "port"},
    {"https://example.com:65536" INVOKE, INVALID, "port"},
    {"https://example.com:99999999999999999999" INVOKE, INVALID, "port"},
    {"https://example.com:-1" INVOKE, INVALID, "port"},
    {"https://example.com:+443" INVOKE, INVALID, "port"},
    {"https://example.com:0x1bb" INVOKE, INVALID, "port"},
    {"https://example.com:443:443" INVOKE, INVALID, "port"},
    {"https://:443" INVOKE, INVALID, "host"},
    {"https://" INVOKE, INVALID, ""},
    /* schemes */
    {"http://example.com:8080" INVOKE, INSECURE, "without TLS"},
    {"http://evil.test" INVOKE, DOMAIN, "evil.test"},
    {"http://a.localhost:81" INVOKE, INSECURE, "a.localhost"},
    {"http://localhost.example.com:81" INVOKE, INSECURE, "localhost.example.com"},
    {"http://[::ffff:127.0.0.1]" INVOKE, DOMAIN, "ffff"},
    {"http://0.0.0.0" INVOKE, DOMAIN, "0.0.0.0"},
    {"ftp://example.com" INVOKE, INSECURE, "ftp"},
    {"ws://example.com" INVOKE, INSECURE, "ws"},
    {"acme://example.com" INVOKE, INSECURE, "acme"},
    {"acme:" INVOKE, INSECURE, "acme"},
    {"file://" INVOKE, INSECURE, "file"},
};

static void bad_links_are_refused_with_the_reason(void **state)
{
    size_t i;
    (void)state;

    for (i = 0; i < NUM(REFUSED); i++)
        expect_refused(REFUSED[i].text, &LOOPBACK, REFUSED[i].status, REFUSED[i].word);
}

static void empty_allowed_domains_allow_nothing(void **state)
{
    (void)state;
    expect_refused("https://example.com" INVOKE, &(pk_url_policy){"", true}, DOMAIN, "example.com");
    expect_refused("https://example.com" INVOKE, &(pk_url_policy){NULL, true}, DOMAIN,
                   "example.com");
}

static void hints_say_what_to_do(void **state)
{
    static const char *const rows[][2] = {
        {"https://evil.test" INVOKE, "add it to the option allowed_domains"},
        {"https://example.com." INVOKE, "without the dot"},
        {"https://h/bind#" Q, "before any #"},
        {"https://h/bind?api_base_url=https://example.com", "quotes"},
        {"http://example.com:81" INVOKE, "https://"},
        {"https://u@example.com" INVOKE, "@"},
        {"https://b\xc3\xbc" "cher.example.com" INVOKE, "xn--"},
    };
    size_t i;
    (void)state;

    for (i = 0; i < NUM(rows); i++) {
        passkey_error *error = NULL;
        pk_link link;

        assert_int_not_equal(pk_link_parse(rows[i][0], &EXAMPLE, &link, &error), 0);
        if (!strstr(passkey_error_hint(error), rows[i][1]))
            fail_msg("%s: %s", rows[i][0], passkey_error_text(error));
        passkey_error_free(error);
    }
}

/* ---- size and odd bytes */

/* before, as many of unit as fit into len bytes, after */
static char *long_text(const char *before, const char *unit, const char *after, size_t len)
{
    char *text = calloc(1, len + 1), *to = text;
    const size_t rest = len - strlen(before) - strlen(after);

    to = stpcpy(to, before);
    while ((size_t)(to - text) + strlen(unit) <= strlen(before) + rest)
        to = stpcpy(to, unit);
    while ((size_t)(to - text) < strlen(before) + rest)
        *to++ = 'x';
    strcpy(to, after);
    return text;
}

static void longest_links(void **state)
{
    char *text = long_text("https://example.com" INVOKE "&x=", "a", "", PK_LINK_MAX);
    pk_link link = parse(text, &EXAMPLE);
    (void)state;

    assert_true(passkey_is_bind_passkey_url(text));
    assert_string_equal(link.invoke_url, text);
    pk_link_free(&link);
    free(text);
    text = long_text("https://example.com" INVOKE "&x=", "a", "", PK_LINK_MAX + 1);
    assert_false(passkey_is_bind_passkey_url(text));
    expect_refused(text, &EXAMPLE, INVALID, "longer");
    free(text);
}

static void long_links_take_linear_time(void **state)
{
    static const char *const rows[][3] = {
        {"https://example.com/", "../", "bind?" Q},
        {"https://example.com/", "a/../", "bind?" Q},
        {"https://example.com", "/", "/bind?" Q},
        {"https://example.com/", "%2e/", "bind?" Q},
        {"https://example.com/bind?" Q, "&a", ""},
        {"https://example.com/bind?" Q, "&aaaaaa", ""},
        {"https://example.com/bind?", "%74oken&", Q},
        {"https://example.com/bind?", "=&", Q},
        {"https://", "a.", "example.com/bind?" Q},
        {"https://", "a@", "example.com/bind?" Q},
        {"https://", "1.", "1/bind?" Q},
        {"https://0x", "0", "/bind?" Q},
        {"https://example.com:", "0", "/bind?" Q},
        {"", " ", "https://example.com/bind?" Q},
        {"ht", "\n", "tps://example.com/bind?" Q},
        {"a", "b", "://bind?" Q},
        {"https://[", ":", "]/bind?" Q},
        {"https://example.com/bind?" Q, "#", ""},
        {"https://example.com/a", "/..", INVOKE},
        {"https://example.com", "/", INVOKE},
        {"https://example.com" INVOKE, "&token=", ""},
        {"https://example.com" INVOKE, "%41", ""},
        {"https://h/bind?api_base_url=https://example.com/", "../", Q_BUT_BASE},
        {"https://h/bind?api_base_url=https://", "a.", "example.com" Q_BUT_BASE},
    };
    clock_t start = clock();
    size_t i;
    (void)state;

    for (i = 0; i < NUM(rows); i++) {
        char *text = long_text(rows[i][0], rows[i][1], rows[i][2], PK_LINK_MAX);
        passkey_error *error = NULL;
        pk_link link = {0};

        passkey_is_bind_passkey_url(text);
        pk_link_parse(text, &EXAMPLE, &link, &error);
        pk_link_free(&link);
        passkey_error_free(error);
        free(text);
    }
    /* Milliseconds each; anything quadratic takes minutes. */
    assert_in_range((clock() - start) * 1000 / CLOCKS_PER_SEC, 0, 10000);
}

static void any_byte_anywhere(void **state)
{
    static const char *const links[] = {"https://example.com" INVOKE, "acme://bind?" Q,
                                        "https://[::1]:8" INVOKE, "http://127.0.0.1" INVOKE};
    size_t i, at;
    int byte;
    (void)state;

    for (i = 0; i < NUM(links); i++) {
        for (at = 0; links[i][at]; at++) {
            for (byte = 1; byte < 256; byte++) {
                char *text = strdup(links[i]);
                passkey_error *error = NULL;
                pk_link link = {0};

                text[at] = (char)byte;
                if (!pk_link_parse(text, &LOOPBACK, &link, &error))
                    assert_true(passkey_is_bind_passkey_url(text));
                else
                    assert_null(strstr(passkey_error_json(error), SECRET));
                pk_link_free(&link);
                passkey_error_free(error);
                free(text);
            }
        }
    }
}

/* Changes, drops and doubles bytes; the same sequence in every run. */
static void broken_links_break_nothing(void **state)
{
    static const char bits[] = "/\\.%:@?#&=[]2eE0x \t\n\xc3\xa9-";
    uint32_t random = 1;
    int round;
    (void)state;

    for (round = 0; round < 20000; round++) {
        char text[512];
        size_t len = (size_t)snprintf(text, sizeof text, "%s",
                                      round & 1 ? "https://a.example.com:80/x/../bind?" Q
                                                : "https://a.example.com" INVOKE "#f");
        passkey_error *error = NULL;
        pk_link link = {0};
        int edits;

        for (edits = 0; edits < 4; edits++) {
            size_t at = (random = random * 1664525 + 1013904223) >> 8, what = random >> 4;

            at %= len;
            if (what % 3 == 0)
                text[at] = bits[what % (sizeof bits - 1)];
            else if (what % 3 == 1)
                memmove(text + at, text + at + 1, len-- - at);
            else
                memmove(text + at + 1, text + at, ++len - at);
        }
        if (!pk_link_parse(text, &EXAMPLE, &link, &error) && link.kind == PK_LINK_INVOKE)
            assert_true(!strncmp(link.invoke_url, "https://", 8));
        pk_link_free(&link);
        passkey_error_free(error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(predicates_answer_as_the_official_sdk),
        cmocka_unit_test(predicates_follow_the_rules),
        cmocka_unit_test(domains_match_as_in_the_official_sdk),
        cmocka_unit_test(cloud_link_is_taken),
        cmocka_unit_test(application_link_is_taken),
        cmocka_unit_test(values_are_form_decoded),
        cmocka_unit_test(host_of_an_application_link_does_not_matter),
        cmocka_unit_test(judged_urls_are_normalised),
        cmocka_unit_test(http_of_an_allowed_host_becomes_https),
        cmocka_unit_test(loopback_http_is_taken_when_permitted),
        cmocka_unit_test(origin_has_no_default_port),
        cmocka_unit_test(entries_of_allowed_domains),
        cmocka_unit_test(bad_links_are_refused_with_the_reason),
        cmocka_unit_test(empty_allowed_domains_allow_nothing),
        cmocka_unit_test(hints_say_what_to_do),
        cmocka_unit_test(longest_links),
        cmocka_unit_test(long_links_take_linear_time),
        cmocka_unit_test(any_byte_anywhere),
        cmocka_unit_test(broken_links_break_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
