/* SPDX-License-Identifier: Apache-2.0 */
#include "key/template.h"

#include <stdio.h>
#include <string.h>

#include <tss2/tss2_mu.h>

/* Says only that the signing key is ours, cannot leave this TPM and was made
 * by it. No password and therefore no dictionary attack protection (noDA):
 * each power loss would otherwise count as a failed guess. */
const TPM2B_PUBLIC PK_KEY_TEMPLATE = {
    .publicArea = {
        .type = TPM2_ALG_ECC,
        .nameAlg = TPM2_ALG_SHA256,
        .objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
                            TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH |
                            TPMA_OBJECT_NODA | TPMA_OBJECT_SIGN_ENCRYPT,
        .parameters.eccDetail = {
            .symmetric.algorithm = TPM2_ALG_NULL,
            .scheme = {.scheme = TPM2_ALG_ECDSA, .details.ecdsa.hashAlg = TPM2_ALG_SHA256},
            .curveID = TPM2_ECC_NIST_P256,
            .kdf.scheme = TPM2_ALG_NULL,
        },
    },
};

/* The template that systemd, tpm2-openssl and others use too. The same
 * template gives the same key, so their tools and ours meet under it. */
const TPM2B_PUBLIC PK_SRK_TEMPLATE = {
    .publicArea = {
        .type = TPM2_ALG_ECC,
        .nameAlg = TPM2_ALG_SHA256,
        .objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
                            TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH |
                            TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT,
        .parameters.eccDetail = {
            .symmetric = {.algorithm = TPM2_ALG_AES,
                          .keyBits.aes = 128,
                          .mode.aes = TPM2_ALG_CFB},
            .scheme.scheme = TPM2_ALG_NULL,
            .curveID = TPM2_ECC_NIST_P256,
            .kdf.scheme = TPM2_ALG_NULL,
        },
    },
};

bool pk_template_name(const TPM2B_PUBLIC *public_area, uint8_t out[PK_TPM_NAME_SIZE])
{
    uint8_t area[sizeof(TPMT_PUBLIC)];
    size_t len = 0;

    if (Tss2_MU_TPMT_PUBLIC_Marshal(&public_area->publicArea, area, sizeof area, &len) != 0)
        return false;
    out[0] = TPM2_ALG_SHA256 >> 8;
    out[1] = TPM2_ALG_SHA256 & 0xff;
    return pk_sha256(area, len, out + 2);
}

bool pk_template_matches(const TPM2B_PUBLIC *public_area, const TPM2B_PUBLIC *template)
{
    TPM2B_PUBLIC expected = *template;
    uint8_t a[sizeof(TPMT_PUBLIC)], b[sizeof(TPMT_PUBLIC)];
    size_t a_len = 0, b_len = 0;

    if (public_area->publicArea.type != TPM2_ALG_ECC)
        return false;
    expected.publicArea.unique.ecc = public_area->publicArea.unique.ecc;
    return Tss2_MU_TPMT_PUBLIC_Marshal(&public_area->publicArea, a, sizeof a, &a_len) == 0 &&
           Tss2_MU_TPMT_PUBLIC_Marshal(&expected.publicArea, b, sizeof b, &b_len) == 0 &&
           a_len == b_len && memcmp(a, b, a_len) == 0;
}

static bool is_cipher(const TPMT_SYM_DEF_OBJECT *symmetric)
{
    return symmetric->algorithm == TPM2_ALG_AES && symmetric->keyBits.aes >= 128 &&
           symmetric->mode.aes == TPM2_ALG_CFB;
}

static bool is_curve(TPMI_ECC_CURVE curve)
{
    return curve == TPM2_ECC_NIST_P256 || curve == TPM2_ECC_NIST_P384 ||
           curve == TPM2_ECC_NIST_P521;
}

bool pk_template_is_storage_key(const TPM2B_PUBLIC *public_area)
{
    const TPMA_OBJECT wanted = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
                               TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_RESTRICTED |
                               TPMA_OBJECT_DECRYPT;
    const TPMT_PUBLIC *area = &public_area->publicArea;

    if (area->nameAlg != TPM2_ALG_SHA256 ||
        (area->objectAttributes & (wanted | TPMA_OBJECT_SIGN_ENCRYPT)) != wanted)
        return false;
    if (area->type == TPM2_ALG_RSA)
        return area->parameters.rsaDetail.keyBits >= 2048 &&
               is_cipher(&area->parameters.rsaDetail.symmetric);
    return area->type == TPM2_ALG_ECC && is_curve(area->parameters.eccDetail.curveID) &&
           is_cipher(&area->parameters.eccDetail.symmetric);
}

void pk_template_describe(const TPM2B_PUBLIC *public_area, char *out, size_t size)
{
    const TPMT_PUBLIC *area = &public_area->publicArea;
    TPMI_ECC_CURVE curve = area->parameters.eccDetail.curveID;

    if (area->type == TPM2_ALG_RSA)
        snprintf(out, size, "RSA %u", area->parameters.rsaDetail.keyBits);
    else if (area->type == TPM2_ALG_ECC && is_curve(curve))
        snprintf(out, size, "ECC P-%s", curve == TPM2_ECC_NIST_P256   ? "256"
                                        : curve == TPM2_ECC_NIST_P384 ? "384"
                                                                      : "521");
    else if (area->type == TPM2_ALG_ECC)
        snprintf(out, size, "ECC, curve 0x%04x", curve);
    else
        snprintf(out, size, "type 0x%04x", area->type);
}
