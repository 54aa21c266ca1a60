/* SPDX-License-Identifier: Apache-2.0
 * Errors: one list of statuses, and what an error tells. */
#include "unit.h"

#include "base/error.h"
#include "base/json.h"

static void every_status_has_a_name_a_meaning_and_a_hint(void **state)
{
#define ROW(name, number, code, meaning, hint) {PASSKEY_##name, number, code, meaning, hint},
    static const struct {
        passkey_status status;
        int number;
        const char *code, *meaning, *hint;
    } rows[] = {PASSKEY_STATUS_MAP(ROW)};
#undef ROW
    size_t i, j;
    (void)state;

    for (i = 0; i < NUM(rows); i++) {
        assert_int_equal(rows[i].status, rows[i].number);
        assert_string_equal(passkey_status_name(rows[i].status), rows[i].code);
        assert_true(rows[i].meaning[0] && (rows[i].hint[0] || !rows[i].status));
        for (j = 0; j < i; j++) {
            assert_int_not_equal(rows[i].number, rows[j].number);
            assert_string_not_equal(rows[i].code, rows[j].code);
        }
    }
    assert_string_equal(passkey_status_name((passkey_status)12345), "unknown");
}

static void error_tells_code_message_hint_cause_and_http_status(void **state)
{
    passkey_error *error = NULL;
    (void)state;

    assert_int_equal(pk_fail(&error, PASSKEY_LINK_EXPIRED, "It is %d days old.", 8),
                     PASSKEY_LINK_EXPIRED);
    pk_error_set_cause(&error, "cause %s", "here");
    pk_error_set_http(&error, 410, "corr-1");
    assert_string_equal(passkey_error_code(error), "link_expired");
    assert_string_equal(passkey_error_message(error), "It is 8 days old.");
    assert_string_equal(passkey_error_hint(error), "Ask for a new link.");
    assert_string_equal(passkey_error_text(error),
                        "link_expired: It is 8 days old. (Ask for a new link.)");
    assert_string_equal(passkey_error_json(error),
                        "{\"code\":\"link_expired\",\"message\":\"It is 8 days old.\","
                        "\"hint\":\"Ask for a new link.\",\"cause\":\"cause here\","
                        "\"httpStatus\":410,\"correlationId\":\"corr-1\",\"retryable\":false}");
    passkey_error_free(error);
}

static void nobody_has_to_take_the_error(void **state)
{
    (void)state;
    assert_int_equal(pk_fail(NULL, PASSKEY_TIMEOUT, "x"), PASSKEY_TIMEOUT);
    pk_error_set_hint(NULL, "x");
    passkey_error_free(NULL);
    assert_null(passkey_error_text(NULL));
    assert_int_equal(passkey_error_status(NULL), PASSKEY_OK);
}

static void the_error_for_no_memory_can_be_freed_and_used_again(void **state)
{
    passkey_error *error = NULL;
    (void)state;

    assert_int_equal(pk_fail_memory(&error), PASSKEY_OUT_OF_MEMORY);
    pk_error_set_hint(&error, "must not change it");
    passkey_error_free(error);
    assert_string_equal(passkey_error_code(error), "out_of_memory");
    assert_true(passkey_error_retryable(error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_a_name_a_meaning_and_a_hint),
        cmocka_unit_test(error_tells_code_message_hint_cause_and_http_status),
        cmocka_unit_test(nobody_has_to_take_the_error),
        cmocka_unit_test(the_error_for_no_memory_can_be_freed_and_used_again),
    };

    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
