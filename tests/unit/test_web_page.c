/* SPDX-License-Identifier: Apache-2.0
 * The frame of the pages: what comes from elsewhere stays text. */
#include "unit.h"

#include "web/page.h"

/* The page that these texts make; *out_policy is for pk_text_free too. */
static char *make(const pk_web_look *look, const char *text, char **out_policy)
{
    pk_web_page page;
    char *html = NULL;

    pk_web_begin(&page, "Title & <more>", look);
    pk_web_write(&page, "<p title=\"%s\">%s</p>\n", text, text);
    pk_web_end(&page);
    assert_true(pk_web_take(&page, &html, out_policy));
    return html;
}

static void test_text_is_escaped(void **state)
{
    char *policy = NULL;
    char *html = make(NULL, "<b onx='1'>\"&amp;", &policy);
    (void)state;

    assert_non_null(strstr(html, "<title>Title &amp; &lt;more&gt;</title>"));
    assert_non_null(strstr(html, "<p title=\"&lt;b onx=&#39;1&#39;&gt;&quot;&amp;amp;\">"
                                 "&lt;b onx=&#39;1&#39;&gt;&quot;&amp;amp;</p>"));
    assert_null(strstr(html, "<b "));
    pk_text_free(html);
    pk_text_free(policy);
}

static void test_nothing_is_empty(void **state)
{
    char *policy = NULL;
    char *html = make(NULL, NULL, &policy);
    (void)state;

    assert_non_null(strstr(html, "<p title=\"\"></p>"));
    assert_non_null(strstr(html, "<html lang=\"en\">"));
    assert_non_null(strstr(policy, "default-src 'none'; style-src 'nonce-"));
    assert_non_null(strstr(policy, "img-src 'none';"));
    pk_text_free(html);
    pk_text_free(policy);
}

static void test_each_page_has_a_nonce_of_its_own(void **state)
{
    char *one = NULL, *two = NULL;
    (void)state;

    pk_text_free(make(NULL, "", &one));
    pk_text_free(make(NULL, "", &two));
    assert_string_not_equal(one, two);
    pk_text_free(one);
    pk_text_free(two);
}

static void test_a_logo_is_shown_and_permitted(void **state)
{
    const pk_web_look look = {.name = "R\"1",
                              .logo_light = "https://img.example:8443/l.png?a=1&b=2",
                              .logo_dark = "http://dark.example:80/d.png"};
    char *policy = NULL;
    char *html = make(&look, "", &policy);
    (void)state;

    assert_non_null(strstr(html, "<img src=\"https://img.example:8443/l.png?a=1&amp;b=2\""
                                 " alt=\"R&quot;1\">"));
    assert_non_null(strstr(html, "srcset=\"http://dark.example:80/d.png\""));
    assert_non_null(strstr(policy, "img-src https://img.example:8443 http://dark.example:80;"));
    pk_text_free(html);
    pk_text_free(policy);
}

static void test_the_dark_logo_alone_serves_both(void **state)
{
    const pk_web_look look = {.name = "R", .logo_light = "", .logo_dark = "https://d.example/d"};
    char *policy = NULL;
    char *html = make(&look, "", &policy);
    (void)state;

    assert_non_null(strstr(html, "<img src=\"https://d.example/d\""));
    pk_text_free(html);
    pk_text_free(policy);
}

/* The name is shown in its place. */
static void test_a_logo_that_no_policy_can_name(void **state)
{
    static const char *const logos[] = {
        "data:image/png;base64,AA", "javascript:alert(1)", "https://", "//img.example/x",
        "https://u@img.example/", "https://x; script-src *", "https://x.example;script-src/",
        "https://x.example'/", "https://x.example/\"onload=\"", "https://x%2fy/", "ftp://x.example/",
        "https://x,y/", "https://x.example/\n", "https:/x.example/", "https:\\\\x.example\\", "http://[::1]/x"};
    (void)state;

    for (size_t i = 0; i < NUM(logos); i++) {
        const pk_web_look look = {.name = "Realm", .logo_light = logos[i]};
        char *policy = NULL;
        char *html = make(&look, "", &policy);

        assert_null(strstr(html, "<img"));
        assert_non_null(strstr(html, "<p class=\"brand\">Realm</p>"));
        assert_non_null(strstr(policy, "img-src 'none';"));
        pk_text_free(html);
        pk_text_free(policy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_is_escaped),
        cmocka_unit_test(test_nothing_is_empty),
        cmocka_unit_test(test_each_page_has_a_nonce_of_its_own),
        cmocka_unit_test(test_a_logo_is_shown_and_permitted),
        cmocka_unit_test(test_the_dark_logo_alone_serves_both),
        cmocka_unit_test(test_a_logo_that_no_policy_can_name),
    };

    return cmocka_run_group_tests_name("web_page", tests, NULL, NULL);
}
