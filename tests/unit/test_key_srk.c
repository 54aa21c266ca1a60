/* SPDX-License-Identifier: Apache-2.0
 * Which storage root key is taken, and whether a key is found again under its
 * own; on swtpm. */
#include "srk_support.h"

#include "key/keyfile.h"

static pk_key made_key(const char *home)
{
    passkey_error *error = NULL;
    pk_key key;

    if (operate("swtpm", home, &key, &error))
        fail_msg("%s [%s]", passkey_error_text(error), passkey_error_cause(error));
    return key;
}

/* Loads in a TPM opened anew, which must end so. */
static void expect_load(const char *home, const pk_key *key, passkey_status expected,
                        const char *words)
{
    pk_tpm *tpm = open_tpm(home);
    passkey_error *error = NULL;
    passkey_status status = pk_key_load(tpm, key->pem, strlen(key->pem), key->srk_name, &error);

    if (status != expected || (words && !strstr(passkey_error_text(error), words)))
        fail_msg("%s: %s [%s]", passkey_status_name(status), passkey_error_text(error),
                 passkey_error_cause(error));
    passkey_error_free(error);
    pk_tpm_close(tpm);
}

/* ---- which one is taken */

static void a_kept_rsa_key_is_taken(void **state)
{
    uint8_t name[PK_TPM_NAME_SIZE];
    pk_tpm *tpm = open_tpm(*state);
    pk_key key;

    keep_key(tpm, FIRST, &RSA, name);
    pk_tpm_close(tpm);
    key = made_key(*state);
    assert_memory_equal(key.srk_name, name, sizeof name);
    expect_load(*state, &key, PASSKEY_OK, NULL);
    pk_key_free(&key);
}

static void the_second_handle_is_looked_at(void **state)
{
    uint8_t other[PK_TPM_NAME_SIZE], name[PK_TPM_NAME_SIZE];
    pk_tpm *tpm = open_tpm(*state);
    pk_key key;

    keep_key(tpm, FIRST, &PK_KEY_TEMPLATE, other); /* signs, and can be no parent */
    keep_key(tpm, SECOND, &RSA, name);
    pk_tpm_close(tpm);
    key = made_key(*state);
    assert_memory_equal(key.srk_name, name, sizeof name);
    expect_load(*state, &key, PASSKEY_OK, NULL);
    pk_key_free(&key);
}

static void what_is_no_storage_key_is_left_alone(void **state)
{
    uint8_t other[PK_TPM_NAME_SIZE];
    pk_tpm *tpm = open_tpm(*state);
    pk_key key;

    keep_key(tpm, FIRST, &PK_KEY_TEMPLATE, other);
    pk_tpm_close(tpm);
    key = made_key(*state); /* under one that was made for the moment */
    expect_load(*state, &key, PASSKEY_OK, NULL);
    tpm = open_tpm(*state);
    remove_key(tpm, FIRST); /* it is still there */
    pk_tpm_close(tpm);
    pk_key_free(&key);
}

static void attributes_decide_what_is_a_storage_key(void **state)
{
    static const TPMA_OBJECT NEEDED[] = {TPMA_OBJECT_FIXEDTPM, TPMA_OBJECT_FIXEDPARENT,
                                         TPMA_OBJECT_USERWITHAUTH, TPMA_OBJECT_RESTRICTED,
                                         TPMA_OBJECT_DECRYPT};
    TPM2B_PUBLIC area;
    size_t i;
    (void)state;

    assert_true(pk_template_is_storage_key(&RSA));
    assert_true(pk_template_is_storage_key(&PK_SRK_TEMPLATE));
    assert_false(pk_template_is_storage_key(&PK_KEY_TEMPLATE));
    for (i = 0; i < NUM(NEEDED); i++) {
        area = RSA;
        area.publicArea.objectAttributes &= ~NEEDED[i];
        assert_false(pk_template_is_storage_key(&area));
    }
    area = RSA;
    area.publicArea.objectAttributes |= TPMA_OBJECT_SIGN_ENCRYPT;
    assert_false(pk_template_is_storage_key(&area));
    area = RSA;
    area.publicArea.parameters.rsaDetail.keyBits = 1024;
    assert_false(pk_template_is_storage_key(&area));
    area = RSA;
    area.publicArea.parameters.rsaDetail.symmetric.algorithm = TPM2_ALG_NULL;
    assert_false(pk_template_is_storage_key(&area));
    area = PK_SRK_TEMPLATE;
    area.publicArea.parameters.eccDetail.curveID = TPM2_ECC_NIST_P224;
    assert_false(pk_template_is_storage_key(&area));
    area = PK_SRK_TEMPLATE;
    area.publicArea.nameAlg = TPM2_ALG_SHA1;
    assert_false(pk_template_is_storage_key(&area));
}

