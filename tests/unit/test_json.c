/* SPDX-License-Identifier: Apache-2.0
 * JSON: what is refused, and that it prints what was built. */
#include "unit.h"

#include "base/json.h"
#include "base/text.h"

static void json_refuses(void **state)
{
    static const struct {
        const char *text, *reason;
    } rows[] = {
        {"", "empty"},
        {"{", "not JSON"},
        {"<html>", "not JSON"},
        {"{} x", "follows"},
        {"{}{}", "follows"},
        {"{\"a\":1,\"a\":2}", "twice"},
        {"{\"x\":{\"a\":1,\"a\":2}}", "twice"},
        {"[{\"a\":1,\"\\u0061\":2}]", "twice"},
        {"{\"a\":\"b\\u0000c\"}", "NUL"},
        {"{\"a\":\"\xff\"}", "UTF-8"},
        {"{\"a\":\"line\nbreak\"}", "control"},
        {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", "deeply"},
        {"{\"a\":tru}", "not JSON"},
    };
    size_t i;
    (void)state;

    for (i = 0; i < NUM(rows); i++) {
        const char *reason = NULL;

        assert_null(pk_json_parse(rows[i].text, strlen(rows[i].text), &reason));
        assert_non_null(strstr(reason, rows[i].reason));
    }
}

static void json_truncated_anywhere_is_refused(void **state)
{
    static const char text[] = "{\"a\":{\"b\":[1,true,null,\"x\\n\\u00e9\"]},\"c\":-1.5e3}";
    size_t len;
    (void)state;

    for (len = 0; len < strlen(text); len++)
        assert_null(pk_json_parse(text, len, NULL));
}

static void json_takes_32_levels_and_finds_members(void **state)
{
    static const char text[] = " {\"a\":{\"b\":{\"c\":\"deep\"}},\"n\":9007199254740992,\"h\":1.5} \n";
    pk_json *json = pk_json_parse(text, strlen(text), NULL);
    long long number = 0;
    (void)state;

    assert_non_null(json);
    assert_string_equal(pk_json_text(json, "a.b.c"), "deep");
    assert_null(pk_json_text(json, "a.b"));
    assert_null(pk_json_get(json, "a.b.c.d"));
    assert_null(pk_json_get(json, "A"));
    assert_true(pk_json_number(json, "n", &number));
    assert_true(number == 9007199254740992LL);
    assert_false(pk_json_number(json, "h", &number));
    pk_json_free(json);
}

static void json_object_with_too_many_members_is_refused(void **state)
{
    pk_buffer text = {0};
    size_t i;
    (void)state;

    pk_buffer_append_text(&text, "{\"x\":0");
    for (i = 0; i < PK_JSON_MAX_MEMBERS; i++)
        pk_buffer_printf(&text, ",\"m%zu\":0", i);
    pk_buffer_append_text(&text, "}");
    assert_null(pk_json_parse(text.data, text.len, NULL));
    pk_buffer_free(&text);
}

static void json_prints_what_was_built(void **state)
{
    pk_json *json = pk_json_new_object();
    char *text;
    (void)state;

    assert_true(pk_json_add_text(json, "a", "x\"/\xc3\xa9"));
    assert_true(pk_json_add_text_or_null(json, "b", NULL));
    assert_true(pk_json_add_number(json, "c", 7));
    assert_false(pk_json_add_text(json, "d", NULL));
    assert_false(pk_json_add(json, "e", NULL));
    text = pk_json_print(json);
    assert_string_equal(text, "{\"a\":\"x\\\"/\xc3\xa9\",\"b\":null,\"c\":7}");
    pk_text_free(text);
    pk_json_free(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_refuses),
        cmocka_unit_test(json_truncated_anywhere_is_refused),
        cmocka_unit_test(json_takes_32_levels_and_finds_members),
        cmocka_unit_test(json_object_with_too_many_members_is_refused),
        cmocka_unit_test(json_prints_what_was_built),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
