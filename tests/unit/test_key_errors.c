/* SPDX-License-Identifier: Apache-2.0
 * Each refusal of a TPM, by its exact code, has a status, words and a hint of
 * its own. The codes are sent by a TCTI in front of swtpm. */
#include "faulty_tpm.h"
#include "key/tpm_error.h"

#define ALWAYS UINT32_MAX

typedef struct row {
    TSS2_RC rc;
    TPM2_CC on;
    passkey_status status;
    const char *words; /* in message or hint */
} row;

#define PRIMARY TPM2_CC_CreatePrimary
#define CREATE TPM2_CC_Create

/* At once: the TPM is not asked again. */
static const row FINAL[] = {
    {0x101, CREATE, PASSKEY_TPM_FAILED, "failure mode"},
    {0x12d, CREATE, PASSKEY_TPM_FAILED, "field upgrade"},
    {0x130, CREATE, PASSKEY_TPM_FAILED, "waits for a restart"},
    {0x153, CREATE, PASSKEY_TPM_FAILED, "self-test"},
    {0x921, CREATE, PASSKEY_TPM_LOCKOUT, "lockout"},
    {0x143, CREATE, PASSKEY_TPM_UNSUPPORTED, "this command"},
    {0x120, CREATE, PASSKEY_TPM_DISABLED, "command disabled"},
    {0x185, PRIMARY, PASSKEY_TPM_DISABLED, "owner hierarchy"},
    {0x9a2, PRIMARY, PASSKEY_TPM_OWNER_AUTH_REQUIRED, "passkey tpm provision"},
    {0x9a2, CREATE, PASSKEY_TPM_OWNER_AUTH_REQUIRED, "tpm2_changeauth -c 0x81000001"},
    {0x98e, CREATE, PASSKEY_TPM_OWNER_AUTH_REQUIRED, "counts each wrong one"},
    {0x12f, PRIMARY, PASSKEY_TPM_OWNER_AUTH_REQUIRED, "only to its owner"},
    {0x14b, CREATE, PASSKEY_TPM_ERROR, "memory is full"},
    {0x14c, CREATE, PASSKEY_TPM_ERROR, "handle is taken"},
    {0x18b, CREATE, PASSKEY_TPM_ERROR, "nothing at this handle"},
    {0x18a, CREATE, PASSKEY_TPM_ERROR, "storage root key is none"},
    {0x1cd, CREATE, PASSKEY_TPM_ERROR, "does not permit this handle"},
    {0x2c1, CREATE, PASSKEY_TPM_UNSUPPORTED, "kind of key"},
    {0x2c3, CREATE, PASSKEY_TPM_UNSUPPORTED, "SHA-256"},
    {0x2c7, CREATE, PASSKEY_TPM_UNSUPPORTED, "this size"},
    {0x2d2, CREATE, PASSKEY_TPM_UNSUPPORTED, "ECDSA"},
    {0x2d6, CREATE, PASSKEY_TPM_UNSUPPORTED, "AES-128-CFB"},
    {0x2e6, CREATE, PASSKEY_TPM_UNSUPPORTED, "P-256"},
    {0x1df, TPM2_CC_Load, PASSKEY_KEY_UNUSABLE, "know the key"},
    {0x1d5, TPM2_CC_Load, PASSKEY_KEY_FILE_DAMAGED, "wrong size"},
    {0x1da, TPM2_CC_Load, PASSKEY_KEY_FILE_DAMAGED, "too early"},
};

/* Those for which the command is sent again, for some time. */
static const row FOR_A_TIME[] = {
    {0x901, CREATE, PASSKEY_TPM_BUSY, "beside old ones"},
    {0x902, CREATE, PASSKEY_TPM_BUSY, "room for another key"},
    {0x903, CREATE, PASSKEY_TPM_BUSY, "room for another session"},
    {0x904, CREATE, PASSKEY_TPM_BUSY, "room for keys or sessions"},
    {0x905, CREATE, PASSKEY_TPM_BUSY, "as many sessions"},
    {0x906, CREATE, PASSKEY_TPM_BUSY, "as many keys"},
    {0x908, CREATE, PASSKEY_TPM_BUSY, "put the command off"},
    {0x909, CREATE, PASSKEY_TPM_BUSY, "canceled the command"},
    {0x90a, CREATE, PASSKEY_TPM_BUSY, "testing itself"},
    {0x920, CREATE, PASSKEY_TPM_BUSY, "slows writes"},
    {0x922, CREATE, PASSKEY_TPM_BUSY, "could not begin"},
    {0x923, CREATE, PASSKEY_TPM_BUSY, "not accessible"},
};

