/* SPDX-License-Identifier: Apache-2.0
 * OpenSSL runs out of memory while a key is made: neither a crash, nor an
 * accusation of the TPM. */
#include "key_support.h"

#include <openssl/crypto.h>

/* OpenSSL itself loses some memory when an allocation fails half way; ours is
 * watched by the other tests. The leak sanitizer looks for this name. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libcrypto.so\n";
}

/* Counts OpenSSL's allocations; the one with this number fails, and when
 * fails_on is set, all after it too. */
static atomic_long num_allocations, failing;
static atomic_bool fails_on;

static bool fails(void)
{
    long number = atomic_fetch_add(&num_allocations, 1) + 1;
    long at = atomic_load(&failing);

    return at && (number == at || (number > at && atomic_load(&fails_on)));
}

static void *allocate(size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return size && !fails() ? malloc(size) : NULL;
}

static void *reallocate(void *x, size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return fails() ? NULL : realloc(x, size);
}

static void release(void *x, const char *file, int line)
{
    (void)file, (void)line;
    free(x);
}

static void plan(long at, bool and_all_after)
{
    atomic_store(&num_allocations, 0);
    atomic_store(&failing, at);
    atomic_store(&fails_on, and_all_after);
}

/* How many allocations part makes. */
static long count(void (*part)(const char *home), const char *home)
{
    plan(0, false);
    part(home);
    return atomic_load(&num_allocations);
}

/* ---- parts */

static passkey_status make_and_sign(const char *home, passkey_error **out_error)
{
    uint8_t signature[PK_ES256_SIZE];
    pk_tpm *tpm = NULL;
    pk_key key = {.pem = NULL};
    passkey_status status = pk_tpm_open("swtpm", home, NULL, &tpm, out_error);

    if (!status)
        status = pk_key_create(tpm, &key, out_error);
    if (!status)
        status = pk_key_sign(tpm, &key, MESSAGE, strlen(MESSAGE), signature, out_error);
    pk_key_free(&key);
    pk_tpm_close(tpm);
    return status;
}

/* ESYS has one code for a wrong Name and for one that it could not compute. */
static bool is_about_memory(const passkey_error *error)
{
    return passkey_error_status(error) == PASSKEY_OUT_OF_MEMORY ||
           strstr(passkey_error_message(error), "or memory ran out");
}

static void operate_once(const char *home)
{
    passkey_error *error = NULL;

    if (make_and_sign(home, &error) && !is_about_memory(error))
        fail_msg("allocation %ld: %s [%s]", atomic_load(&failing), passkey_error_text(error),
                 passkey_error_cause(error));
    passkey_error_free(error);
}

/* RFC 7515, appendix A.3. */
static const uint8_t X[PK_P256_SIZE] = {127, 205, 206, 39,  112, 246, 196, 93,  65, 131, 203,
                                        238, 111, 219, 75,  123, 88,  7,   51,  53, 123, 233,
                                        239, 19,  186, 207, 110, 60,  123, 209, 84, 69};
static const uint8_t Y[PK_P256_SIZE] = {199, 241, 68,  205, 27,  189, 155, 126, 135, 44, 223,
                                        237, 185, 238, 185, 244, 179, 105, 93,  110, 169, 11,
                                        36,  173, 138, 70,  35,  40,  133, 136, 229, 173};
static const uint8_t SIGNATURE[PK_ES256_SIZE] = {
    14,  209, 33,  83,  121, 99,  108, 72,  60,  47,  127, 21,  88,  7,   212, 2,
    163, 178, 40,  3,   58,  249, 124, 126, 23,  129, 154, 195, 22,  158, 166, 101,
    197, 10,  7,   211, 140, 60,  112, 229, 216, 241, 45,  175, 8,   74,  84,  128,
    166, 101, 144, 197, 242, 147, 80,  154, 143, 63,  127, 138, 131, 163, 84,  213};
static const char SIGNED[] =
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxl"
    "LmNvbS9pc19yb290Ijp0cnVlfQ";

static pk_judgement judge_signature(const uint8_t *x)
{
    return pk_es256_judge(x, Y, SIGNED, sizeof SIGNED - 1, SIGNATURE);
}

static void judge_once(const char *home)
{
    (void)home;
    judge_signature(X);
}

/* ---- tests */

static void a_signature_is_not_called_wrong_for_want_of_memory(void **state)
{
    long total, n;

    assert_int_equal(judge_signature(X), PK_VALID);
    total = count(judge_once, *state);
    assert_true(total > 10);
    for (n = 1; n <= total; n++) {
        plan(n, true);
        assert_int_equal(judge_signature(X), PK_UNDECIDED);
        plan(n, false);
        assert_int_not_equal(judge_signature(X), PK_WRONG);
    }
    plan(0, false);
    assert_int_equal(judge_signature(X), PK_VALID);
}

static void a_wrong_signature_is_called_wrong(void **state)
{
    uint8_t none[PK_ES256_SIZE] = {0}, x[PK_P256_SIZE];
    size_t i;
    (void)state;

    plan(0, false);
    for (i = 0; i < PK_P256_SIZE; i++) { /* not on the curve, or the other point */
        memcpy(x, X, sizeof x);
        x[i] ^= 1;
        assert_int_equal(judge_signature(x), PK_WRONG);
    }
    memset(x, 0xff, sizeof x);
    assert_int_equal(judge_signature(x), PK_WRONG);
    assert_int_equal(pk_es256_judge(X, Y, "x", 1, SIGNATURE), PK_WRONG);
    assert_int_equal(pk_es256_judge(X, Y, "x", 1, none), PK_WRONG);
    memset(none, 0xff, sizeof none);
    assert_int_equal(pk_es256_judge(X, Y, "x", 1, none), PK_WRONG);
}

/* Once in about 40 places all over the work, and again with all that follows. */
static void a_key_fails_for_want_of_memory_and_for_nothing_else(void **state)
{
    long total, n;

    operate_once(*state); /* the storage key is made by the first use */
    total = count(operate_once, *state);
    for (n = 1; n <= total; n += total / 40 + 1) {
        plan(n, false);
        operate_once(*state);
        plan(n, true);
        operate_once(*state);
    }
    plan(0, false);
    expect_works("swtpm", *state);
}

static long first_failure;

/* With OpenSSL as it is before its first use, which happens but once. */
static int begin_without_memory(const char *home)
{
    passkey_error *error = NULL;

    plan(first_failure, false);
    return make_and_sign(home, &error) && !is_about_memory(error);
}

static void openssl_that_could_not_begin_is_not_used(void **state)
{
    for (first_failure = 1; first_failure < 400; first_failure += 9)
        assert_int_equal(in_child(begin_without_memory, *state), 0);
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        HOME_TEST(openssl_that_could_not_begin_is_not_used), /* first: see there */
        HOME_TEST(a_signature_is_not_called_wrong_for_want_of_memory),
        HOME_TEST(a_wrong_signature_is_called_wrong),
        HOME_TEST(a_key_fails_for_want_of_memory_and_for_nothing_else),
    };

    setenv("TSS2_LOG", "all+NONE", 1); /* the TSS reports every fault on stderr */
    if (!CRYPTO_set_mem_functions(allocate, reallocate, release))
        return 1;
    return cmocka_run_group_tests_name("key_memory", TESTS, NULL, NULL);
}
