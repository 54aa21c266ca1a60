/* SPDX-License-Identifier: Apache-2.0
 * A record of the store: what is taken says the same when it is written again. */
#include "fuzz.h"

#include "store/record.h"

static void write_again(const passkey_credential *credential)
{
    static const uint8_t NAME[34] = {0, 0x0b};
    const pk_record_key key = {.pem = "pem", .name = NAME, .srk_name = NAME, .name_len = 34};
    char *text = pk_record_text(credential, &key);
    pk_buffer again = {.data = text, .len = text ? strlen(text) : 0};
    passkey_credential read = {0};
    char sha256[PK_HEX_SHA256_SIZE], file[PK_KEY_FILE_SIZE];

    REQUIRE(text && !pk_record_read(&again, &read, sha256));
    REQUIRE(!strcmp(read.json, credential->json));
    REQUIRE(pk_record_key_named(&again, file) && strlen(file) == 20);
    REQUIRE(!strchr(file, '/'));
    pk_credential_clear(&read);
    pk_text_free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *x, size_t x_len)
{
    char *text = fuzz_text(x, x_len);
    const pk_buffer record = {.data = text, .len = x_len};
    passkey_credential credential = {0};
    char sha256[PK_HEX_SHA256_SIZE], file[PK_KEY_FILE_SIZE];
    const char *reason = pk_record_read(&record, &credential, sha256);

    if (reason) {
        REQUIRE(*reason && reason != PK_JSON_NO_MEMORY);
    } else {
        REQUIRE(strlen(sha256) == PK_HEX_SHA256_SIZE - 1);
        REQUIRE(pk_record_key_named(&record, file));
        write_again(&credential);
    }
    pk_credential_clear(&credential);
    if (pk_record_key_named(&record, file))
        REQUIRE(strspn(file, "0123456789abcdef") == 16);
    free(text);
    return 0;
}
