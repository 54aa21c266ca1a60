/* SPDX-License-Identifier: Apache-2.0
 * What is said and done when a TPM fails, lies or is busy. */
#include "key_support.h"

#include "faulty_tpm.h"
#include "base/clock.h"
#include "key/tpm_error.h"

#include <sys/socket.h>

static void expect_faulty(faulty *tpm, passkey_status expected, const char *cause)
{
    passkey_error *error = NULL;
    passkey_status status = operate_faulty(tpm, &error);

    if (status != expected)
        fail_msg("fault %d on 0x%x value 0x%x: %s is not %s [%s]", tpm->fault.kind, tpm->fault.on,
                 tpm->fault.value, passkey_status_name(status), passkey_status_name(expected),
                 passkey_error_cause(error));
    if (cause && !strstr(passkey_error_cause(error), cause))
        fail_msg("\"%s\" is not in: %s", cause, passkey_error_cause(error));
    passkey_error_free(error);
}

/* ---- faults */

static void a_transport_that_fails_is_told(void **state)
{
    static const TPM2_CC COMMANDS[] = {TPM2_CC_GetCapability, TPM2_CC_ReadPublic,
                                       TPM2_CC_StartAuthSession, TPM2_CC_Create, TPM2_CC_Load,
                                       TPM2_CC_Sign};
    static const struct {
        fault_kind kind;
        uint32_t value;
        const char *cause;
    } FAULTS[] = {{FAULT_IO, 0, "0x000a000a"},
                  {FAULT_GARBAGE, 0, "0x000a0011"},
                  {FAULT_SHORT, 1, "0x000a0011"},
                  {FAULT_SHORT, 4096, "0x000a0011"}};
    faulty tpm;
    size_t i, k;

    for (i = 0; i < NUM(COMMANDS); i++) {
        for (k = 0; k < NUM(FAULTS); k++) {
            faulty_start(&tpm, *state);
            plan(&tpm, FAULTS[k].kind, COMMANDS[i], FAULTS[k].value, 1);
            expect_faulty(&tpm, PASSKEY_TPM_GONE, FAULTS[k].cause);
            faulty_stop(&tpm);
        }
    }
}

/* One byte behind the header: in the size, the new key, the nonce, the
 * attributes or the HMAC. */
static void expect_change_found_out(const char *home, TPM2_CC on, uint32_t at)
{
    passkey_error *error = NULL;
    passkey_status status;
    faulty tpm;

    faulty_start(&tpm, home);
    plan(&tpm, FAULT_FLIP, on, at, 1);
    status = operate_faulty(&tpm, &error);
    /* a changed length is no HMAC failure, but no success either */
    if (status != PASSKEY_TPM_TAMPERED && status != PASSKEY_TPM_GONE)
        fail_msg("byte %u: %s [%s]", at, passkey_error_text(error), passkey_error_cause(error));
    passkey_error_free(error);
    faulty_stop(&tpm);
}

static void a_changed_answer_is_found_out(void **state)
{
    faulty tpm;
    uint32_t at;

    faulty_start(&tpm, *state);
    plan(&tpm, FAULT_FLIP, TPM2_CC_Create, 200, 1);
    expect_faulty(&tpm, PASSKEY_TPM_TAMPERED, "0x0007001b");
    faulty_stop(&tpm);
    for (at = 10; at < 320; at += 5)
        expect_change_found_out(*state, TPM2_CC_Create, at);
    /* from 14 on: the handle before it is no secret and no part of the HMAC; what
     * another one signs does not verify */
    for (at = 14; at < 100; at += 5)
        expect_change_found_out(*state, TPM2_CC_Load, at);
}

static void a_changed_signature_is_found_out(void **state)
{
    faulty tpm;

    faulty_start(&tpm, *state);
    plan(&tpm, FAULT_FLIP, TPM2_CC_Sign, 40, 1);
    expect_faulty(&tpm, PASSKEY_TPM_TAMPERED, NULL);
    faulty_stop(&tpm);
}