static void expect_words(const row *expected, passkey_status status, passkey_error *error)
{
    char cause[32];

    snprintf(cause, sizeof cause, "TSS2_RC 0x%08x", expected->rc);
    if (status != expected->status || !strstr(passkey_error_text(error), expected->words) ||
        !strstr(passkey_error_cause(error), cause) || !*passkey_error_hint(error))
        fail_msg("0x%x: \"%s\" is not in: %s [%s]", expected->rc, expected->words,
                 passkey_error_text(error), passkey_error_cause(error));
}

static void a_final_refusal_is_told_as_what_it_is(void **state)
{
    faulty tpm;
    size_t i;

    faulty_start(&tpm, *state);
    for (i = 0; i < NUM(FINAL); i++) {
        passkey_error *error = NULL;
        passkey_status status;

        if (FINAL[i].on == PRIMARY) /* is needed when nothing is kept */
            tpm.fault.hides_kept = true;
        plan(&tpm, FAULT_RC, FINAL[i].on, FINAL[i].rc, ALWAYS);
        status = operate_faulty(&tpm, &error);
        expect_words(&FINAL[i], status, error);
        tpm.fault.hides_kept = false;
        /* not tried again, but after a self-test that the TPM asked for */
        assert_int_equal(ALWAYS - tpm.fault.times, FINAL[i].rc == 0x153 ? 2 : 1);
        passkey_error_free(error);
    }
    plan(&tpm, FAULT_NONE, 0, 0, 0); /* and all was given back */
    assert_int_equal(operate_faulty(&tpm, NULL), PASSKEY_OK);
    faulty_stop(&tpm);
}

/* That it ends at all, and when, is in test_key_fault. */
static void a_refusal_for_the_moment_is_told_as_what_it_is(void **state)
{
    size_t i;
    (void)state;

    for (i = 0; i < NUM(FOR_A_TIME); i++) {
        passkey_error *error = NULL;
        passkey_status status = pk_tpm_fail(&error, FOR_A_TIME[i].rc, "testing");

        expect_words(&FOR_A_TIME[i], status, error);
        assert_true(passkey_error_retryable(error));
        passkey_error_free(error);
    }
}

static void message_of(const row *of, char out[256])
{
    passkey_error *error = NULL;

    pk_tpm_fail(&error, of->rc, "testing");
    snprintf(out, 256, "%s", passkey_error_message(error));
    passkey_error_free(error);
}

static const row *row_at(size_t i)
{
    return i < NUM(FINAL) ? &FINAL[i] : &FOR_A_TIME[i - NUM(FINAL)];
}

static void no_two_codes_have_the_same_message(void **state)
{
    size_t i, k;
    (void)state;

    for (i = 0; i < NUM(FINAL) + NUM(FOR_A_TIME); i++)
        for (k = 0; k < i; k++) {
            char one[256], other[256];

            message_of(row_at(i), one);
            message_of(row_at(k), other);
            if (row_at(i)->rc != row_at(k)->rc)
                assert_string_not_equal(one, other);
        }
}

static void a_tpm_that_needs_a_test_gets_one(void **state)
{
    faulty tpm;

    faulty_start(&tpm, *state);
    plan(&tpm, FAULT_RC, CREATE, 0x153, 1);
    tpm.fault.num_tests = 0;
    assert_int_equal(operate_faulty(&tpm, NULL), PASSKEY_OK);
    assert_int_equal(tpm.fault.num_tests, 1);
    faulty_stop(&tpm);
}

