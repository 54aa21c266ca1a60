/* SPDX-License-Identifier: Apache-2.0
 * The public API: options, misuse, operations and their callbacks. */
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

static passkey_client *new_client(void)
{
    passkey_client *client = NULL;

    assert_int_equal(passkey_client_new(&client, NULL), PASSKEY_OK);
    return client;
}

static void set(passkey_client *client, const char *name, const char *value)
{
    assert_int_equal(passkey_client_set_option(client, name, value, NULL), PASSKEY_OK);
}

/* ---- options */

static void bad_option_values_are_refused_and_change_nothing(void **state)
{
    static const char *const rows[][2] = {
        {"allow_loopback_http", "maybe"}, {"timeout_ms", "0"},       {"timeout_ms", "3600001"},
        {"timeout_ms", "-5"},             {"timeout_ms", "1e3"},     {"timeout_ms", "99999999999"},
        {"tpm", "software"},              {"tpm", "device:"},        {"api_token", "a\r\nb"},
        {"api_base_url", "\xff"},         {"no_such_option", "1"},   {"HOME", "/tmp"},
        {"", "x"},                        {"proxy", "http://u:SECRET@127.0.0.1:notaport"},
    };
    passkey_client *client = new_client();
    size_t i;
    (void)state;

    for (i = 0; i < NUM(rows); i++) {
        passkey_error *error;

        assert_fails_with(PASSKEY_INVALID_OPTION,
                          passkey_client_set_option(client, rows[i][0], rows[i][1], &error), error);
        assert_null(strstr(passkey_error_json(error), "SECRET"));
        passkey_error_free(error);
    }
    passkey_client_free(client);
}

static void good_option_values_are_taken(void **state)
{
    static const char *const rows[][2] = {
        {"allow_loopback_http", "TRUE"}, {"timeout_ms", "1"},          {"tpm", "auto"},
        {"tpm", "device:/dev/tpmrm0"},   {"home", "relative/store"},   {"allowed_domains", ""},
        {"ca_file", NULL},               {"proxy", "http://p.test:1"}, {"tpm", NULL},
    };
    passkey_client *client = new_client();
    size_t i;
    (void)state;

    for (i = 0; i < NUM(rows); i++)
        set(client, rows[i][0], rows[i][1]);
    passkey_client_free(client);
}

static void the_environment_is_read_and_judged(void **state)
{
    passkey_client *client = NULL;
    passkey_link *link = NULL;
    passkey_error *error;
    (void)state;

    setenv("PASSKEY_TIMEOUT_MS", "soon", 1);
    assert_fails_with(PASSKEY_INVALID_OPTION, passkey_client_new(&client, &error), error);
    assert_non_null(strstr(passkey_error_message(error), "timeout_ms"));
    passkey_error_free(error);
    unsetenv("PASSKEY_TIMEOUT_MS");
    setenv("PASSKEY_ALLOWED_DOMAINS", "Example.COM , other.test", 1);
    client = new_client();
    unsetenv("PASSKEY_ALLOWED_DOMAINS");
    assert_int_equal(passkey_client_check(client,
                                          "https://a.example.com/v1/tenants/t/realms/r/identities/i/"
                                          "credential-binding-jobs/j:invokeAuthenticator?token=T",
                                          &link, NULL),
                     PASSKEY_OK);
    assert_string_equal(passkey_link_origin(link), "https://a.example.com");
    assert_string_equal(passkey_link_json(link),
                        "{\"kind\":\"invokeAuthenticator\",\"origin\":\"https://a.example.com\","
                        "\"tenantId\":\"t\",\"realmId\":\"r\",\"identityId\":\"i\",\"jobId\":\"j\"}");
    passkey_link_free(link);
    passkey_client_free(client);
}

static void jobs_name_the_option_that_is_missing(void **state)
{
    passkey_client *client = new_client();
    passkey_job *job = NULL;
    passkey_error *error;
    (void)state;

    set(client, "api_base_url", "https://api-us.beyondidentity.com");
    assert_fails_with(PASSKEY_INVALID_OPTION,
                      passkey_client_create_job(client, "i", "RETURN", NULL, &job, &error), error);
    assert_non_null(strstr(passkey_error_message(error), "tenant"));
    passkey_error_free(error);
    assert_fails_with(PASSKEY_INVALID_ARGUMENT,
                      passkey_client_create_job(client, "i", "CARRIER_PIGEON", NULL, &job, &error),
                      error);
    passkey_error_free(error);
    passkey_client_free(client);
}

/* ---- misuse */

