/* SPDX-License-Identifier: Apache-2.0
 * A storage root key that the TPM's owner has it keep; on swtpm. */
#include "srk_support.h"

#include "key/provision.h"

#define PASSWORD "an owner's password"

static void set_owner_password(pk_tpm *tpm, const char *password)
{
    TPM2B_AUTH auth = {.size = (uint16_t)strlen(password)};

    memcpy(auth.buffer, password, auth.size);
    assert_int_equal(Esys_HierarchyChangeAuth(tpm->esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD,
                                              ESYS_TR_NONE, ESYS_TR_NONE, &auth), 0);
}

static void expect_provision(pk_tpm *tpm, const char *password, bool was_there, TPM2_HANDLE handle,
                             const char *type)
{
    passkey_error *error = NULL;
    pk_provisioned done;

    if (pk_tpm_provision(tpm, password, &done, &error))
        fail_msg("%s [%s]", passkey_error_text(error), passkey_error_cause(error));
    assert_int_equal(done.was_there, was_there);
    assert_int_equal(done.handle, handle);
    assert_string_equal(done.type, type);
    assert_true(is_there(tpm, handle));
}

static void expect_refused(pk_tpm *tpm, const char *password, passkey_status expected,
                           const char *words)
{
    passkey_error *error;
    pk_provisioned done;

    assert_fails_with(expected, pk_tpm_provision(tpm, password, &done, &error), error);
    assert_non_null(strstr(passkey_error_text(error), words));
    assert_null(strstr(passkey_error_text(error), password ? password : PASSWORD));
    passkey_error_free(error);
    assert_false(is_there(tpm, FIRST));
}

static void a_storage_root_key_is_made_once(void **state)
{
    pk_tpm *tpm = open_tpm(*state);

    expect_provision(tpm, NULL, false, FIRST, "ECC P-256");
    expect_provision(tpm, NULL, true, FIRST, "ECC P-256");
    pk_tpm_close(tpm);
    expect_works("swtpm", *state);
}

static void the_owner_s_password_is_needed_and_proved(void **state)
{
    pk_tpm *tpm = open_tpm(*state);

    set_owner_password(tpm, PASSWORD);
    pk_tpm_close(tpm);
    tpm = open_tpm(*state);
    expect_refused(tpm, NULL, PASSKEY_TPM_OWNER_AUTH_REQUIRED, "none was given");
    expect_refused(tpm, "a wrong guess", PASSKEY_TPM_OWNER_AUTH_REQUIRED, "another one");
    expect_provision(tpm, PASSWORD, false, FIRST, "ECC P-256");
    expect_provision(tpm, NULL, true, FIRST, "ECC P-256");
    assert_int_equal(tpm->num_held, 0); /* all that was made for it was given back */
    pk_tpm_close(tpm);
    expect_works("swtpm", *state); /* nobody asks for the password any more */
}

static void a_password_that_is_not_needed_does_no_harm(void **state)
{
    pk_tpm *tpm = open_tpm(*state);

    expect_provision(tpm, PASSWORD, false, FIRST, "ECC P-256");
    pk_tpm_close(tpm);
}

static void without_it_a_bind_says_who_can_help(void **state)
{
    pk_tpm *tpm = open_tpm(*state);
    passkey_error *error;
    pk_key key;

    set_owner_password(tpm, PASSWORD);
    pk_tpm_close(tpm); /* ESYS would remember the password */
    tpm = open_tpm(*state);
    assert_fails_with(PASSKEY_TPM_OWNER_AUTH_REQUIRED, pk_key_create(tpm, &key, &error), error);
    assert_non_null(strstr(passkey_error_hint(error), "passkey tpm provision"));
    passkey_error_free(error);
    pk_tpm_close(tpm);
}

static void a_full_memory_is_told(void **state)
{
    pk_tpm *tpm = open_tpm(*state);

    fill_memory(tpm);
    expect_refused(tpm, NULL, PASSKEY_TPM_ERROR, "memory is full");
    assert_int_equal(tpm->num_held, 0);
    pk_tpm_close(tpm);
}

static void taken_handles_are_passed_over(void **state)
{
    uint8_t name[PK_TPM_NAME_SIZE];
    pk_tpm *tpm = open_tpm(*state);
    passkey_error *error = NULL;
    pk_provisioned done;

    keep_key(tpm, FIRST, &PK_KEY_TEMPLATE, name);
    expect_provision(tpm, NULL, false, SECOND, "ECC P-256");
    remove_key(tpm, SECOND);
    keep_key(tpm, SECOND, &PK_KEY_TEMPLATE, name);
    assert_fails_with(PASSKEY_TPM_ERROR, pk_tpm_provision(tpm, NULL, &done, &error), error);
    assert_non_null(strstr(passkey_error_message(error), "both taken"));
    passkey_error_free(error);
    remove_key(tpm, FIRST);
    keep_key(tpm, FIRST, &RSA, name);
    expect_provision(tpm, NULL, true, FIRST, "RSA 2048");
    pk_tpm_close(tpm);
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        HOME_TEST(a_storage_root_key_is_made_once),
        HOME_TEST(the_owner_s_password_is_needed_and_proved),
        HOME_TEST(a_password_that_is_not_needed_does_no_harm),
        HOME_TEST(without_it_a_bind_says_who_can_help),
        HOME_TEST(a_full_memory_is_told),
        HOME_TEST(taken_handles_are_passed_over),
    };

    setenv("TSS2_LOG", "all+NONE", 1); /* the TSS reports every refusal on stderr */
    return cmocka_run_group_tests_name("key_provision", TESTS, NULL, NULL);
}
