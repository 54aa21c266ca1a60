/* SPDX-License-Identifier: Apache-2.0 */
#include "key/keyfile.h"

#include "base/error.h"
#include "base/memory.h"

#include <limits.h>
#include <string.h>

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <tss2/tss2_mu.h>

#define LABEL "TSS2 PRIVATE KEY"
#define OID_LOADABLE_KEY "2.23.133.10.1.3"
#define MAX_BLOB 1024

/* TPMKey ::= SEQUENCE {
 *     type       OBJECT IDENTIFIER,
 *     emptyAuth  [0] EXPLICIT BOOLEAN OPTIONAL,
 *     parent     INTEGER,
 *     pubkey     OCTET STRING,    -- a TPM2B_PUBLIC
 *     privkey    OCTET STRING }   -- a TPM2B_PRIVATE
 * The optional parts for policies and imported keys are never ours. */
typedef struct tpm_key {
    ASN1_OBJECT *type;
    ASN1_BOOLEAN emptyAuth;
    ASN1_INTEGER *parent;
    ASN1_OCTET_STRING *pubkey;
    ASN1_OCTET_STRING *privkey;
} TPM_KEY;

/* clang-format off */
ASN1_SEQUENCE(TPM_KEY) = {
    ASN1_SIMPLE(TPM_KEY, type, ASN1_OBJECT),
    ASN1_EXP_OPT(TPM_KEY, emptyAuth, ASN1_BOOLEAN, 0),
    ASN1_SIMPLE(TPM_KEY, parent, ASN1_INTEGER),
    ASN1_SIMPLE(TPM_KEY, pubkey, ASN1_OCTET_STRING),
    ASN1_SIMPLE(TPM_KEY, privkey, ASN1_OCTET_STRING)
} static_ASN1_SEQUENCE_END(TPM_KEY)
/* clang-format on */

static TPM_KEY *tpm_key_new(void)
{
    return (TPM_KEY *)ASN1_item_new(ASN1_ITEM_rptr(TPM_KEY));
}

static void tpm_key_free(TPM_KEY *key)
{
    ASN1_item_free((ASN1_VALUE *)key, ASN1_ITEM_rptr(TPM_KEY));
}

/* ------------------------------------------------------------------ encoding */

static bool set_public(TPM_KEY *key, const TPM2B_PUBLIC *public_area)
{
    uint8_t blob[MAX_BLOB];
    size_t len = 0;

    return Tss2_MU_TPM2B_PUBLIC_Marshal(public_area, blob, sizeof blob, &len) == 0 &&
           ASN1_OCTET_STRING_set(key->pubkey, blob, (int)len);
}

static bool set_private(TPM_KEY *key, const TPM2B_PRIVATE *private_area)
{
    uint8_t blob[sizeof *private_area];
    size_t len = 0;

    return Tss2_MU_TPM2B_PRIVATE_Marshal(private_area, blob, sizeof blob, &len) == 0 &&
           ASN1_OCTET_STRING_set(key->privkey, blob, (int)len);
}

static TPM_KEY *make(const TPM2B_PUBLIC *public_area, const TPM2B_PRIVATE *private_area)
{
    TPM_KEY *key = tpm_key_new();

    if (!key)
        return NULL;
    ASN1_OBJECT_free(key->type);
    key->type = OBJ_txt2obj(OID_LOADABLE_KEY, 1);
    key->emptyAuth = 0xff;
    if (key->type && ASN1_INTEGER_set_uint64(key->parent, TPM2_RH_OWNER) &&
        set_public(key, public_area) && set_private(key, private_area))
        return key;
    tpm_key_free(key);
    return NULL;
}

static char *pem_of(const uint8_t *der, int der_len)
{
    BIO *memory = BIO_new(BIO_s_mem());
    char *text = NULL, *pem = NULL;
    long len;

    if (memory && PEM_write_bio(memory, LABEL, "", der, der_len) > 0) {
        len = BIO_get_mem_data(memory, &text);
        pem = len > 0 ? pk_text_copy_n(text, (size_t)len) : NULL;
    }
    BIO_free(memory);
    return pem;
}

/* NULL for what cannot be encoded or without memory. What OpenSSL notes about
 * a failure stays out of the host's error queue. */
