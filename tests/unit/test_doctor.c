/* SPDX-License-Identifier: Apache-2.0
 * How the doctor words what it finds, and a machine as it is not when tests run. */
#include "unit.h"

#include "base/file_facts.h"
#include "base/json.h"
#include "base/memory.h"
#include "doctor/doctor.h"

/* ---- the machine */

int64_t __wrap_pk_clock_now_ms(void);
int64_t __real_pk_clock_now_ms(void);
const char *__wrap_pk_http_library(const char **out_weakness);

static int64_t clock_ms; /* 0: the real one */
static const char *weakness;

int64_t __wrap_pk_clock_now_ms(void)
{
    return clock_ms ? clock_ms : __real_pk_clock_now_ms();
}

const char *__wrap_pk_http_library(const char **out_weakness)
{
    *out_weakness = weakness;
    return "7.88.1";
}

/* The one finding about the machine that is not ok. */
static void expect_of_machine(passkey_level level, const char *check, const char *message)
{
    static const char *const NO_VARIABLES[] = {NULL};
    pk_doctor doctor = {.found = pk_examination_new(), .variables = NO_VARIABLES};
    size_t i, num = 0;

    pk_doctor_machine(&doctor);
    for (i = 0; i < passkey_examination_count(doctor.found); i++) {
        if (passkey_examination_level(doctor.found, i) == PASSKEY_LEVEL_OK)
            continue;
        num++;
        assert_int_equal(passkey_examination_level(doctor.found, i), level);
        assert_string_equal(passkey_examination_check(doctor.found, i), check);
        assert_non_null(strstr(passkey_examination_message(doctor.found, i), message));
        assert_non_null(passkey_examination_remedy(doctor.found, i));
    }
    assert_int_equal(num, level != PASSKEY_LEVEL_OK);
    passkey_examination_free(doctor.found);
}

static void a_clock_that_was_never_set(void **state)
{
    (void)state;

    clock_ms = 1000;
    expect_of_machine(PASSKEY_LEVEL_PROBLEM, "clock", "1970-01-01T00:00:01Z");
    clock_ms = 0;
    expect_of_machine(PASSKEY_LEVEL_OK, NULL, NULL);
}

static void a_library_with_a_weakness(void **state)
{
    (void)state;

    weakness = "it was built without TLS";
    expect_of_machine(PASSKEY_LEVEL_WARNING, "libraries",
                      "libcurl 7.88.1: it was built without TLS");
    weakness = NULL;
}

/* ---- the words */

static void words_are_taken_by_the_shell_as_they_are(void **state)
{
    static const char *const TEXTS[] = {"/home/a/store", "",    "a b",    "it's", "'", "$(echo x)",
                                        "a\nb",          "-rf", "\"`\\", "*",    "é"};
    size_t i;
    (void)state;

    for (i = 0; i < NUM(TEXTS); i++) {
        char *command = NULL, seen[64] = "";
        FILE *shell;

        assert_true(asprintf(&command, "printf %%s %s", pk_word(TEXTS[i]).x) > 0);
        shell = popen(command, "r");
        assert_non_null(shell);
        assert_int_equal(fread(seen, 1, sizeof seen - 1, shell), strlen(TEXTS[i]));
        assert_int_equal(pclose(shell), 0);
        assert_string_equal(seen, TEXTS[i]);
        free(command);
    }
    assert_string_equal(pk_word("/home/a/store").x, "/home/a/store");
}

