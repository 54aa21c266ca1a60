/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/seal.h"

#include "base/crypto.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

#define FILE_NAME "mail.key"
#define LOCK_NAME "mail.lock"
#define LOCK_TIMEOUT_MS 10000
#define NONCE_SIZE 12
#define TAG_SIZE 16
#define ID_LEN 16

/* ---------------------------------------------------------------- the key file */

static int parse_key(const pk_buffer *text, pk_seal_key *out)
{
    size_t len = text->data ? strcspn(text->data, "\n") : 0;
    pk_buffer bytes = {0};
    int failure = EINVAL;

    if (pk_base64url_decode(text->data ? text->data : "", len, &bytes) &&
        bytes.len == PK_SEAL_KEY_SIZE) {
        memcpy(out->bytes, bytes.data, PK_SEAL_KEY_SIZE);
        failure = 0;
    }
    pk_buffer_free(&bytes);
    return failure;
}

static int read_key(int folder, pk_seal_key *out)
{
    pk_buffer text = {0};
    int failure = pk_file_read_at(folder, FILE_NAME, 256, &text);

    if (!failure)
        failure = parse_key(&text, out);
    pk_buffer_free(&text);
    return failure;
}

static int make_key(int folder, pk_seal_key *out)
{
    pk_buffer text = {0};
    char *encoded = NULL;
    int failure = ENOMEM;

    if (pk_random(out->bytes, sizeof out->bytes))
        encoded = pk_base64url_encode(out->bytes, sizeof out->bytes);
    if (encoded && pk_buffer_printf(&text, "%s\n", encoded))
        failure = pk_file_write_at(folder, FILE_NAME, text.data, text.len);
    pk_text_free(encoded);
    pk_buffer_free(&text);
    return failure;
}

/* Under a lock: of two servers that start at once in one folder, one makes it. */
static int read_or_make_key(int folder, pk_seal_key *out)
{
    int lock = -1;
    int failure = pk_file_lock_at(folder, LOCK_NAME, LOCK_TIMEOUT_MS, NULL, &lock);

    if (failure)
        return failure;
    failure = read_key(folder, out);
    if (failure == ENOENT)
        failure = make_key(folder, out);
    pk_file_unlock(lock);
    return failure;
}

static const char *id_of(pk_arena *arena, const pk_seal_key *key)
{
    static const char label[] = "passkey-cloud mail key id";
    uint8_t input[sizeof label + PK_SEAL_KEY_SIZE];
    uint8_t hash[PK_SHA256_SIZE];
    const char *hex = NULL;

    memcpy(input, label, sizeof label);
    memcpy(input + sizeof label, key->bytes, PK_SEAL_KEY_SIZE);
    if (pk_sha256(input, sizeof input, hash))
        hex = pk_arena_take(arena, pk_hex_encode(hash, sizeof hash));
    pk_wipe(input, sizeof input);
    return pk_arena_text_n(arena, hex, ID_LEN);
}

int pk_seal_key_read(pk_arena *arena, const char *folder, pk_seal_key *out)
{
    int fd = -1;
    int failure = pk_folder_open(folder, false, &fd);

    if (!failure)
        failure = read_or_make_key(fd, out);
    pk_folder_close(fd);
    if (failure)
        return failure;
    out->id = id_of(arena, out);
    return out->id ? 0 : ENOMEM;
}

/* -------------------------------------------------------------------- sealing */

/* Texts here are links and ids: their lengths fit an int by far. */
static bool encrypt(EVP_CIPHER_CTX *cipher, const pk_seal_key *key, const uint8_t *nonce,
                    const char *about, const char *text, uint8_t *out, uint8_t *tag)
{
    int len = 0;

    return EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, key->bytes, nonce) == 1 &&
           EVP_EncryptUpdate(cipher, NULL, &len, (const uint8_t *)about, (int)strlen(about)) == 1 &&
           EVP_EncryptUpdate(cipher, out, &len, (const uint8_t *)text, (int)strlen(text)) == 1 &&
           EVP_EncryptFinal_ex(cipher, out + len, &len) == 1 &&
           EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, tag) == 1;
}

static bool decrypt(EVP_CIPHER_CTX *cipher, const pk_seal_key *key, const char *about,
                    uint8_t *sealed, size_t sealed_len, uint8_t *out)
{
    size_t text_len = sealed_len - NONCE_SIZE - TAG_SIZE;
    uint8_t *tag = sealed + NONCE_SIZE + text_len;
    int len = 0;

    return EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, key->bytes, sealed) == 1 &&
           EVP_DecryptUpdate(cipher, NULL, &len, (const uint8_t *)about, (int)strlen(about)) == 1 &&
           EVP_DecryptUpdate(cipher, out, &len, sealed + NONCE_SIZE, (int)text_len) == 1 &&
           EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, tag) == 1 &&
           EVP_DecryptFinal_ex(cipher, out + len, &len) == 1;
}

/* A buffer of so many zero bytes; a NUL is behind them. */
static bool reserve(pk_buffer *buffer, size_t len)
{
    static const char zeros[64];
    bool done = true;

    while (done && buffer->len < len)
        done = pk_buffer_append(buffer, zeros,
                                len - buffer->len < sizeof zeros ? len - buffer->len
                                                                 : sizeof zeros);
    return done;
}

const char *pk_seal(pk_arena *arena, const pk_seal_key *key, const char *about, const char *text)
{
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    size_t text_len = strlen(text);
    const char *sealed = NULL;
    pk_buffer bytes = {0};
    uint8_t *nonce;

    if (cipher && reserve(&bytes, NONCE_SIZE + text_len + TAG_SIZE)) {
        nonce = (uint8_t *)bytes.data;
        if (pk_random(nonce, NONCE_SIZE) &&
            encrypt(cipher, key, nonce, about, text, nonce + NONCE_SIZE,
                    nonce + NONCE_SIZE + text_len))
            sealed = pk_arena_take(arena, pk_base64url_encode(bytes.data, bytes.len));
    }
    pk_buffer_free(&bytes);
    EVP_CIPHER_CTX_free(cipher);
    return sealed;
}

const char *pk_unseal(pk_arena *arena, const pk_seal_key *key, const char *about,
                      const char *sealed)
{
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    pk_buffer bytes = {0}, text = {0};
    const char *opened = NULL;

    if (cipher && pk_base64url_decode(sealed, strlen(sealed), &bytes) &&
        bytes.len > NONCE_SIZE + TAG_SIZE && reserve(&text, bytes.len - NONCE_SIZE - TAG_SIZE) &&
        decrypt(cipher, key, about, (uint8_t *)bytes.data, bytes.len, (uint8_t *)text.data))
        opened = pk_arena_take(arena, pk_buffer_take(&text));
    pk_buffer_free(&bytes);
    pk_buffer_free(&text);
    EVP_CIPHER_CTX_free(cipher);
    return opened;
}
