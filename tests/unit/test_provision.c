/* SPDX-License-Identifier: Apache-2.0
 * passkey_client_provision_tpm, as an application calls it. */
#include "unit.h"

#include <passkey/passkey.h>

static int begin(void **state)
{
    char *home = unit_folder();
    passkey_client *client = NULL;

    setenv("PASSKEY_HOME", home, 1);
    setenv("PASSKEY_TPM", "swtpm", 1);
    unit_folder_remove(home); /* the library makes it */
    if (passkey_client_new(&client, NULL) != PASSKEY_OK)
        return 1;
    *state = client;
    return 0;
}

static int end(void **state)
{
    char *home = strdup(getenv("PASSKEY_HOME"));

    passkey_client_free(*state);
    passkey_drain(-1);
    unit_folder_remove(home);
    return 0;
}

static void it_is_made_and_then_present(void **state)
{
    passkey_provisioning *made = NULL, *present = NULL;

    assert_int_equal(passkey_client_provision_tpm(*state, NULL, &made, NULL), PASSKEY_OK);
    assert_int_equal(passkey_client_provision_tpm(*state, "", &present, NULL), PASSKEY_OK);
    assert_string_equal(passkey_provisioning_outcome(made), "made");
    assert_string_equal(passkey_provisioning_outcome(present), "present");
    assert_string_equal(passkey_provisioning_handle(made), "0x81000001");
    assert_string_equal(passkey_provisioning_key_type(made), "ECC P-256");
    assert_int_equal(strlen(passkey_provisioning_name(made)), 68);
    assert_string_equal(passkey_provisioning_name(made), passkey_provisioning_name(present));
    assert_non_null(strstr(passkey_provisioning_json(made), "{\"outcome\":\"made\",\"handle\":"));
    passkey_provisioning_free(made);
    passkey_provisioning_free(present);
}

static void count(void *user, const char *step)
{
    assert_string_equal(step, "tpm");
    ++*(int *)user;
}

static void it_can_be_waited_for(void **state)
{
    passkey_operation *operation = NULL;
    passkey_provisioning *made = NULL, *again = NULL;
    int num_steps = 0;

    assert_int_equal(passkey_client_provision_tpm_start(*state, NULL, &operation, NULL), 0);
    assert_int_equal(passkey_operation_on_progress(operation, count, &num_steps, NULL, NULL), 0);
    assert_true(passkey_operation_wait(operation, -1));
    assert_int_equal(passkey_operation_provision_tpm_result(operation, &made, NULL), PASSKEY_OK);
    assert_int_equal(passkey_operation_provision_tpm_result(operation, &again, NULL),
                     PASSKEY_INVALID_ARGUMENT);
    assert_int_equal(num_steps, 1);
    passkey_operation_free(operation);
    passkey_provisioning_free(made);
}

static void a_canceled_one_ends(void **state)
{
    passkey_operation *operation = NULL;
    passkey_provisioning *made = NULL;
    passkey_error *error = NULL;
    passkey_status status;

    assert_int_equal(passkey_client_provision_tpm_start(*state, NULL, &operation, NULL), 0);
    passkey_operation_cancel(operation);
    assert_true(passkey_operation_wait(operation, -1));
    status = passkey_operation_provision_tpm_result(operation, &made, &error);
    assert_true(status == PASSKEY_CANCELED ? !made && error : status == PASSKEY_OK && made);
    passkey_operation_free(operation);
    passkey_provisioning_free(made);
    passkey_error_free(error);
}

static void what_is_missing_or_too_long_is_told(void **state)
{
    passkey_provisioning *made = NULL;
    passkey_error *error;
    char password[66];

    memset(password, 'x', sizeof password);
    password[65] = 0;
    assert_fails_with(PASSKEY_INVALID_ARGUMENT,
                      passkey_client_provision_tpm(*state, password, &made, &error), error);
    assert_null(strstr(passkey_error_text(error), "xxx"));
    passkey_error_free(error);
    assert_fails_with(PASSKEY_INVALID_ARGUMENT,
                      passkey_client_provision_tpm(NULL, NULL, &made, &error), error);
    passkey_error_free(error);
    assert_fails_with(PASSKEY_INVALID_ARGUMENT,
                      passkey_client_provision_tpm(*state, NULL, NULL, &error), error);
    passkey_error_free(error);
    assert_int_equal(passkey_client_provision_tpm_start(*state, NULL, NULL, NULL),
                     PASSKEY_INVALID_ARGUMENT);
    assert_null(made);
    assert_null(passkey_provisioning_name(NULL));
    passkey_provisioning_free(NULL);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        TEST(it_is_made_and_then_present),
        TEST(it_can_be_waited_for),
        TEST(a_canceled_one_ends),
        TEST(what_is_missing_or_too_long_is_told),
    };

    setenv("TSS2_LOG", "all+NONE", 1);
    return cmocka_run_group_tests_name("provision", TESTS, NULL, NULL);
}
