/* SPDX-License-Identifier: Apache-2.0
 * Jobs and lists of jobs as the cloud tells of them, and how long it is asked. */
#include "unit.h"

#include "base/json.h"
#include "base/memory.h"
#include "client/patience.h"
#include "registration/job_request.h"
#include "store/record.h"

static pk_json *parse(const char *text)
{
    const char *reason = NULL;
    pk_json *json = pk_json_parse(text, strlen(text), &reason);

    assert_non_null(json);
    return json;
}

static passkey_status read_text(const char *text, passkey_job **out_job, passkey_error **out_error)
{
    pk_json *json = parse(text);
    passkey_status status = pk_job_read(json, "the test", NULL, out_job, out_error);

    pk_json_free(json);
    return status;
}

/* ------------------------------------------------------------------------ a job */

static void all_that_a_job_says_is_there(void **state)
{
    passkey_job *job = NULL;
    (void)state;

    assert_int_equal(
        read_text("{\"id\":\"j1\",\"state\":\"COMPLETE\",\"identity_id\":\"i1\",\"credential_id\":"
                  "\"c1\",\"delivery_method\":\"RETURN\",\"post_binding_redirect_uri\":\"u\","
                  "\"expire_time\":\"e\",\"create_time\":\"c\",\"update_time\":\"p\",\"new\":{}}",
                  &job, NULL),
        PASSKEY_OK);
    assert_string_equal(passkey_job_json(job),
                        "{\"id\":\"j1\",\"state\":\"COMPLETE\",\"link\":null,\"identityId\":\"i1\","
                        "\"credentialId\":\"c1\",\"deliveryMethod\":\"RETURN\","
                        "\"postBindingRedirectUri\":\"u\",\"expireTime\":\"e\",\"createTime\":\"c\","
                        "\"updateTime\":\"p\"}");
    assert_string_equal(passkey_job_credential_id(job), "c1");
    assert_string_equal(passkey_job_update_time(job), "p");
    assert_true(pk_job_has_ended(job));
    passkey_job_free(job);
}

static void what_a_job_leaves_out_is_null(void **state)
{
    passkey_job *job = NULL;
    (void)state;

    assert_int_equal(read_text("{\"id\":\"j\",\"state\":\"NEW\",\"credential_id\":null}", &job, NULL),
                     PASSKEY_OK);
    assert_null(passkey_job_credential_id(job));
    assert_null(passkey_job_link(job));
    assert_null(passkey_job_expire_time(job));
    assert_false(pk_job_has_ended(job));
    passkey_job_free(job);
}

static void a_job_that_is_none_is_refused(void **state)
{
    static const char *const TEXTS[] = {
        "{}",
        "{\"id\":\"j\"}",
        "{\"state\":\"COMPLETE\"}",
        "{\"id\":\"\",\"state\":\"COMPLETE\"}",
        "{\"id\":\"a\\nb\",\"state\":\"COMPLETE\"}",
        "{\"id\":1,\"state\":\"COMPLETE\"}",
        "{\"id\":\"j\",\"state\":null}",
        "{\"id\":\"j\",\"state\":\"S\",\"credential_id\":7}",
        "{\"id\":\"j\",\"state\":\"S\",\"expire_time\":{}}",
    };
    size_t i;
    (void)state;

    for (i = 0; i < NUM(TEXTS); i++) {
        passkey_job *job = NULL;
        passkey_error *error;

        assert_fails_with(PASSKEY_BAD_RESPONSE, read_text(TEXTS[i], &job, &error), error);
        assert_null(job);
        passkey_error_free(error);
    }
}

static void only_four_states_are_an_end(void **state)
{
    static const struct {
        const char *name;
        bool ended;
    } STATES[] = {{"LINK_SENT", false}, {"LINK_OPENED", false},   {"REQUEST_DELIVERED", false},
                  {"COMPLETE", true},   {"EXPIRED", true},        {"REVOKED", true},
                  {"complete", false},  {"FAILED_TO_SEND", true}, {"", false}};
    size_t i;
    (void)state;

    for (i = 0; i < NUM(STATES); i++) {
        passkey_job *job = NULL;
        char text[128];

        snprintf(text, sizeof text, "{\"id\":\"j\",\"state\":\"%s\"}", STATES[i].name);
        assert_int_equal(read_text(text, &job, NULL), PASSKEY_OK);
        assert_int_equal(pk_job_has_ended(job), STATES[i].ended);
        passkey_job_free(job);
    }
}