/* It does not stop a bind: nothing needs to be kept. */
static void a_full_memory_is_done_without(void **state)
{
    pk_tpm *tpm = open_tpm(*state);

    fill_memory(tpm);
    pk_tpm_close(tpm);
    expect_works("swtpm", *state);
    tpm = open_tpm(*state);
    assert_false(is_there(tpm, FIRST));
    pk_tpm_close(tpm);
}

/* ---- a key is found again, or not */

static void a_key_outlives_a_change_of_the_kept_one(void **state)
{
    uint8_t name[PK_TPM_NAME_SIZE];
    pk_key key = made_key(*state);
    pk_tpm *tpm = open_tpm(*state);

    remove_key(tpm, FIRST);
    keep_key(tpm, FIRST, &RSA, name);
    pk_tpm_close(tpm);
    expect_load(*state, &key, PASSKEY_OK, NULL);
    pk_key_free(&key);
}

static void a_cleared_tpm_is_not_a_damaged_file(void **state)
{
    pk_key key = made_key(*state);
    pk_tpm *tpm = open_tpm(*state);

    assert_int_equal(Esys_Clear(tpm->esys, ESYS_TR_RH_PLATFORM, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                ESYS_TR_NONE), 0);
    pk_tpm_close(tpm);
    expect_load(*state, &key, PASSKEY_KEY_UNUSABLE, "cleared or replaced");
    pk_key_free(&key);
}

/* Well made in the file, but not what the TPM wrapped. */
static void expect_damaged(const char *home, const pk_key *key, bool in_public, size_t at)
{
    pk_key damaged = *key;
    TPM2B_PUBLIC public_area;
    TPM2B_PRIVATE private_area;

    assert_int_equal(pk_keyfile_decode(key->pem, strlen(key->pem), &public_area, &private_area,
                                       NULL), 0);
    if (in_public)
        public_area.publicArea.unique.ecc.x.buffer[at] ^= 1;
    else
        private_area.buffer[at] ^= 1;
    assert_int_equal(pk_keyfile_encode(&public_area, &private_area, &damaged.pem, NULL), 0);
    expect_load(home, &damaged, PASSKEY_KEY_FILE_DAMAGED, "damaged");
    pk_text_free(damaged.pem);
}

static void a_damaged_file_is_not_a_cleared_tpm(void **state)
{
    pk_key key = made_key(*state), cut = key;

    expect_damaged(*state, &key, true, 0);
    expect_damaged(*state, &key, false, 0); /* a size */
    expect_damaged(*state, &key, false, 20);
    expect_damaged(*state, &key, false, 100);
    cut.pem = pk_text_copy_n(key.pem, 200);
    expect_load(*state, &cut, PASSKEY_KEY_FILE_DAMAGED, "TSS2 PRIVATE KEY");
    pk_text_free(cut.pem);
    expect_load(*state, &key, PASSKEY_OK, NULL);
    pk_key_free(&key);
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        HOME_TEST(a_kept_rsa_key_is_taken),
        HOME_TEST(the_second_handle_is_looked_at),
        HOME_TEST(what_is_no_storage_key_is_left_alone),
        cmocka_unit_test(attributes_decide_what_is_a_storage_key),
        HOME_TEST(a_full_memory_is_done_without),
        HOME_TEST(a_key_outlives_a_change_of_the_kept_one),
        HOME_TEST(a_cleared_tpm_is_not_a_damaged_file),
        HOME_TEST(a_damaged_file_is_not_a_cleared_tpm),
    };

    setenv("TSS2_LOG", "all+NONE", 1); /* the TSS reports every refusal on stderr */
    return cmocka_run_group_tests_name("key_srk", TESTS, NULL, NULL);
}
