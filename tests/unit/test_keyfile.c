/* SPDX-License-Identifier: Apache-2.0
 * The key file: what was written comes back, and nothing else is taken. */
#include "key_support.h"

#include "key/keyfile.h"

/* ---- the key file */

static pk_key key_of(const char *home)
{
    pk_key key;

    assert_int_equal(operate("swtpm", home, &key, NULL), PASSKEY_OK);
    return key;
}

static bool survives(const char *pem, size_t pem_len)
{
    TPM2B_PUBLIC public_area;
    TPM2B_PRIVATE private_area;
    passkey_error *error = NULL;
    char *again = NULL;
    passkey_status status =
        pk_keyfile_decode(pem, pem_len, &public_area, &private_area, &error);

    if (status) {
        assert_int_equal(status, PASSKEY_KEY_FILE_DAMAGED);
        passkey_error_free(error);
        return false;
    }
    assert_int_equal(pk_keyfile_encode(&public_area, &private_area, &again, &error), PASSKEY_OK);
    assert_int_equal(strlen(again), pem_len);
    assert_memory_equal(again, pem, pem_len);
    pk_text_free(again);
    return true;
}

static void a_key_file_comes_back_as_it_was(void **state)
{
    pk_key key = key_of(*state);

    assert_int_equal(strncmp(key.pem, "-----BEGIN TSS2 PRIVATE KEY-----\n", 33), 0);
    assert_true(survives(key.pem, strlen(key.pem)));
    pk_key_free(&key);
}

/* What is still a key file is then exactly what it says; the rest is refused. */
static void a_damaged_key_file_is_refused(void **state)
{
    pk_key key = key_of(*state);
    size_t len = strlen(key.pem), at, num_survived = 0;
    char *damaged = malloc(2 * len + 2);
    int bit;

    for (at = 0; at < len; at++) {
        assert_false(survives(key.pem, at));
        for (bit = 0; bit < 8; bit++) {
            memcpy(damaged, key.pem, len);
            damaged[at] ^= (char)(1 << bit);
            num_survived += survives(damaged, len);
        }
        memcpy(damaged, key.pem, at);
        memcpy(damaged + at, key.pem + at + 1, len - at - 1);
        assert_false(survives(damaged, len - 1));
    }
    /* of the 8 bits of a base64 character some give another one, and most of
     * those fall into the wrapped blob, which only the TPM can judge */
    assert_true(num_survived < len * 4);
    memcpy(damaged, key.pem, len);
    memcpy(damaged + len, key.pem, len);
    assert_false(survives(damaged, 2 * len));
    damaged[len] = '\n';
    assert_false(survives(damaged, len + 1));
    assert_false(survives("", 0));
    free(damaged);
    pk_key_free(&key);
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        HOME_TEST(a_key_file_comes_back_as_it_was),
        HOME_TEST(a_damaged_key_file_is_refused),
    };

    setenv("TSS2_LOG", "all+NONE", 1); /* the TSS reports every fault on stderr */
    return cmocka_run_group_tests_name("keyfile", TESTS, NULL, NULL);
}
