/* SPDX-License-Identifier: Apache-2.0
 * A program that uses the OpenSSL provider tpm2 for a key of its own, and
 * libpasskey beside it: binds the link on stdin and prints the passkey's id. Its
 * key signs before and after. */
#include <passkey/passkey.h>

#include <openssl/evp.h>
#include <openssl/provider.h>
#include <stdio.h>
#include <string.h>

#define NEED(condition, what)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s failed\n", what);                                                  \
            return 1;                                                                              \
        }                                                                                          \
    } while (0)

/* An ECC key in the TPM of TPM2OPENSSL_TCTI. */
static EVP_PKEY *make_key(void)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", "provider=tpm2");
    EVP_PKEY *key = NULL;

    if (context && EVP_PKEY_keygen_init(context) > 0 &&
        EVP_PKEY_CTX_set_group_name(context, "P-256") > 0)
        EVP_PKEY_generate(context, &key);
    EVP_PKEY_CTX_free(context);
    return key;
}

static int signs(EVP_PKEY *key)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char signature[256];
    size_t len = sizeof signature;
    int done = EVP_DigestSignInit_ex(context, NULL, "SHA256", NULL, "provider=tpm2", key, NULL) > 0 &&
               EVP_DigestSign(context, signature, &len, (const unsigned char *)"x", 1) > 0;

    EVP_MD_CTX_free(context);
    return done;
}

static int bind_link(const char *link)
{
    passkey_client *client = NULL;
    passkey_bind_result *result = NULL;
    passkey_error *error = NULL;

    if (passkey_client_new(&client, &error) != PASSKEY_OK ||
        passkey_client_bind(client, link, &result, &error) != PASSKEY_OK)
        fprintf(stderr, "%s [%s]\n", passkey_error_text(error), passkey_error_cause(error));
    else
        puts(passkey_credential_id(passkey_bind_result_passkey(result)));
    passkey_error_free(error);
    passkey_bind_result_free(result);
    passkey_client_free(client);
    return error == NULL;
}

int main(void)
{
    OSSL_PROVIDER *tpm2 = OSSL_PROVIDER_load(NULL, "tpm2");
    OSSL_PROVIDER *standard = OSSL_PROVIDER_load(NULL, "default");
    char link[4096];
    EVP_PKEY *key;

    NEED(tpm2 && standard, "loading the providers");
    NEED(fgets(link, sizeof link, stdin), "reading the link");
    link[strcspn(link, "\n")] = 0;
    key = make_key();
    NEED(key && signs(key), "the provider's key");
    NEED(bind_link(link), "bind");
    NEED(signs(key), "the provider's key after the bind");
    EVP_PKEY_free(key);
    passkey_drain(-1);
    OSSL_PROVIDER_unload(tpm2);
    OSSL_PROVIDER_unload(standard);
    return 0;
}