static void getters_take_null(void **state)
{
    (void)state;
    assert_null(passkey_job_id(NULL));
    assert_null(passkey_job_json(NULL));
    assert_null(passkey_job_list_json(NULL));
    assert_null(passkey_job_list_at(NULL, 0));
    assert_int_equal(passkey_job_list_count(NULL), 0);
    assert_null(passkey_info_json(NULL));
    assert_null(passkey_info_tenant_id(NULL));
    passkey_job_free(NULL);
    passkey_job_list_free(NULL);
    passkey_info_free(NULL);
    passkey_credential_free(NULL);
}

/* ------------------------------------------------------------------------ pages */

static pk_job_pages begin(void)
{
    pk_job_pages pages = {.list = pk_job_list_new()};

    assert_non_null(pages.list);
    return pages;
}

static passkey_status read_page(pk_job_pages *pages, const char *text, passkey_error **out_error)
{
    pk_json *json = parse(text);
    passkey_status status = pk_job_read_page(json, pages, out_error);

    pk_json_free(json);
    return status;
}

static passkey_status read_token(pk_job_pages *pages, unsigned token)
{
    char text[128];

    snprintf(text, sizeof text,
             "{\"credential_binding_jobs\":[{\"id\":\"j%u\",\"state\":\"S\"}],"
             "\"next_page_token\":\"%u\"}",
             token, token);
    return read_page(pages, text, NULL);
}

static void pages_come_one_after_the_other(void **state)
{
    pk_job_pages pages = begin();
    (void)state;

    assert_int_equal(read_token(&pages, 1), PASSKEY_OK);
    assert_string_equal(pages.next_token, "1");
    assert_int_equal(read_token(&pages, 2), PASSKEY_OK);
    assert_int_equal(read_page(&pages, "{\"credential_binding_jobs\":[]}", NULL), PASSKEY_OK);
    assert_null(pages.next_token);
    assert_int_equal(passkey_job_list_count(pages.list), 2);
    assert_string_equal(passkey_job_id(passkey_job_list_at(pages.list, 1)), "j2");
    assert_null(passkey_job_list_at(pages.list, 2));
    assert_memory_equal(passkey_job_list_json(pages.list), "[{\"id\":\"j1\",", 12);
    pk_job_pages_free(&pages);
}

static void an_empty_or_null_token_ends_the_list(void **state)
{
    static const char *const TEXTS[] = {
        "{\"credential_binding_jobs\":[],\"next_page_token\":\"\"}",
        "{\"credential_binding_jobs\":[],\"next_page_token\":null}",
        "{\"credential_binding_jobs\":[],\"total_size\":99}",
    };
    size_t i;
    (void)state;

    for (i = 0; i < NUM(TEXTS); i++) {
        pk_job_pages pages = begin();

        assert_int_equal(read_page(&pages, TEXTS[i], NULL), PASSKEY_OK);
        assert_null(pages.next_token);
        assert_string_equal(passkey_job_list_json(pages.list), "[]");
        pk_job_pages_free(&pages);
    }
}

static void a_page_that_is_none_is_refused(void **state)
{
    static const char *const TEXTS[] = {
        "{}",
        "{\"credential_binding_jobs\":{}}",
        "{\"credential_binding_jobs\":null}",
        "{\"credential_binding_jobs\":[1]}",
        "{\"credential_binding_jobs\":[{}]}",
        "{\"credential_binding_jobs\":[],\"next_page_token\":1}",
    };
    size_t i;
    (void)state;

    for (i = 0; i < NUM(TEXTS); i++) {
        pk_job_pages pages = begin();
        passkey_error *error;

        assert_fails_with(PASSKEY_BAD_RESPONSE, read_page(&pages, TEXTS[i], &error), error);
        passkey_error_free(error);
        pk_job_pages_free(&pages);
    }
}

/* Whatever number of pages comes before the circle, and however long it is. */
static void a_circle_of_pages_is_found_out(void **state)
{
    unsigned before, length;
    (void)state;

    for (before = 0; before < 20; before += 3) {
        for (length = 1; length < 30; length += 4) {
            pk_job_pages pages = begin();
            unsigned num = 0;

            while (read_token(&pages, num < before ? num : before + (num - before) % length) ==
                   PASSKEY_OK)
                num++;
            assert_true(num >= before + length && num <= 4 * (before + length) + 4);
            pk_job_pages_free(&pages);
        }
    }
}

static void pages_without_end_are_found_out(void **state)
{
    pk_job_pages pages = begin();
    unsigned num = 0;
    (void)state;

    while (num < 5000 && read_token(&pages, num) == PASSKEY_OK)
        num++;
    assert_int_equal(num, 999);
    pk_job_pages_free(&pages);
}

static void a_token_without_end_is_refused(void **state)
{
    static char text[16384];
    pk_job_pages pages = begin();
    passkey_error *error;
    (void)state;

    snprintf(text, sizeof text, "{\"credential_binding_jobs\":[],\"next_page_token\":\"%0*d\"}", 5000, 1);
    assert_fails_with(PASSKEY_BAD_RESPONSE, read_page(&pages, text, &error), error);
    passkey_error_free(error);
    pk_job_pages_free(&pages);
}