static void every_code_has_its_meaning(void **state)
{
    static const struct {
        TPM2_CC on;
        TSS2_RC rc;
        passkey_status status;
        const char *cause;
    } ROWS[] = {
        {TPM2_CC_ReadPublic, 0x101, PASSKEY_TPM_FAILED, "0x00000101"},
        {TPM2_CC_ReadPublic, 0x12d, PASSKEY_TPM_FAILED, "0x0000012d"},
        {TPM2_CC_ReadPublic, 0x130, PASSKEY_TPM_FAILED, "0x00000130"},
        {TPM2_CC_Create, 0x153, PASSKEY_TPM_FAILED, "0x00000153"},
        {TPM2_CC_Create, 0x921, PASSKEY_TPM_LOCKOUT, "0x00000921"},
        {TPM2_CC_Create, 0x143, PASSKEY_TPM_UNSUPPORTED, "0x00000143"},
        {TPM2_CC_Create, 0x2e6, PASSKEY_TPM_UNSUPPORTED, "0x000002e6"},
        {TPM2_CC_Create, 0x120, PASSKEY_TPM_DISABLED, "0x00000120"},
        {TPM2_CC_Create, 0x9a2, PASSKEY_TPM_OWNER_AUTH_REQUIRED, "0x000009a2"},
        {TPM2_CC_Create, 0x14b, PASSKEY_TPM_ERROR, "0x0000014b"},
        {TPM2_CC_Create, 0x2c4, PASSKEY_TPM_ERROR, "0x000002c4"},
        {TPM2_CC_Load, 0x1df, PASSKEY_KEY_UNUSABLE, "0x000001df"},
        {TPM2_CC_Load, 0x1d5, PASSKEY_KEY_FILE_DAMAGED, "0x000001d5"},
        {TPM2_CC_Sign, 0xb0101, PASSKEY_TPM_FAILED, "0x000b0101"},
    };
    faulty tpm;
    size_t i;

    faulty_start(&tpm, *state);
    for (i = 0; i < NUM(ROWS); i++) {
        plan(&tpm, FAULT_RC, ROWS[i].on, ROWS[i].rc, 2);
        expect_faulty(&tpm, ROWS[i].status, ROWS[i].cause);
    }
    /* a session of each was flushed: there is room for three only */
    plan(&tpm, FAULT_NONE, 0, 0, 0);
    expect_faulty(&tpm, PASSKEY_OK, NULL);
    faulty_stop(&tpm);
}

static void every_layer_has_its_meaning(void **state)
{
    static const struct {
        TSS2_RC rc;
        passkey_status status;
    } ROWS[] = {
        {0x000a000a, PASSKEY_TPM_GONE},     {0x000a0008, PASSKEY_NO_TPM},
        {0x000a0015, PASSKEY_INVALID_OPTION}, {0x000a0011, PASSKEY_TPM_GONE},
        {0x00070007, PASSKEY_INTERNAL},     {0x0007001b, PASSKEY_TPM_TAMPERED},
        {0x00070017, PASSKEY_OUT_OF_MEMORY}, {0x00090010, PASSKEY_TPM_GONE},
        {0x00080013, PASSKEY_TPM_GONE},     {0x00000185, PASSKEY_TPM_DISABLED},
        {0x0000018b, PASSKEY_TPM_ERROR},    {0x000b0902, PASSKEY_TPM_BUSY},
    };
    size_t i;
    (void)state;

    for (i = 0; i < NUM(ROWS); i++) {
        passkey_error *error = NULL;

        if (pk_tpm_fail(&error, ROWS[i].rc, "testing") != ROWS[i].status)
            fail_msg("0x%08x: %s", ROWS[i].rc, passkey_error_text(error));
        assert_int_equal(strncmp(passkey_error_cause(error), "TSS2_RC 0x000", 13), 0);
        passkey_error_free(error);
    }
}

/* No storage key that is ours: a primary is made, and nothing is persisted in
 * a TPM that is not our own. */
static void without_a_storage_key_a_primary_is_made(void **state)
{
    faulty tpm;

    faulty_start(&tpm, *state);
    plan(&tpm, FAULT_RC, TPM2_CC_ReadPublic, 0x18b, 1);
    tpm.fault.num_commands = tpm.fault.num_flushes = 0;
    expect_faulty(&tpm, PASSKEY_OK, NULL);
    /* more for the second handle and CreatePrimary; it and the key are flushed */
    assert_int_equal(tpm.fault.num_commands, 10);
    assert_int_equal(tpm.fault.num_flushes, 2);
    plan(&tpm, FAULT_FLIP, TPM2_CC_ReadPublic, 60, 1);
    expect_faulty(&tpm, PASSKEY_OK, NULL);
    plan(&tpm, FAULT_RC, TPM2_CC_ReadPublic, 0x185, 1);
    expect_faulty(&tpm, PASSKEY_TPM_DISABLED, NULL);
    faulty_stop(&tpm);
}

static void the_recommended_flow_is_six_commands(void **state)
{
    faulty tpm;

    faulty_start(&tpm, *state);
    expect_faulty(&tpm, PASSKEY_OK, NULL);
    /* ReadPublic, StartAuthSession, Create, Load, Sign, FlushContext, and the
     * GetCapability that tells what kind of TPM it is */
    assert_int_equal(tpm.fault.num_commands, 6 + 1);
    assert_int_equal(tpm.fault.num_flushes, 1);
    faulty_stop(&tpm);
}

static void a_tpm_that_is_not_started_is_started(void **state)
{
    faulty tpm;

    faulty_start(&tpm, *state);
    plan(&tpm, FAULT_RC, TPM2_CC_GetCapability, 0x100, 1);
    expect_faulty(&tpm, PASSKEY_OK, NULL);
    plan(&tpm, FAULT_RC, TPM2_CC_GetCapability, 0x100, 2);
    expect_faulty(&tpm, PASSKEY_TPM_FAILED, "0x00000100");
    faulty_stop(&tpm);
}

