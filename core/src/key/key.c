/* SPDX-License-Identifier: Apache-2.0
 *
 * The flow, in six commands: ReadPublic of the storage root key (SRK),
 * StartAuthSession salted to it, Create, Load (ends the session), Sign, and a
 * Flush when the TPM is closed. Nothing that the TPM says is believed where it
 * can be checked: Names are computed here, the public area is compared with
 * the template, the signature is verified. */
#include "key/key.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "key/check.h"
#include "key/keyfile.h"
#include "key/srk.h"
#include "key/template.h"
#include "key/tpm.h"
#include "key/tpm_error.h"

#include <string.h>

/* ---------------------------------------------------- what the TPM hands out */

/* TPMs may leave leading zeros out. */
static bool pad(const TPM2B_ECC_PARAMETER *number, uint8_t out[PK_P256_SIZE])
{
    if (number->size == 0 || number->size > PK_P256_SIZE)
        return false;
    memset(out, 0, PK_P256_SIZE);
    memcpy(out + PK_P256_SIZE - number->size, number->buffer, number->size);
    return true;
}

/* ------------------------------------------------------------------ the key */

typedef struct made_key {
    TPM2B_PUBLIC public_area;
    TPM2B_PRIVATE private_area;
} made_key;

/* A storage root key is to have no password. The same is said when the TPM is
 * cleared between the look at it and its use. */
static passkey_status fail_under(const pk_tpm *tpm, const pk_srk *parent, TSS2_RC rc,
                                 const char *doing, passkey_error **out_error)
{
    passkey_status status = pk_tpm_explain(tpm, rc, doing, out_error);

    if (status == PASSKEY_TPM_OWNER_AUTH_REQUIRED && parent->handle)
        pk_error_set_hint(out_error,
                          "The storage root key at 0x%08x has a password, or was replaced in this "
                          "moment: try again; then ask who made it to clear its password "
                          "(tpm2_changeauth -c 0x%08x -p PASSWORD).",
                          parent->handle, parent->handle);
    return status;
}

/* Create and Load in one session. It is salted to the SRK, so that whoever
 * sits between us and the TPM can change nothing unnoticed. */
static passkey_status create_and_load(pk_tpm *tpm, const pk_srk *parent, made_key *out,
                                      passkey_error **out_error)
{
    ESYS_TR session = ESYS_TR_NONE;
    TSS2_RC rc = pk_tpm_start_session(tpm, parent->object, &session);

    if (rc)
        return pk_tpm_explain(tpm, rc, "starting a session with the TPM", out_error);
    rc = pk_tpm_create(tpm, parent->object, session, &PK_KEY_TEMPLATE, &out->public_area,
                       &out->private_area);
    if (rc)
        return fail_under(tpm, parent, rc, "creating the key", out_error);
    rc = pk_tpm_load(tpm, parent->object, session, &out->public_area, &out->private_area,
                     &tpm->key);
    return rc ? fail_under(tpm, parent, rc, "loading the key", out_error) : PASSKEY_OK;
}

static passkey_status describe(pk_tpm *tpm, const pk_srk *parent, const made_key *made, pk_key *out,
                               passkey_error **out_error)
{
    const TPMS_ECC_POINT *point = &made->public_area.publicArea.unique.ecc;
    passkey_status status = pk_check_made(tpm, tpm->key, &made->public_area, &PK_KEY_TEMPLATE,
                                       tpm->key_name, out_error);

    if (status)
        return status;
    if (!pad(&point->x, out->x) || !pad(&point->y, out->y))
        return pk_fail_tampered(out_error, "the key is not a point of P-256");
    memcpy(out->name, tpm->key_name, PK_TPM_NAME_SIZE);
    memcpy(out->srk_name, parent->name, PK_TPM_NAME_SIZE);
    out->protection = tpm->protection;
    return pk_keyfile_encode(&made->public_area, &made->private_area, &out->pem, out_error);
}

