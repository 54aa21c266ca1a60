/* SPDX-License-Identifier: Apache-2.0
 * What bind refuses, and why it says that it does. */
#include "unit_link.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_links_are_refused_with_the_reason),
        cmocka_unit_test(hints_say_what_to_do),
    };

    return cmocka_run_group_tests_name("link_refused", tests, NULL, NULL);
}
