/* SPDX-License-Identifier: Apache-2.0
 * Which hosts allowed_domains allows. */
#include "unit_link.h"

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

static void empty_allowed_domains_allow_nothing(void **state)
{
    (void)state;
    expect_refused("https://example.com" INVOKE, &(pk_url_policy){"", true}, DOMAIN, "example.com");
    expect_refused("https://example.com" INVOKE, &(pk_url_policy){NULL, true}, DOMAIN,
                   "example.com");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(domains_match_as_in_the_official_sdk),
        cmocka_unit_test(entries_of_allowed_domains),
        cmocka_unit_test(empty_allowed_domains_allow_nothing),
    };

    return cmocka_run_group_tests_name("link_domains", tests, NULL, NULL);
}