/* --------------------------------------------------------------------- patience */

static void the_cloud_is_asked_once_a_second_or_as_it_wants(void **state)
{
    pk_patience patience = {0};
    (void)state;

    assert_int_equal(pk_patience_after(&patience, PASSKEY_OK, 0), 1000);
    assert_int_equal(pk_patience_after(&patience, PASSKEY_OK, 7), 7000);
    assert_int_equal(pk_patience_after(&patience, PASSKEY_RATE_LIMITED, 0), 5000);
    assert_int_equal(pk_patience_after(&patience, PASSKEY_RATE_LIMITED, 1), 1000);
    assert_int_equal(pk_patience_after(&patience, PASSKEY_RATE_LIMITED, 30), 30000);
    assert_int_equal(pk_patience_after(&patience, PASSKEY_RATE_LIMITED, 2000000000), 60000);
    assert_int_equal(pk_patience_after(&patience, PASSKEY_OK, -5), 1000);
}

static void lost_answers_are_borne_until_there_are_too_many(void **state)
{
    pk_patience patience = {0};
    int i;
    (void)state;

    for (i = 0; i < 100; i++) { /* one at a time: for ever */
        assert_int_equal(pk_patience_after(&patience, PASSKEY_NETWORK_ERROR, 0), 1000);
        assert_int_equal(pk_patience_after(&patience, PASSKEY_OK, 0), 1000);
    }
    assert_int_equal(pk_patience_after(&patience, PASSKEY_SERVER_ERROR, 0), 1000);
    assert_int_equal(pk_patience_after(&patience, PASSKEY_TIMEOUT, 0), 2000);
    assert_int_equal(pk_patience_after(&patience, PASSKEY_NETWORK_ERROR, 0), 4000);
    assert_int_equal(pk_patience_after(&patience, PASSKEY_SERVER_ERROR, 20), 20000);
    assert_int_equal(pk_patience_after(&patience, PASSKEY_SERVER_ERROR, 0), -1);
}

static void what_will_not_change_is_not_waited_for(void **state)
{
    static const passkey_status STATUSES[] = {
        PASSKEY_CANCELED,  PASSKEY_NOT_FOUND,    PASSKEY_UNAUTHORIZED,      PASSKEY_FORBIDDEN,
        PASSKEY_TLS_ERROR, PASSKEY_BAD_RESPONSE, PASSKEY_UNEXPECTED_STATUS, PASSKEY_OUT_OF_MEMORY,
        PASSKEY_CONFLICT,  PASSKEY_BAD_REQUEST,  PASSKEY_INSECURE_URL};
    size_t i;
    (void)state;

    for (i = 0; i < NUM(STATUSES); i++) {
        pk_patience patience = {0};

        assert_int_equal(pk_patience_after(&patience, STATUSES[i], 5), -1);
    }
}

/* --------------------------------------------------------------- ids of passkeys */

static void what_could_be_an_id(void **state)
{
    static const char *const IDS[] = {"a", "fake_id", "0d6bb63a-5aa2-43a2-8c7c-0a3a4b8f5a0e"};
    static const char *const NONE[] = {"", ".", "..", "a.b", "a/b", "/", "a b", "a\n", "ä", "%41",
                                       "12345678901234567890123456789012345678901234567890123456789012345"};
    size_t i;
    (void)state;

    for (i = 0; i < NUM(IDS); i++)
        assert_true(pk_record_is_id(IDS[i]));
    for (i = 0; i < NUM(NONE); i++)
        assert_false(pk_record_is_id(NONE[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_a_job_says_is_there),
        cmocka_unit_test(what_a_job_leaves_out_is_null),
        cmocka_unit_test(a_job_that_is_none_is_refused),
        cmocka_unit_test(only_four_states_are_an_end),
        cmocka_unit_test(getters_take_null),
        cmocka_unit_test(pages_come_one_after_the_other),
        cmocka_unit_test(an_empty_or_null_token_ends_the_list),
        cmocka_unit_test(a_page_that_is_none_is_refused),
        cmocka_unit_test(a_circle_of_pages_is_found_out),
        cmocka_unit_test(pages_without_end_are_found_out),
        cmocka_unit_test(a_token_without_end_is_refused),
        cmocka_unit_test(the_cloud_is_asked_once_a_second_or_as_it_wants),
        cmocka_unit_test(lost_answers_are_borne_until_there_are_too_many),
        cmocka_unit_test(what_will_not_change_is_not_waited_for),
        cmocka_unit_test(what_could_be_an_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
