/* SPDX-License-Identifier: Apache-2.0
 * What bind reads in the links that it takes. */
#include "unit_link.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cloud_link_is_taken),
        cmocka_unit_test(application_link_is_taken),
        cmocka_unit_test(values_are_form_decoded),
        cmocka_unit_test(host_of_an_application_link_does_not_matter),
    };

    return cmocka_run_group_tests_name("link_taken", tests, NULL, NULL);
}
