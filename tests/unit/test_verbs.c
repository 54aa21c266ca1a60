/* SPDX-License-Identifier: Apache-2.0
 * The calls around bind as operations, on the library as it is shipped. */
#include "engine_support.h"

#include <dirent.h>

static void set_job_options(fixture *this)
{
    char base[64];

    snprintf(base, sizeof base, "http://127.0.0.1:%d", this->cloud->port);
    set(this->client, "api_base_url", base);
    set(this->client, "tenant", "t");
    set(this->client, "realm", "r");
    set(this->client, "api_token", "API-MARKER");
}

static passkey_operation *start_wait(fixture *this, unsigned wait_ms)
{
    passkey_operation *operation = NULL;

    assert_int_equal(passkey_client_wait_job_start(this->client, "-", "j", wait_ms, &operation, NULL),
                     PASSKEY_OK);
    return operation;
}

static passkey_status end_wait(passkey_operation *operation)
{
    passkey_job *job = NULL;
    passkey_status status;

    assert_true(passkey_operation_wait(operation, -1));
    status = passkey_operation_job_result(operation, &job, NULL);
    assert_true(!status == !!job);
    passkey_job_free(job);
    passkey_operation_free(operation);
    return status;
}

static unsigned num_threads(void)
{
    DIR *folder = opendir("/proc/self/task");
    unsigned num = 0;

    while (readdir(folder))
        num++;
    closedir(folder);
    return num;
}

/* ------------------------------------------------------------------------- waiting */

static void a_wait_is_canceled_while_it_pauses(void **state)
{
    fixture *this = *state;
    passkey_operation *operation;

    set_job_options(this);
    operation = start_wait(this, 0);
    tiny_cloud_wait_for(this->cloud, GET_JOB, 1);
    passkey_operation_cancel(operation);
    assert_int_equal(end_wait(operation), PASSKEY_CANCELED);
}

static void a_wait_is_canceled_while_it_asks(void **state)
{
    fixture *this = *state;
    passkey_operation *operation;

    set_job_options(this);
    tiny_cloud_hold(this->cloud, GET_JOB, true);
    operation = start_wait(this, 0);
    tiny_cloud_wait_for(this->cloud, GET_JOB, 1);
    passkey_operation_cancel(operation);
    assert_int_equal(end_wait(operation), PASSKEY_CANCELED);
}

static void a_wait_ends_when_its_time_is_over_also_in_a_question(void **state)
{
    fixture *this = *state;

    set_job_options(this);
    tiny_cloud_hold(this->cloud, GET_JOB, true);
    assert_int_equal(end_wait(start_wait(this, 50)), PASSKEY_TIMEOUT);
    tiny_cloud_hold(this->cloud, GET_JOB, false);
    assert_int_equal(end_wait(start_wait(this, 50)), PASSKEY_TIMEOUT);
    assert_int_equal(end_wait(start_wait(this, 1)), PASSKEY_TIMEOUT);
}

static void many_waits_need_few_threads(void **state)
{
    enum { COUNT = 100 };
    fixture *this = *state;
    passkey_operation *operations[COUNT];
    unsigned num_before = num_threads();
    int i;

    set_job_options(this);
    for (i = 0; i < COUNT; i++)
        operations[i] = start_wait(this, 0);
    tiny_cloud_wait_for(this->cloud, GET_JOB, COUNT);
    /* five of ours, and one of the cloud for each connection */
    assert_true(num_threads() <= num_before + 5 + COUNT);
    this->cloud->job_state = "COMPLETE";
    for (i = 0; i < COUNT; i++)
        assert_int_equal(end_wait(operations[i]), PASSKEY_OK);
}

static void a_wait_that_is_given_back_goes_on_until_it_is_canceled(void **state)
{
    fixture *this = *state;
    passkey_operation *operation;

    set_job_options(this);
    operation = start_wait(this, 0);
    tiny_cloud_wait_for(this->cloud, GET_JOB, 2);
    assert_false(passkey_drain(0));
    passkey_operation_cancel(operation);
    passkey_operation_free(operation);
    assert_true(passkey_drain(-1));
}

static void a_bind_is_not_kept_by_those_that_wait(void **state)
{
    fixture *this = *state;
    passkey_operation *operation;

    set_job_options(this);
    operation = start_wait(this, 0);
    tiny_cloud_wait_for(this->cloud, GET_JOB, 1);
    bind_once(this, 1);
    passkey_operation_cancel(operation);
    assert_int_equal(end_wait(operation), PASSKEY_CANCELED);
}

/* ------------------------------------------------------------------------ progress */

static void each_call_tells_its_steps(void **state)
{
    fixture *this = *state;
    events seen = NO_EVENTS;
    passkey_operation *operations[5] = {NULL};
    char link[256];
    size_t i;

    set_job_options(this);
    this->cloud->job_state = "REVOKED";
    tiny_cloud_link(this->cloud, 1, link);
    passkey_client_info_start(this->client, link, &operations[0], NULL);
    passkey_client_list_jobs_start(this->client, "-", &operations[1], NULL);
    passkey_client_list_start(this->client, &operations[2], NULL);
    passkey_client_delete_start(this->client, "a", &operations[3], NULL);
    operations[4] = start_wait(this, 0);
    for (i = 0; i < NUM(operations); i++) {
        assert_true(passkey_operation_wait(operations[i], -1));
        watch(operations[i], &seen);
        passkey_operation_free(operations[i]);
    }
    assert_string_equal(seen.text, "link instruction info job store store job ");
    assert_int_equal(seen.num_freed, 5);
}

/* ------------------------------------------------------------------------ outcomes */