/* After a failure nothing of ours is in the TPM any more. */
static passkey_status try_to_create(pk_tpm *tpm, pk_key *out_key, passkey_error **out_error)
{
    pk_srk parent = PK_SRK_NONE;
    made_key made = {.public_area = {.size = 0}};
    pk_key key = {.pem = NULL};
    passkey_status status;

    status = pk_srk_get(tpm, &parent, out_error);
    if (!status)
        status = create_and_load(tpm, &parent, &made, out_error);
    if (!status)
        status = describe(tpm, &parent, &made, &key, out_error);
    if (status) {
        pk_tpm_flush_held(tpm);
        pk_tpm_flush(tpm, &tpm->key);
        pk_key_free(&key);
        return status;
    }
    pk_srk_drop(tpm, &parent);
    *out_key = key;
    return PASSKEY_OK;
}

/* A TPM without a resource manager has room for three keys. Users who each keep
 * one and wait for another one would wait for each other. */
passkey_status pk_key_create(pk_tpm *tpm, pk_key *out_key, passkey_error **out_error)
{
    int64_t end_ms = pk_clock_monotonic_ms() + PK_TCTI_PATIENCE_MS;
    passkey_error *error = NULL;
    passkey_status status;

    pk_tpm_flush(tpm, &tpm->key);
    status = try_to_create(tpm, out_key, &error);
    while (status == PASSKEY_TPM_BUSY && pk_tcti_wait_for_room(tpm->route.tcti, end_ms)) {
        passkey_error_free(error);
        error = NULL;
        status = try_to_create(tpm, out_key, &error);
    }
    if (out_error && status)
        *out_error = error;
    else
        passkey_error_free(error);
    return status;
}

static passkey_status check_signature(const TPMT_SIGNATURE *made, const pk_key *key,
                                      const void *message, size_t message_len,
                                      uint8_t out[PK_ES256_SIZE], passkey_error **out_error)
{
    const TPMS_SIGNATURE_ECDSA *ecdsa = &made->signature.ecdsa;

    if (made->sigAlg != TPM2_ALG_ECDSA || ecdsa->hash != TPM2_ALG_SHA256 ||
        !pad(&ecdsa->signatureR, out) || !pad(&ecdsa->signatureS, out + PK_P256_SIZE))
        return pk_fail_tampered(out_error, "the signature is not one of ES256");
    switch (pk_es256_judge(key->x, key->y, message, message_len, out)) {
    case PK_VALID:
        return PASSKEY_OK;
    case PK_WRONG:
        return pk_fail_tampered(out_error, "the signature is not the key's");
    default:
        return pk_fail_memory(out_error);
    }
}

passkey_status pk_key_sign(pk_tpm *tpm, const pk_key *key, const void *message, size_t message_len,
                           uint8_t out_signature[PK_ES256_SIZE], passkey_error **out_error)
{
    uint8_t digest[PK_SHA256_SIZE], signature[PK_ES256_SIZE];
    TPMT_SIGNATURE made = {.sigAlg = TPM2_ALG_NULL};
    passkey_status status;
    TSS2_RC rc;

    if (tpm->key == ESYS_TR_NONE || memcmp(key->name, tpm->key_name, PK_TPM_NAME_SIZE) != 0)
        return pk_fail(out_error, PASSKEY_INTERNAL, "The key is not loaded in this TPM.");
    if (!pk_sha256(message, message_len, digest))
        return pk_fail_memory(out_error);
    rc = pk_tpm_sign(tpm, tpm->key, digest, &made);
    if (rc)
        return pk_tpm_explain(tpm, rc, "signing", out_error);
    status = check_signature(&made, key, message, message_len, signature, out_error);
    if (!status)
        memcpy(out_signature, signature, PK_ES256_SIZE);
    return status;
}

void pk_key_free(pk_key *key)
{
    if (!key)
        return;
    pk_text_free(key->pem);
    memset(key, 0, sizeof *key);
}