static void null_arguments_are_errors_not_crashes(void **state)
{
    passkey_client *client = new_client();
    passkey_bind_result *result = NULL;
    passkey_operation *operation = NULL;
    passkey_credential_list *list = NULL;
    passkey_link *link = NULL;
    passkey_job *job = NULL;
    (void)state;

    assert_int_equal(passkey_client_new(NULL, NULL), PASSKEY_INVALID_ARGUMENT);
    assert_int_equal(passkey_client_set_option(NULL, "tpm", "auto", NULL), PASSKEY_INVALID_ARGUMENT);
    assert_int_equal(passkey_client_set_option(client, NULL, "x", NULL), PASSKEY_INVALID_ARGUMENT);
    assert_int_equal(passkey_client_bind(NULL, "x", &result, NULL), PASSKEY_INVALID_ARGUMENT);
    assert_int_equal(passkey_client_bind(client, NULL, &result, NULL), PASSKEY_INVALID_ARGUMENT);
    assert_int_equal(passkey_client_bind(client, "x", NULL, NULL), PASSKEY_INVALID_ARGUMENT);
    assert_int_equal(passkey_client_bind_start(client, "x", NULL, NULL), PASSKEY_INVALID_ARGUMENT);
    assert_int_equal(passkey_client_list(NULL, &list, NULL), PASSKEY_INVALID_ARGUMENT);
    assert_int_equal(passkey_client_list(client, NULL, NULL), PASSKEY_INVALID_ARGUMENT);
    assert_int_equal(passkey_client_check(client, NULL, &link, NULL), PASSKEY_INVALID_ARGUMENT);
    assert_int_equal(passkey_client_create_job(client, NULL, "RETURN", NULL, &job, NULL),
                     PASSKEY_INVALID_ARGUMENT);
    assert_int_equal(passkey_operation_bind_result(NULL, &result, NULL), PASSKEY_INVALID_ARGUMENT);
    assert_int_equal(passkey_operation_on_done(NULL, NULL, NULL, NULL, NULL),
                     PASSKEY_INVALID_ARGUMENT);
    assert_false(passkey_operation_wait(NULL, 0));
    passkey_operation_cancel(NULL);
    passkey_operation_free(operation);
    passkey_client_free(NULL);
    passkey_client_free(client);
}

static void getters_of_nothing_answer_nothing(void **state)
{
    (void)state;
    assert_null(passkey_credential_id(NULL));
    assert_null(passkey_credential_json(NULL));
    assert_null(passkey_bind_result_passkey(NULL));
    assert_null(passkey_bind_result_json(NULL));
    assert_null(passkey_bind_result_post_binding_redirect_uri(NULL));
    assert_null(passkey_link_kind(NULL));
    assert_null(passkey_job_link(NULL));
    assert_int_equal(passkey_credential_list_count(NULL), 0);
    assert_null(passkey_credential_list_at(NULL, 0));
    assert_null(passkey_credential_list_damaged(NULL, 0));
    assert_false(passkey_is_bind_passkey_url(NULL));
    assert_false(passkey_is_authenticate_url(NULL));
    passkey_bind_result_free(NULL);
    passkey_credential_list_free(NULL);
    passkey_link_free(NULL);
    passkey_job_free(NULL);
    passkey_error_free(NULL);
    assert_string_equal(passkey_version(), PASSKEY_VERSION);
}

/* ---- operations */

static atomic_int num_done, num_freed;

static void count_done(void *user)
{
    assert_ptr_equal(user, &num_done);
    atomic_fetch_add(&num_done, 1);
}

static void count_freed(void *user)
{
    assert_int_equal(atomic_load((atomic_int *)user), 1);
    atomic_fetch_add(&num_freed, 1);
}

static void reset_counts(void)
{
    atomic_store(&num_done, 0);
    atomic_store(&num_freed, 0);
}

static void an_operation_ends_once_and_gives_its_outcome_once(void **state)
{
    passkey_client *client = new_client();
    passkey_operation *operation = NULL;
    passkey_bind_result *result = NULL;
    passkey_error *error;
    (void)state;

    assert_int_equal(passkey_client_bind_start(client, "not a link", &operation, NULL), PASSKEY_OK);
    passkey_client_free(client); /* the operation keeps what it needs */
    assert_true(passkey_operation_wait(operation, -1));
    assert_true(passkey_operation_wait(operation, 0));
    passkey_operation_cancel(operation);
    assert_fails_with(PASSKEY_INVALID_LINK,
                      passkey_operation_bind_result(operation, &result, &error), error);
    passkey_error_free(error);
    assert_fails_with(PASSKEY_INVALID_ARGUMENT,
                      passkey_operation_bind_result(operation, &result, &error), error);
    passkey_error_free(error);
    assert_null(result);
    passkey_operation_free(operation);
}

