/* SPDX-License-Identifier: Apache-2.0
 *
 * The flow, in six commands: ReadPublic of the storage root key (SRK),
 * StartAuthSession salted to it, Create, Load (ends the session), Sign, and a
 * Flush when the TPM is closed. Nothing that the TPM says is believed where it
 * can be checked: Names are computed here, the public area is compared with
 * the template, the signature is verified. */
#include "key/key.h"

#include "base/error.h"
#include "base/memory.h"
#include "key/keyfile.h"
#include "key/plain.h"
#include "key/template.h"
#include "key/tpm.h"
#include "key/tpm_error.h"

#include <string.h>

/* ---------------------------------------------------- what the TPM hands out */

static bool same_name(const TPM2B_NAME *said, const uint8_t name[PK_TPM_NAME_SIZE])
{
    return said->size == PK_TPM_NAME_SIZE && memcmp(said->name, name, PK_TPM_NAME_SIZE) == 0;
}

/* TPMs may leave leading zeros out. */
static bool pad(const TPM2B_ECC_PARAMETER *number, uint8_t out[PK_P256_SIZE])
{
    if (number->size == 0 || number->size > PK_P256_SIZE)
        return false;
    memset(out, 0, PK_P256_SIZE);
    memcpy(out + PK_P256_SIZE - number->size, number->buffer, number->size);
    return true;
}

static passkey_status fail_tampered(passkey_error **out_error, const char *what)
{
    return pk_fail(out_error, PASSKEY_TPM_TAMPERED, "The TPM's answer is not right: %s.", what);
}

/* ------------------------------------------------------------ storage root key */

typedef struct srk {
    ESYS_TR object;
    uint8_t name[PK_TPM_NAME_SIZE];
} srk;

/* Is there one that is like the template and whose Name is what it must be? An
 * RSA one, for instance, is another system's. *out_found tells. */
static TSS2_RC find_persistent(pk_tpm *tpm, srk *out, bool *out_found)
{
    TPM2B_PUBLIC public_area = {.size = 0};
    TPM2B_NAME name = {.size = 0};
    TSS2_RC rc = pk_plain_read_public(tpm->route.tcti, PK_SRK_HANDLE, &public_area, &name);

    *out_found = false;
    if (rc == TPM2_RC_HANDLE + TPM2_RC_H + TPM2_RC_1)
        return TSS2_RC_SUCCESS;
    if (rc)
        return rc;
    if (!pk_template_matches(&public_area, &PK_SRK_TEMPLATE))
        return TSS2_RC_SUCCESS;
    if (!pk_template_name(&public_area, out->name))
        return TSS2_ESYS_RC_MEMORY;
    if (!same_name(&name, out->name))
        return TSS2_RC_SUCCESS;
    *out_found = true;
    return pk_tpm_use_persistent(tpm, PK_SRK_HANDLE, &name, &out->object);
}

static passkey_status check_made(pk_tpm *tpm, ESYS_TR object, const TPM2B_PUBLIC *public_area,
                                 const TPM2B_PUBLIC *template, uint8_t out_name[PK_TPM_NAME_SIZE],
                                 passkey_error **out_error)
{
    TPM2B_NAME name = {.size = 0};
    TSS2_RC rc = pk_tpm_name(tpm, object, &name);

    if (rc)
        return pk_tpm_explain(tpm, rc, "reading the key's Name", out_error);
    if (!pk_template_matches(public_area, template))
        return fail_tampered(out_error, "the key is not what was asked for");
    if (!pk_template_name(public_area, out_name))
        return pk_fail_memory(out_error);
    if (!same_name(&name, out_name))
        return fail_tampered(out_error, "the key's Name is not that of its public area");
    return PASSKEY_OK;
}

/* Made anew from the owner's seed, always the same one. Only our own software
 * TPM is told to keep it: the memory of any other is its owner's to fill. */
static passkey_status make_primary(pk_tpm *tpm, srk *out, passkey_error **out_error)
{
    TPM2B_PUBLIC public_area = {.size = 0};
    passkey_status status;
    TSS2_RC rc = pk_tpm_create_primary(tpm, &PK_SRK_TEMPLATE, &out->object, &public_area);

    if (rc)
        return pk_tpm_explain(tpm, rc, "making the storage root key", out_error);
    status = check_made(tpm, out->object, &public_area, &PK_SRK_TEMPLATE, out->name, out_error);
    if (status || !tpm->route.swtpm)
        return status;
    rc = pk_tpm_persist(tpm, PK_SRK_HANDLE, &out->object);
    return rc ? pk_tpm_explain(tpm, rc, "keeping the storage root key", out_error) : PASSKEY_OK;
}