/* What we hold is given back between the attempts: it may be what another user
 * of the TPM waits for. */
static void without_room_all_is_given_back_before_the_next_attempt(void **state)
{
    faulty tpm;

    faulty_start(&tpm, *state);
    tpm.fault.hides_kept = true;
    plan(&tpm, FAULT_RC, TPM2_CC_Load, 0x902, 25); /* more than one attempt's patience */
    tpm.fault.num_flushes = 0;
    assert_int_equal(operate_faulty(&tpm, NULL), PASSKEY_OK);
    assert_int_equal(tpm.fault.times, 0);
    /* the storage root key and the session of each attempt; at last the former
     * and the key */
    assert_in_range(tpm.fault.num_flushes, 4, 2 * 25);
    assert_int_equal(tpm.fault.num_flushes % 2, 0);
    plan(&tpm, FAULT_NONE, 0, 0, 0);
    assert_int_equal(operate_faulty(&tpm, NULL), PASSKEY_OK);
    faulty_stop(&tpm);
}

/* A lockout, for instance, gets worse by trying. */
static void what_a_resource_manager_passes_on_is_the_same(void **state)
{
    static const row PASSED_ON = {0xb0921, CREATE, PASSKEY_TPM_LOCKOUT, "lockout"};
    passkey_error *error = NULL;
    passkey_status status;
    faulty tpm;

    faulty_start(&tpm, *state);
    plan(&tpm, FAULT_RC, CREATE, PASSED_ON.rc, ALWAYS);
    status = operate_faulty(&tpm, &error);
    expect_words(&PASSED_ON, status, error);
    assert_int_equal(ALWAYS - tpm.fault.times, 1);
    passkey_error_free(error);
    faulty_stop(&tpm);
}

/* What ESYS would say then, "wrong order" (0x00070007), is never seen. */
static void expect_gone(faulty *tpm, fault_kind kind, uint32_t value, passkey_status first)
{
    passkey_error *error = NULL;
    pk_tpm *opened = NULL;
    unsigned num_commands;
    pk_key key;

    assert_int_equal(pk_tpm_open_tcti((TSS2_TCTI_CONTEXT *)(void *)&tpm->fault, NULL, &opened,
                                      &error), PASSKEY_OK);
    plan(tpm, kind, CREATE, value, 1);
    assert_fails_with(first, pk_key_create(opened, &key, &error), error);
    passkey_error_free(error);
    assert_null(opened->esys);
    num_commands = tpm->fault.num_commands;
    assert_fails_with(PASSKEY_TPM_GONE, pk_key_create(opened, &key, &error), error);
    assert_null(strstr(passkey_error_cause(error), "0x00070007"));
    passkey_error_free(error);
    assert_in_range(tpm->fault.num_commands - num_commands, 0, 1); /* a ReadPublic without ESYS */
    pk_tpm_close(opened);
}

static void after_a_broken_answer_nothing_more_is_asked(void **state)
{
    faulty tpm;

    faulty_start(&tpm, *state);
    expect_gone(&tpm, FAULT_FLIP, 200, PASSKEY_TPM_TAMPERED);
    expect_gone(&tpm, FAULT_IO, 0, PASSKEY_TPM_GONE);
    expect_gone(&tpm, FAULT_GARBAGE, 0, PASSKEY_TPM_GONE);
    faulty_stop(&tpm);
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        HOME_TEST(a_final_refusal_is_told_as_what_it_is),
        cmocka_unit_test(a_refusal_for_the_moment_is_told_as_what_it_is),
        cmocka_unit_test(no_two_codes_have_the_same_message),
        HOME_TEST(a_tpm_that_needs_a_test_gets_one),
        HOME_TEST(after_a_broken_answer_nothing_more_is_asked),
        HOME_TEST(without_room_all_is_given_back_before_the_next_attempt),
        HOME_TEST(what_a_resource_manager_passes_on_is_the_same),
    };

    setenv("TSS2_LOG", "all+NONE", 1); /* the TSS reports every fault on stderr */
    return cmocka_run_group_tests_name("key_errors", TESTS, NULL, NULL);
}
