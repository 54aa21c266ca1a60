/* SPDX-License-Identifier: Apache-2.0
 * What the tests of storage root keys share: keys put into the private software
 * TPM of a store, and taken out. */
#ifndef SRK_SUPPORT_H
#define SRK_SUPPORT_H

#include "key_support.h"

#include "key/plain.h"
#include "key/template.h"

#define FIRST 0x81000001u
#define SECOND 0x81000002u

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

static inline pk_tpm *open_tpm(const char *home)
{
    passkey_error *error = NULL;
    pk_tpm *tpm = NULL;

    if (pk_tpm_open("swtpm", home, NULL, &tpm, &error))
        fail_msg("%s [%s]", passkey_error_text(error), passkey_error_cause(error));
    return tpm;
}

static inline void keep_key(pk_tpm *tpm, TPM2_HANDLE handle, const TPM2B_PUBLIC *template,
                     uint8_t out_name[PK_TPM_NAME_SIZE])
{
    TPM2B_PUBLIC public_area = {.size = 0};
    ESYS_TR object = ESYS_TR_NONE;

    assert_int_equal(pk_tpm_create_primary(tpm, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, template,
                                           &object, &public_area), 0);
    assert_true(pk_template_name(&public_area, out_name));
    assert_int_equal(pk_tpm_persist(tpm, ESYS_TR_PASSWORD, handle, &object), 0);
}

static inline void remove_key(pk_tpm *tpm, TPM2_HANDLE handle)
{
    ESYS_TR object = ESYS_TR_NONE, none = ESYS_TR_NONE;

    assert_int_equal(Esys_TR_FromTPMPublic(tpm->esys, handle, ESYS_TR_NONE, ESYS_TR_NONE,
                                           ESYS_TR_NONE, &object), 0);
    assert_int_equal(Esys_EvictControl(tpm->esys, ESYS_TR_RH_OWNER, object, ESYS_TR_PASSWORD,
                                       ESYS_TR_NONE, ESYS_TR_NONE, handle, &none), 0);
}

static inline bool is_there(pk_tpm *tpm, TPM2_HANDLE handle)
{
    TPM2B_PUBLIC public_area = {.size = 0};
    TPM2B_NAME name = {.size = 0};

    return pk_plain_read_public(tpm->route.tcti, handle, &public_area, &name) == 0;
}

static inline void fill_memory(pk_tpm *tpm)
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

#endif