static void a_very_long_word_stays_one_word(void **state)
{
    char text[8192];
    pk_shell_word word;
    (void)state;

    memset(text, '\'', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    word = pk_word(text);
    assert_true(strlen(word.x) < sizeof word.x);
    assert_int_equal(word.x[strlen(word.x) - 1], '\'');
}

static void findings_are_valid_utf8_and_json(void **state)
{
    passkey_examination *found = pk_examination_new();
    const char *reason = NULL;
    char huge[10000];
    pk_json *json;
    (void)state;

    memset(huge, 'x', sizeof huge - 1);
    huge[sizeof huge - 1] = '\0';
    pk_warn(found, PK_CHECK_STORE_RECORDS, "a\xff\"%s", "\n");
    pk_remedy(found, "first");
    pk_remedy(found, "%s", huge);
    pk_ok(found, PK_CHECK_CLOCK, "fine");
    assert_true(pk_examination_finish(found));
    assert_string_equal(passkey_examination_message(found, 0), "a?\"\n");
    json = pk_json_parse(passkey_examination_json(found), strlen(passkey_examination_json(found)),
                         &reason);
    assert_int_equal(pk_json_count(json), 2);
    assert_string_equal(pk_json_text(pk_json_first(json), "level"), "warning");
    assert_string_equal(pk_json_text(pk_json_first(json), "check"), "store_records");
    assert_true(pk_json_is_null(pk_json_get(pk_json_next(pk_json_first(json)), "remedy")));
    pk_json_free(json);
    passkey_examination_free(found);
}

static void an_error_becomes_a_problem_with_its_cause_and_hint(void **state)
{
    passkey_examination *found = pk_examination_new();
    passkey_client *client = NULL;
    passkey_error *error = NULL;
    (void)state;

    assert_int_equal(passkey_client_new(&client, NULL), PASSKEY_OK);
    assert_int_equal(passkey_client_set_option(client, "log", "loud", &error),
                     PASSKEY_INVALID_OPTION);
    pk_problem_of_error(found, PK_CHECK_TPM, error);
    assert_int_equal(passkey_examination_worst(found), PASSKEY_LEVEL_PROBLEM);
    assert_non_null(strstr(passkey_examination_message(found, 0), "log"));
    assert_non_null(strstr(passkey_examination_remedy(found, 0), "docs/options.md"));
    passkey_client_free(client);
    passkey_examination_free(found);
}

static void memory_that_ran_out_is_not_hidden(void **state)
{
    passkey_examination *found = pk_examination_new();
    (void)state;

    pk_ok(found, PK_CHECK_CLOCK, "fine");
    pk_examination_no_memory(found);
    pk_remedy(found, "is lost without harm");
    assert_false(pk_examination_finish(found));
    assert_null(passkey_examination_json(found));
    passkey_examination_free(found);
}

static void nothing_is_asked_of_nothing(void **state)
{
    passkey_error *error = NULL;
    (void)state;

    assert_int_equal(passkey_examination_count(NULL), 0);
    assert_int_equal(passkey_examination_worst(NULL), PASSKEY_LEVEL_OK);
    assert_null(passkey_examination_check(NULL, 0));
    assert_null(passkey_examination_message(NULL, 0));
    assert_null(passkey_examination_remedy(NULL, 0));
    assert_null(passkey_examination_json(NULL));
    assert_string_equal(passkey_level_name((passkey_level)3), "unknown");
    passkey_examination_free(NULL);
    assert_fails_with(PASSKEY_INVALID_ARGUMENT, passkey_client_examine(NULL, NULL, &error), error);
    passkey_error_free(error);
}

static void folders_above(void **state)
{
    static const char *const ROWS[][2] = {{"/a/b/c", "/a/b"}, {"/a/b/", "/a"}, {"/a", "/"},
                                          {"//a//b//", "//a"}, {"/", NULL}, {"a", NULL}};
    char out[16];
    size_t i;
    (void)state;

    for (i = 0; i < NUM(ROWS); i++) {
        bool found = pk_path_parent(ROWS[i][0], out, sizeof out);

        assert_int_equal(found, ROWS[i][1] != NULL);
        if (found)
            assert_string_equal(out, ROWS[i][1]);
    }
    assert_false(pk_path_parent("/a-very-long-folder/b", out, sizeof out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_that_was_never_set),
        cmocka_unit_test(a_library_with_a_weakness),
        cmocka_unit_test(words_are_taken_by_the_shell_as_they_are),
        cmocka_unit_test(a_very_long_word_stays_one_word),
        cmocka_unit_test(findings_are_valid_utf8_and_json),
        cmocka_unit_test(an_error_becomes_a_problem_with_its_cause_and_hint),
        cmocka_unit_test(memory_that_ran_out_is_not_hidden),
        cmocka_unit_test(nothing_is_asked_of_nothing),
        cmocka_unit_test(folders_above),
    };

    unsetenv("PASSKEY_BUILD"); /* of those who run the tests, and unknown to the library */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