static char *encode(const TPM2B_PUBLIC *public_area, const TPM2B_PRIVATE *private_area)
{
    TPM_KEY *key;
    uint8_t *der = NULL;
    char *pem = NULL;
    int der_len;

    ERR_set_mark();
    key = make(public_area, private_area);
    der_len = key ? ASN1_item_i2d((ASN1_VALUE *)key, &der, ASN1_ITEM_rptr(TPM_KEY)) : 0;
    if (der_len > 0)
        pem = pem_of(der, der_len);
    OPENSSL_free(der);
    tpm_key_free(key);
    ERR_pop_to_mark();
    return pem;
}

passkey_status pk_keyfile_encode(const TPM2B_PUBLIC *public_area, const TPM2B_PRIVATE *private_area,
                                 char **out_pem, passkey_error **out_error)
{
    char *pem = encode(public_area, private_area);

    if (!pem)
        return pk_fail_memory(out_error);
    *out_pem = pem;
    return PASSKEY_OK;
}

/* ------------------------------------------------------------------ decoding */

static TPM_KEY *parse_der(const uint8_t *der, long der_len)
{
    const uint8_t *at = der;

    return (TPM_KEY *)ASN1_item_d2i(NULL, &at, der_len, ASN1_ITEM_rptr(TPM_KEY));
}

static TPM_KEY *parse_pem(const char *pem, size_t pem_len)
{
    BIO *memory = BIO_new_mem_buf(pem, (int)pem_len);
    char *label = NULL, *header = NULL;
    uint8_t *der = NULL;
    long der_len = 0;
    TPM_KEY *key = NULL;

    if (memory && PEM_read_bio(memory, &label, &header, &der, &der_len) &&
        strcmp(label, LABEL) == 0)
        key = parse_der(der, der_len);
    OPENSSL_free(label);
    OPENSSL_free(header);
    OPENSSL_free(der);
    BIO_free(memory);
    return key;
}

static bool get_areas(const TPM_KEY *key, TPM2B_PUBLIC *out_public, TPM2B_PRIVATE *out_private)
{
    size_t public_len = (size_t)ASN1_STRING_length(key->pubkey), public_at = 0;
    size_t private_len = (size_t)ASN1_STRING_length(key->privkey), private_at = 0;

    return Tss2_MU_TPM2B_PUBLIC_Unmarshal(ASN1_STRING_get0_data(key->pubkey), public_len,
                                          &public_at, out_public) == 0 &&
           Tss2_MU_TPM2B_PRIVATE_Unmarshal(ASN1_STRING_get0_data(key->privkey), private_len,
                                           &private_at, out_private) == 0 &&
           public_at == public_len && private_at == private_len;
}

/* The parsers are generous: they skip text around the PEM, take other line
 * lengths, BER, and blobs with odd sizes. Encoding what they understood and
 * comparing is the one check that no such freedom escapes. */
static bool decode(const char *pem, size_t pem_len, TPM2B_PUBLIC *out_public,
                   TPM2B_PRIVATE *out_private)
{
    TPM_KEY *key;
    char *again = NULL;
    bool same;

    ERR_set_mark();
    key = parse_pem(pem, pem_len);
    if (key && get_areas(key, out_public, out_private))
        again = encode(out_public, out_private);
    same = again && strlen(again) == pem_len && memcmp(again, pem, pem_len) == 0;
    pk_text_free(again);
    tpm_key_free(key);
    ERR_pop_to_mark();
    return same;
}

passkey_status pk_keyfile_decode(const char *pem, size_t pem_len, TPM2B_PUBLIC *out_public,
                                 TPM2B_PRIVATE *out_private, passkey_error **out_error)
{
    TPM2B_PUBLIC public_area = {.size = 0};
    TPM2B_PRIVATE private_area = {.size = 0};

    if (pem_len == 0 || pem_len > PK_KEYFILE_MAX ||
        !decode(pem, pem_len, &public_area, &private_area))
        return pk_fail(out_error, PASSKEY_KEY_FILE_DAMAGED,
                       "The key file is not a TSS2 PRIVATE KEY of this library.");
    *out_public = public_area;
    *out_private = private_area;
    return PASSKEY_OK;
}