static void a_busy_tpm_is_waited_for(void **state)
{
    static const TSS2_RC BUSY[] = {0x902, 0x903, 0x904, 0x905, 0x901,
                                   0x920, 0x922, 0x923, 0x908, 0x90a, 0x909};
    faulty tpm;
    size_t i;

    faulty_start(&tpm, *state);
    for (i = 0; i < NUM(BUSY); i++) {
        plan(&tpm, FAULT_RC, i % 2 ? TPM2_CC_Create : TPM2_CC_Sign, BUSY[i], 6);
        expect_faulty(&tpm, PASSKEY_OK, NULL);
    }
    faulty_stop(&tpm);
}

static void an_endlessly_busy_tpm_is_given_up(void **state)
{
    int64_t before;
    faulty tpm;

    faulty_start(&tpm, *state);
    plan(&tpm, FAULT_RC, TPM2_CC_Create, 0x922, UINT32_MAX);
    before = pk_clock_monotonic_ms();
    expect_faulty(&tpm, PASSKEY_TPM_BUSY, "0x00000922");
    assert_in_range(pk_clock_monotonic_ms() - before, 4500, 8000);
    faulty_stop(&tpm);
}

/* The other end takes the command and never answers. */
static void a_silent_tpm_is_given_up(void **state)
{
    static const uint8_t COMMAND[] = {0x80, 1, 0, 0, 0, 12, 0, 0, 1, 0x44, 0, 0};
    const uint8_t *response;
    size_t response_len;
    pk_tcti *tcti;
    int fds[2];
    (void)state;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    tcti = pk_tcti_over_fd(fds[0], 50, NULL);
    assert_int_equal(pk_tcti_ask(tcti, COMMAND, sizeof COMMAND, &response, &response_len),
                     TSS2_TCTI_RC_IO_ERROR);
    assert_true(pk_tcti_is_dead(tcti));
    close(fds[1]); /* no SIGPIPE either */
    assert_int_equal(pk_tcti_ask(tcti, COMMAND, sizeof COMMAND, &response, &response_len),
                     TSS2_TCTI_RC_IO_ERROR);
    pk_tcti_free(tcti);
    tcti = pk_tcti_over_fd(fds[0], 50, NULL);
    assert_int_equal(pk_tcti_ask(tcti, COMMAND, sizeof COMMAND, &response, &response_len),
                     TSS2_TCTI_RC_IO_ERROR);
    pk_tcti_free(tcti);
    close(fds[0]);
}

static void lying_sizes_are_refused(void **state)
{
    static const uint8_t COMMAND[] = {0x80, 1, 0, 0, 0, 12, 0, 0, 1, 0x44, 0, 0};
    static const uint32_t SIZES[] = {0, 9, 4097, 0x80000000u, 0xffffffffu};
    const uint8_t *response;
    size_t response_len, i;
    int fds[2];
    (void)state;

    for (i = 0; i < NUM(SIZES); i++) {
        uint8_t lie[10] = {0x80, 1, (uint8_t)(SIZES[i] >> 24), (uint8_t)(SIZES[i] >> 16),
                           (uint8_t)(SIZES[i] >> 8), (uint8_t)SIZES[i]};
        pk_tcti *tcti;

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        tcti = pk_tcti_over_fd(fds[0], 1000, NULL);
        assert_int_equal(write(fds[1], lie, sizeof lie), sizeof lie);
        assert_int_equal(pk_tcti_ask(tcti, COMMAND, sizeof COMMAND, &response, &response_len),
                         TSS2_TCTI_RC_MALFORMED_RESPONSE);
        pk_tcti_free(tcti);
        close(fds[0]);
        close(fds[1]);
    }
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        HOME_TEST(a_transport_that_fails_is_told),
        HOME_TEST(a_changed_answer_is_found_out),
        HOME_TEST(a_changed_signature_is_found_out),
        HOME_TEST(every_code_has_its_meaning),
        cmocka_unit_test(every_layer_has_its_meaning),
        HOME_TEST(without_a_storage_key_a_primary_is_made),
        HOME_TEST(the_recommended_flow_is_six_commands),
        HOME_TEST(a_tpm_that_is_not_started_is_started),
        HOME_TEST(a_busy_tpm_is_waited_for),
        HOME_TEST(an_endlessly_busy_tpm_is_given_up),
        cmocka_unit_test(a_silent_tpm_is_given_up),
        cmocka_unit_test(lying_sizes_are_refused),
    };

    setenv("TSS2_LOG", "all+NONE", 1); /* the TSS reports every fault on stderr */
    return cmocka_run_group_tests_name("key_fault", TESTS, NULL, NULL);
}
