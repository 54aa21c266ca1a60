/* SPDX-License-Identifier: Apache-2.0
 * What links are taken for. */
#include "unit_link.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(predicates_answer_as_the_official_sdk),
        cmocka_unit_test(predicates_follow_the_rules),
    };

    return cmocka_run_group_tests_name("link_predicates", tests, NULL, NULL);
}