static passkey_status get_srk(pk_tpm *tpm, srk *out, passkey_error **out_error)
{
    bool found = false;
    TSS2_RC rc = find_persistent(tpm, out, &found);

    if (rc)
        return pk_tpm_explain(tpm, rc, "looking for the storage root key", out_error);
    return found ? PASSKEY_OK : make_primary(tpm, out, out_error);
}

/* ------------------------------------------------------------------ the key */

typedef struct made_key {
    TPM2B_PUBLIC public_area;
    TPM2B_PRIVATE private_area;
} made_key;

/* Create and Load in one session. It is salted to the SRK, so that whoever
 * sits between us and the TPM can change nothing unnoticed. */
static passkey_status create_and_load(pk_tpm *tpm, const srk *parent, made_key *out,
                                      passkey_error **out_error)
{
    ESYS_TR session = ESYS_TR_NONE;
    TSS2_RC rc = pk_tpm_start_session(tpm, parent->object, &session);

    if (rc)
        return pk_tpm_explain(tpm, rc, "starting a session with the TPM", out_error);
    rc = pk_tpm_create(tpm, parent->object, session, &PK_KEY_TEMPLATE, &out->public_area,
                       &out->private_area);
    if (rc)
        return pk_tpm_explain(tpm, rc, "creating the key", out_error);
    rc = pk_tpm_load(tpm, parent->object, session, &out->public_area, &out->private_area,
                     &tpm->key);
    return rc ? pk_tpm_explain(tpm, rc, "loading the key", out_error) : PASSKEY_OK;
}

static passkey_status describe(pk_tpm *tpm, const srk *parent, const made_key *made, pk_key *out,
                               passkey_error **out_error)
{
    const TPMS_ECC_POINT *point = &made->public_area.publicArea.unique.ecc;
    passkey_status status = check_made(tpm, tpm->key, &made->public_area, &PK_KEY_TEMPLATE,
                                       tpm->key_name, out_error);

    if (status)
        return status;
    if (!pad(&point->x, out->x) || !pad(&point->y, out->y))
        return fail_tampered(out_error, "the key is not a point of P-256");
    memcpy(out->name, tpm->key_name, PK_TPM_NAME_SIZE);
    memcpy(out->srk_name, parent->name, PK_TPM_NAME_SIZE);
    out->protection = tpm->protection;
    return pk_keyfile_encode(&made->public_area, &made->private_area, &out->pem, out_error);
}

/* A primary that we made is of no use after Load and takes a third of the room
 * of most TPMs; a persistent one has nothing to flush. */
static void drop_srk(pk_tpm *tpm, srk *parent)
{
    if (pk_tpm_is_held(tpm, parent->object))
        pk_tpm_flush(tpm, &parent->object);
}

passkey_status pk_key_create(pk_tpm *tpm, pk_key *out_key, passkey_error **out_error)
{
    srk parent = {.object = ESYS_TR_NONE};
    made_key made = {.public_area = {.size = 0}};
    pk_key key = {.pem = NULL};
    passkey_status status;

    pk_tpm_flush(tpm, &tpm->key);
    status = get_srk(tpm, &parent, out_error);
    if (!status)
        status = create_and_load(tpm, &parent, &made, out_error);
    if (!status)
        status = describe(tpm, &parent, &made, &key, out_error);
    drop_srk(tpm, &parent);
    if (status) {
        pk_tpm_flush(tpm, &tpm->key);
        pk_key_free(&key);
        return status;
    }
    *out_key = key;
    return PASSKEY_OK;
}

static passkey_status check_signature(const TPMT_SIGNATURE *made, const pk_key *key,
                                      const void *message, size_t message_len,
                                      uint8_t out[PK_ES256_SIZE], passkey_error **out_error)
{
    const TPMS_SIGNATURE_ECDSA *ecdsa = &made->signature.ecdsa;

    if (made->sigAlg != TPM2_ALG_ECDSA || ecdsa->hash != TPM2_ALG_SHA256 ||
        !pad(&ecdsa->signatureR, out) || !pad(&ecdsa->signatureS, out + PK_P256_SIZE))
        return fail_tampered(out_error, "the signature is not one of ES256");
    switch (pk_es256_judge(key->x, key->y, message, message_len, out)) {
    case PK_VALID:
        return PASSKEY_OK;
    case PK_WRONG:
        return fail_tampered(out_error, "the signature is not the key's");
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