static void a_callback_comes_once_before_or_after_the_end(void **state)
{
    passkey_client *client = new_client();
    passkey_operation *operation = NULL;
    passkey_error *error;
    int round;
    (void)state;

    for (round = 0; round < 2; round++) {
        reset_counts();
        assert_int_equal(passkey_client_bind_start(client, "x", &operation, NULL), PASSKEY_OK);
        if (round)
            passkey_operation_wait(operation, -1);
        assert_int_equal(
            passkey_operation_on_done(operation, count_done, &num_done, count_freed, NULL),
            PASSKEY_OK);
        assert_fails_with(
            PASSKEY_INVALID_ARGUMENT,
            passkey_operation_on_done(operation, count_done, &num_done, count_freed, &error), error);
        passkey_error_free(error);
        passkey_operation_free(operation);
        assert_true(passkey_drain(-1));
        assert_int_equal(atomic_load(&num_done), 1);
        assert_int_equal(atomic_load(&num_freed), 1);
    }
    passkey_client_free(client);
}

/* A server that takes connections and never says a word. */
typedef struct silence {
    int fd;
    char link[256];
    char *home;
    passkey_client *client;
} silence;

static int open_silence(void **state)
{
    silence *this = calloc(1, sizeof *this);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;

    this->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(this->fd, (struct sockaddr *)&address, len) || listen(this->fd, 64) ||
        getsockname(this->fd, (struct sockaddr *)&address, &len))
        return -1;
    snprintf(this->link, sizeof this->link,
             "http://127.0.0.1:%d/v1/tenants/t/realms/r/identities/i/credential-binding-jobs/"
             "j:invokeAuthenticator?token=SECRET",
             ntohs(address.sin_port));
    this->home = unit_folder();
    this->client = new_client();
    set(this->client, "home", this->home);
    set(this->client, "allowed_domains", "127.0.0.1");
    set(this->client, "allow_loopback_http", "1");
    *state = this;
    return 0;
}

static int close_silence(void **state)
{
    silence *this = *state;

    passkey_client_free(this->client);
    close(this->fd);
    unit_folder_remove(this->home);
    free(this);
    return 0;
}

static void cancel_ends_a_waiting_operation(void **state)
{
    silence *this = *state;
    passkey_operation *operation = NULL;
    passkey_bind_result *result = NULL;
    passkey_error *error;

    assert_int_equal(passkey_client_bind_start(this->client, this->link, &operation, NULL),
                     PASSKEY_OK);
    assert_false(passkey_operation_wait(operation, 20));
    assert_fails_with(PASSKEY_INVALID_ARGUMENT,
                      passkey_operation_bind_result(operation, &result, &error), error);
    passkey_error_free(error);
    passkey_operation_cancel(operation);
    assert_true(passkey_operation_wait(operation, -1));
    assert_fails_with(PASSKEY_CANCELED, passkey_operation_bind_result(operation, &result, &error),
                      error);
    passkey_error_free(error);
    passkey_operation_free(operation);
}

static void the_timeout_ends_a_call(void **state)
{
    silence *this = *state;
    passkey_bind_result *result = NULL;
    passkey_error *error;

    set(this->client, "timeout_ms", "50");
    assert_fails_with(PASSKEY_TIMEOUT,
                      passkey_client_bind(this->client, this->link, &result, &error), error);
    assert_true(passkey_error_retryable(error));
    assert_null(strstr(passkey_error_json(error), "SECRET"));
    passkey_error_free(error);
    assert_null(result);
}

static void many_operations_of_one_client_wait_at_once(void **state)
{
    enum { COUNT = 50 };
    silence *this = *state;
    passkey_operation *operations[COUNT] = {NULL};
    passkey_bind_result *result = NULL;
    int i;

    for (i = 0; i < COUNT; i++)
        assert_int_equal(passkey_client_bind_start(this->client, this->link, &operations[i], NULL),
                         PASSKEY_OK);
    assert_false(passkey_drain(0));
    for (i = 0; i < COUNT; i++)
        passkey_operation_cancel(operations[i]);
    for (i = 0; i < COUNT; i++) {
        assert_true(passkey_operation_wait(operations[i], -1));
        assert_int_equal(passkey_operation_bind_result(operations[i], &result, NULL),
                         PASSKEY_CANCELED);
        passkey_operation_free(operations[i]);
    }
    assert_true(passkey_drain(-1));
}

#define SILENT_TEST(test) cmocka_unit_test_setup_teardown(test, open_silence, close_silence)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_option_values_are_refused_and_change_nothing),
        cmocka_unit_test(good_option_values_are_taken),
        cmocka_unit_test(the_environment_is_read_and_judged),
        cmocka_unit_test(jobs_name_the_option_that_is_missing),
        cmocka_unit_test(null_arguments_are_errors_not_crashes),
        cmocka_unit_test(getters_of_nothing_answer_nothing),
        cmocka_unit_test(an_operation_ends_once_and_gives_its_outcome_once),
        cmocka_unit_test(a_callback_comes_once_before_or_after_the_end),
        SILENT_TEST(cancel_ends_a_waiting_operation),
        SILENT_TEST(the_timeout_ends_a_call),
        SILENT_TEST(many_operations_of_one_client_wait_at_once),
    };

    return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
