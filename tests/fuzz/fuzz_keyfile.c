/* SPDX-License-Identifier: Apache-2.0
 * The key file: what is taken is exactly what would be written. An input that
 * does not begin as PEM is DER, and is put into PEM here. */
#include "fuzz.h"

#include "base/memory.h"
#include "key/keyfile.h"

#include <openssl/pem.h>

static void read_pem(const char *pem, size_t pem_len)
{
    TPM2B_PUBLIC public_area;
    TPM2B_PRIVATE private_area;
    passkey_error *error = NULL;
    char *again = NULL;

    if (pk_keyfile_decode(pem, pem_len, &public_area, &private_area, &error)) {
        REQUIRE(passkey_error_status(error) == PASSKEY_KEY_FILE_DAMAGED);
        passkey_error_free(error);
        return;
    }
    REQUIRE(!pk_keyfile_encode(&public_area, &private_area, &again, NULL));
    REQUIRE(strlen(again) == pem_len && !memcmp(again, pem, pem_len));
    pk_text_free(again);
}

static void read_der(const uint8_t *der, size_t der_len)
{
    BIO *memory = BIO_new(BIO_s_mem());
    char *pem = NULL;
    long len;

    REQUIRE(memory && PEM_write_bio(memory, "TSS2 PRIVATE KEY", "", der, (long)der_len) > 0);
    len = BIO_get_mem_data(memory, &pem);
    read_pem(pem, (size_t)len);
    BIO_free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *x, size_t x_len)
{
    char *text = fuzz_text(x, x_len);

    if (x_len == 0 || *x == '-')
        read_pem(text, x_len);
    else
        read_der(x, x_len);
    free(text);
    return 0;
}
