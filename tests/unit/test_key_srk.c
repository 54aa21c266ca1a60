/* SPDX-License-Identifier: Apache-2.0
 * Which storage root key is taken, whether a key is found again under its own,
 * and what provisioning makes; on swtpm. */
#include "key_support.h"

#include "key/keyfile.h"
#include "key/plain.h"
#include "key/provision.h"
#include "key/template.h"

#define FIRST 0x81000001u
#define SECOND 0x81000002u
#define PASSWORD "an owner's password"

/* As Windows leaves it at the first handle. */
static const TPM2B_PUBLIC RSA = {
    .publicArea = {
        .type = TPM2_ALG_RSA,
        .nameAlg = TPM2_ALG_SHA256,
        .objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
                            TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH |
                            TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT,
        .parameters.rsaDetail = {
            .symmetric = {.algorithm = TPM2_ALG_AES,
                          .keyBits.aes = 128,
                          .mode.aes = TPM2_ALG_CFB},
            .scheme.scheme = TPM2_ALG_NULL,
            .keyBits = 2048,
        },
    },
};

/* ---- plumbing */

static pk_tpm *open_tpm(const char *home)
{
    passkey_error *error = NULL;
    pk_tpm *tpm = NULL;

    if (pk_tpm_open("swtpm", home, NULL, &tpm, &error))
        fail_msg("%s [%s]", passkey_error_text(error), passkey_error_cause(error));
    return tpm;
}

static void keep_key(pk_tpm *tpm, TPM2_HANDLE handle, const TPM2B_PUBLIC *template,
                     uint8_t out_name[PK_TPM_NAME_SIZE])
{
    TPM2B_PUBLIC public_area = {.size = 0};
    ESYS_TR object = ESYS_TR_NONE;

    assert_int_equal(pk_tpm_create_primary(tpm, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, template,
                                           &object, &public_area), 0);
    assert_true(pk_template_name(&public_area, out_name));
    assert_int_equal(pk_tpm_persist(tpm, ESYS_TR_PASSWORD, handle, &object), 0);
}

static void remove_key(pk_tpm *tpm, TPM2_HANDLE handle)
{
    ESYS_TR object = ESYS_TR_NONE, none = ESYS_TR_NONE;

    assert_int_equal(Esys_TR_FromTPMPublic(tpm->esys, handle, ESYS_TR_NONE, ESYS_TR_NONE,
                                           ESYS_TR_NONE, &object), 0);
    assert_int_equal(Esys_EvictControl(tpm->esys, ESYS_TR_RH_OWNER, object, ESYS_TR_PASSWORD,
                                       ESYS_TR_NONE, ESYS_TR_NONE, handle, &none), 0);
}

static void set_owner_password(pk_tpm *tpm, const char *password)
{
    TPM2B_AUTH auth = {.size = (uint16_t)strlen(password)};

    memcpy(auth.buffer, password, auth.size);
    assert_int_equal(Esys_HierarchyChangeAuth(tpm->esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD,
                                              ESYS_TR_NONE, ESYS_TR_NONE, &auth), 0);
}

static bool is_there(pk_tpm *tpm, TPM2_HANDLE handle)
{
    TPM2B_PUBLIC public_area = {.size = 0};
    TPM2B_NAME name = {.size = 0};

    return pk_plain_read_public(tpm->route.tcti, handle, &public_area, &name) == 0;
}

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

static void fill_memory(pk_tpm *tpm)
{
    TPM2B_PUBLIC public_area = {.size = 0};
    ESYS_TR object = ESYS_TR_NONE, kept;
    TPM2_HANDLE handle = 0x81000100u;
    TSS2_RC rc = 0;

    assert_int_equal(pk_tpm_create_primary(tpm, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD,
                                           &PK_SRK_TEMPLATE, &object, &public_area), 0);
    while (!rc && handle < 0x81000300u)
        rc = Esys_EvictControl(tpm->esys, ESYS_TR_RH_OWNER, object, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                               ESYS_TR_NONE, handle++, &kept);
    assert_int_equal(rc, TPM2_RC_NV_SPACE);
    pk_tpm_flush(tpm, &object);
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

/* ---- provisioning */

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
        HOME_TEST(a_kept_rsa_key_is_taken),
        HOME_TEST(the_second_handle_is_looked_at),
        HOME_TEST(what_is_no_storage_key_is_left_alone),
        cmocka_unit_test(attributes_decide_what_is_a_storage_key),
        HOME_TEST(a_full_memory_is_done_without),
        HOME_TEST(a_key_outlives_a_change_of_the_kept_one),
        HOME_TEST(a_cleared_tpm_is_not_a_damaged_file),
        HOME_TEST(a_damaged_file_is_not_a_cleared_tpm),
        HOME_TEST(a_storage_root_key_is_made_once),
        HOME_TEST(the_owner_s_password_is_needed_and_proved),
        HOME_TEST(a_password_that_is_not_needed_does_no_harm),
        HOME_TEST(without_it_a_bind_says_who_can_help),
        HOME_TEST(a_full_memory_is_told),
        HOME_TEST(taken_handles_are_passed_over),
    };

    setenv("TSS2_LOG", "all+NONE", 1); /* the TSS reports every refusal on stderr */
    return cmocka_run_group_tests_name("key_srk", TESTS, NULL, NULL);
}