static void an_outcome_is_taken_once_and_as_what_it_is(void **state)
{
    fixture *this = *state;
    passkey_operation *operation = NULL;
    passkey_credential_list *list = NULL;
    passkey_credential *passkey = NULL;
    passkey_error *error;

    assert_int_equal(passkey_client_list_start(this->client, &operation, NULL), PASSKEY_OK);
    assert_true(passkey_operation_wait(operation, -1));
    assert_fails_with(PASSKEY_INVALID_ARGUMENT,
                      passkey_operation_get_result(operation, &passkey, &error), error);
    passkey_error_free(error);
    assert_fails_with(PASSKEY_INVALID_ARGUMENT, passkey_operation_delete_result(operation, &error),
                      error);
    passkey_error_free(error);
    assert_int_equal(passkey_operation_list_result(operation, &list, NULL), PASSKEY_OK);
    assert_int_equal(passkey_credential_list_count(list), 0);
    assert_fails_with(PASSKEY_INVALID_ARGUMENT,
                      passkey_operation_list_result(operation, &list, &error), error);
    passkey_error_free(error);
    passkey_credential_list_free(list);
    passkey_operation_free(operation);
}

static void what_is_missing_is_said_at_once(void **state)
{
    fixture *this = *state;
    passkey_client *client = this->client;
    passkey_operation *operation = NULL;
    passkey_credential *passkey = NULL;
    passkey_info *info = NULL;
    passkey_job *job = NULL;
    passkey_job_list *jobs = NULL;

#define REFUSED(call) assert_int_equal(call, PASSKEY_INVALID_ARGUMENT)
    REFUSED(passkey_client_get(NULL, "a", &passkey, NULL));
    REFUSED(passkey_client_get(client, NULL, &passkey, NULL));
    REFUSED(passkey_client_get(client, "a", NULL, NULL));
    REFUSED(passkey_client_get_start(client, "a", NULL, NULL));
    REFUSED(passkey_client_get_start(client, "..", &operation, NULL));
    REFUSED(passkey_client_delete(client, NULL, NULL));
    REFUSED(passkey_client_delete(NULL, "a", NULL));
    REFUSED(passkey_client_delete_start(client, "a/b", &operation, NULL));
    REFUSED(passkey_client_info(client, NULL, &info, NULL));
    REFUSED(passkey_client_info(client, "x", NULL, NULL));
    REFUSED(passkey_client_list(client, NULL, NULL));
    REFUSED(passkey_client_list_start(NULL, &operation, NULL));
    REFUSED(passkey_client_get_job(client, NULL, "j", &job, NULL));
    REFUSED(passkey_client_get_job(client, "-", NULL, &job, NULL));
    REFUSED(passkey_client_get_job(client, "-", "", &job, NULL));
    REFUSED(passkey_client_get_job(client, "-", "j", NULL, NULL));
    REFUSED(passkey_client_revoke_job(client, "-", "a/b", &job, NULL));
    REFUSED(passkey_client_wait_job(client, "a/b", "j", 0, &job, NULL));
    REFUSED(passkey_client_list_jobs(client, "", &jobs, NULL));
    REFUSED(passkey_client_list_jobs(client, "-", NULL, NULL));
    REFUSED(passkey_client_create_job(client, "-", "RETURN", NULL, &job, NULL));
#undef REFUSED
    assert_null(operation);
    assert_true(passkey_drain(0));
}

static void a_passkey_comes_and_goes(void **state)
{
    fixture *this = *state;
    passkey_credential_list *list = NULL;
    passkey_credential *passkey = NULL;
    passkey_error *error;
    const char *id;

    bind_once(this, 1);
    bind_once(this, 2);
    assert_int_equal(passkey_client_list(this->client, &list, NULL), PASSKEY_OK);
    assert_int_equal(passkey_credential_list_count(list), 2);
    id = passkey_credential_id(passkey_credential_list_at(list, 0));
    assert_int_equal(passkey_client_get(this->client, id, &passkey, NULL), PASSKEY_OK);
    assert_string_equal(passkey_credential_json(passkey),
                        passkey_credential_json(passkey_credential_list_at(list, 0)));
    passkey_credential_free(passkey);
    assert_int_equal(passkey_client_delete(this->client, id, NULL), PASSKEY_OK);
    assert_fails_with(PASSKEY_NO_SUCH_PASSKEY,
                      passkey_client_get(this->client, id, &passkey, &error), error);
    assert_false(passkey_error_retryable(error));
    passkey_error_free(error);
    assert_int_equal(passkey_client_delete(this->client, id, NULL), PASSKEY_OK);
    passkey_credential_list_free(list);
}

static void pages_become_one_list(void **state)
{
    fixture *this = *state;
    passkey_job_list *jobs = NULL;

    set_job_options(this);
    assert_int_equal(passkey_client_list_jobs(this->client, "-", &jobs, NULL), PASSKEY_OK);
    assert_int_equal(passkey_job_list_count(jobs), 2);
    passkey_job_list_free(jobs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_wait_is_canceled_while_it_pauses),
        TEST(a_wait_is_canceled_while_it_asks),
        TEST(a_wait_ends_when_its_time_is_over_also_in_a_question),
        TEST(many_waits_need_few_threads),
        TEST(a_wait_that_is_given_back_goes_on_until_it_is_canceled),
        TEST(a_bind_is_not_kept_by_those_that_wait),
        TEST(each_call_tells_its_steps),
        TEST(an_outcome_is_taken_once_and_as_what_it_is),
        TEST(what_is_missing_is_said_at_once),
        TEST(a_passkey_comes_and_goes),
        TEST(pages_become_one_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
