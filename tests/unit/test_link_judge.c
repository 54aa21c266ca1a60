/* SPDX-License-Identifier: Apache-2.0
 * URLs that may be contacted, and as what. */
#include "unit_link.h"

/* Judged once more, it stays what it became. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judged_urls_are_normalised),
        cmocka_unit_test(http_of_an_allowed_host_becomes_https),
        cmocka_unit_test(loopback_http_is_taken_when_permitted),
        cmocka_unit_test(origin_has_no_default_port),
    };

    return cmocka_run_group_tests_name("link_judge", tests, NULL, NULL);
}
