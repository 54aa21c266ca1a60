/* SPDX-License-Identifier: Apache-2.0
 * How the doctor judges what a TPM says of itself, also what no software TPM can
 * be brought to say. */
#include "unit.h"

#include "doctor/tpm_facts.h"
#include "key/plain.h"
#include "key/template.h"
#include "key/tpm.h"

static passkey_examination *judged(const pk_tpm_facts *facts)
{
    pk_doctor doctor = {.found = pk_examination_new(), .tpm = "hardware"};

    assert_non_null(doctor.found);
    pk_doctor_tpm_facts(&doctor, facts);
    assert_true(pk_examination_finish(doctor.found));
    return doctor.found;
}

/* A TPM with which all is well. */
static pk_tpm_facts good_tpm(void)
{
    return (pk_tpm_facts){.manufacturer = "IFX",
                          .vendor = "SLB9670",
                          .firmware = {7, 85, 4555, 0},
                          .protection = "hardware",
                          .can_sign = true,
                          .can_store = true,
                          .is_storage_enabled = true,
                          .max_failures = 32,
                          .lockout_interval_s = 7200,
                          .num_free_objects = 3,
                          .num_free_loaded_sessions = 3,
                          .num_free_sessions = 64,
                          .srk = PK_SRK_USUAL,
                          .num_srk_names = 1};
}

/* The one finding of this level, which is of this check and says this. */
static void expect(const pk_tpm_facts *facts, passkey_level level, const char *check,
                   const char *message, const char *remedy)
{
    passkey_examination *found = judged(facts);
    size_t i, num = 0;

    for (i = 0; i < passkey_examination_count(found); i++) {
        if (passkey_examination_level(found, i) == PASSKEY_LEVEL_OK)
            continue;
        num++;
        assert_int_equal(passkey_examination_level(found, i), level);
        assert_string_equal(passkey_examination_check(found, i), check);
        assert_non_null(strstr(passkey_examination_message(found, i), message));
        assert_non_null(strstr(passkey_examination_remedy(found, i), remedy));
    }
    assert_int_equal(num, level != PASSKEY_LEVEL_OK);
    assert_int_equal(passkey_examination_worst(found), level);
    passkey_examination_free(found);
}

static void a_good_tpm_is_described(void **state)
{
    pk_tpm_facts facts = good_tpm();
    passkey_examination *found = judged(&facts);
    (void)state;

    expect(&facts, PASSKEY_LEVEL_OK, NULL, NULL, NULL);
    assert_string_equal(passkey_examination_check(found, 0), "tpm");
    assert_string_equal(passkey_examination_message(found, 0), "The TPM answers: IFX, SLB9670, "
                        "firmware 7.85.4555.0, protection hardware.");
    assert_null(passkey_examination_remedy(found, 0));
    passkey_examination_free(found);
}

static void a_tpm_that_lacks_algorithms(void **state)
{
    pk_tpm_facts facts = good_tpm();
    (void)state;

    facts.can_sign = false;
    expect(&facts, PASSKEY_LEVEL_PROBLEM, "tpm_algorithms", "ECDSA", "firmware");
    facts.can_sign = true;
    facts.can_store = false;
    expect(&facts, PASSKEY_LEVEL_PROBLEM, "tpm_algorithms", "AES-128-CFB", "firmware");
}

static void a_tpm_that_tells_little_is_not_blamed(void **state)
{
    pk_tpm_facts facts = good_tpm();
    (void)state;

    facts.num_failures = facts.max_failures = facts.lockout_interval_s = UINT32_MAX;
    facts.num_free_objects = facts.num_free_loaded_sessions = facts.num_free_sessions = UINT32_MAX;
    expect(&facts, PASSKEY_LEVEL_OK, NULL, NULL, NULL);
}

static void lockouts_end_or_do_not(void **state)
{
    pk_tpm_facts facts = good_tpm();
    (void)state;

    facts.is_in_lockout = true;
    facts.num_failures = 32;
    expect(&facts, PASSKEY_LEVEL_WARNING, "tpm_lockout", "32 failures of 32", "Wait");
    facts.lockout_interval_s = 0;
    facts.has_lockout_password = true;
    expect(&facts, PASSKEY_LEVEL_WARNING, "tpm_lockout", "lockout",
           "does not end by itself. Run: tpm2_dictionarylockout --clear-lockout -p ");
}

static void an_owner_password_matters_without_a_storage_root_key(void **state)
{
    pk_tpm_facts facts = good_tpm();
    (void)state;

    facts.has_owner_password = true;
    expect(&facts, PASSKEY_LEVEL_OK, NULL, NULL, NULL);
    facts.num_srk_names = 0;
    facts.srk = PK_SRK_ABSENT;
    expect(&facts, PASSKEY_LEVEL_PROBLEM, "tpm_owner_auth", "no storage root key", "passkey tpm provision");
    facts.srk = PK_SRK_OTHER;
    expect(&facts, PASSKEY_LEVEL_PROBLEM, "tpm_owner_auth", "can make none", "passkey tpm provision");
}

static void a_tpm_without_sessions_to_spare(void **state)
{
    pk_tpm_facts facts = good_tpm();
    (void)state;

    facts.num_free_sessions = 0;
    expect(&facts, PASSKEY_LEVEL_PROBLEM, "tpm_room", "0 sessions", "tpm2_flushcontext");
}

static void a_tpm_tells_which_keys_it_can_use(void **state)
{
    TPM2B_PUBLIC other = PK_KEY_TEMPLATE;
    char *home = unit_folder();
    passkey_error *error = NULL;
    pk_tpm_facts facts;
    pk_tpm *tpm = NULL;
    (void)state;

    assert_int_equal(pk_tpm_open("swtpm", home, NULL, &tpm, &error), PASSKEY_OK);
    assert_int_equal(pk_tpm_examine(tpm, &facts, &error), PASSKEY_OK);
    assert_true(facts.can_sign && facts.can_store && facts.is_private_swtpm);
    assert_int_equal(facts.srk, PK_SRK_ABSENT);
    assert_int_equal(facts.num_srk_names, 1);
    other.publicArea.parameters.eccDetail.curveID = 0x7777;
    assert_int_not_equal(pk_plain_test_parms(tpm->route.tcti, &other.publicArea), 0);
    assert_int_equal(tpm->num_held, 0);
    pk_tpm_close(tpm);
    unit_folder_remove(home);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_tpm_is_described),
        cmocka_unit_test(a_tpm_that_lacks_algorithms),
        cmocka_unit_test(a_tpm_that_tells_little_is_not_blamed),
        cmocka_unit_test(lockouts_end_or_do_not),
        cmocka_unit_test(an_owner_password_matters_without_a_storage_root_key),
        cmocka_unit_test(a_tpm_without_sessions_to_spare),
        cmocka_unit_test(a_tpm_tells_which_keys_it_can_use),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
