/* SPDX-License-Identifier: Apache-2.0
 * make_key HOME: creates a key in the software TPM of HOME, signs with it, and
 * writes its key file to stdout and its public point (04 x y, hexadecimal) to
 * stderr. For test_openssl_provider.sh. */
#include "base/text.h"
#include "key/key.h"

#include <stdio.h>
#include <string.h>

static int fail(const passkey_error *error)
{
    fprintf(stderr, "make_key: %s [%s]\n", passkey_error_text(error), passkey_error_cause(error));
    return 1;
}

static void show(const pk_key *key)
{
    char *x = pk_hex_encode(key->x, PK_P256_SIZE), *y = pk_hex_encode(key->y, PK_P256_SIZE);

    fputs(key->pem, stdout);
    fprintf(stderr, "04%s%s\n", x, y);
    pk_text_free(x);
    pk_text_free(y);
}

int main(int argc, char **argv)
{
    static const char MESSAGE[] = "a message";
    uint8_t signature[PK_ES256_SIZE];
    passkey_error *error = NULL;
    pk_key key = {.pem = NULL};
    pk_tpm *tpm = NULL;
    int result = 1;

    if (argc != 2) {
        fputs("usage: make_key HOME\n", stderr);
        return 2;
    }
    if (pk_tpm_open("swtpm", argv[1], &tpm, &error) || pk_key_create(tpm, &key, &error) ||
        pk_key_sign(tpm, &key, MESSAGE, strlen(MESSAGE), signature, &error)) {
        fail(error);
    } else {
        show(&key);
        result = 0;
    }
    passkey_error_free(error);
    pk_key_free(&key);
    pk_tpm_close(tpm);
    return result;
}
