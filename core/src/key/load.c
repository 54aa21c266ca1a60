/* SPDX-License-Identifier: Apache-2.0
 * A key loaded again from its key file. Two failures that look alike to the TPM
 * (0x1df, "integrity check failed") are told apart: without the storage root key
 * that the record names, it is another TPM or was cleared; with it, the key file
 * is damaged. */
#include "base/error.h"
#include "key/check.h"
#include "key/keyfile.h"
#include "key/srk.h"
#include "key/template.h"
#include "key/tpm_error.h"

typedef struct areas {
    TPM2B_PUBLIC public_area;
    TPM2B_PRIVATE private_area;
} areas;

static passkey_status fail_damaged(TSS2_RC rc, passkey_error **out_error)
{
    pk_fail(out_error, PASSKEY_KEY_FILE_DAMAGED,
            "The key file is damaged: the TPM is the one that the key was made in, and refuses "
            "it.");
    pk_tpm_set_cause(out_error, rc);
    return PASSKEY_KEY_FILE_DAMAGED;
}

/* Format 1 with a parameter's number: it is what we sent that the TPM does not
 * like. */
static bool is_about_the_key(TSS2_RC rc)
{
    return pk_tpm_rc_is_of_tpm(rc) && (rc & TPM2_RC_FMT1) && (rc & TPM2_RC_P);
}

static passkey_status load(pk_tpm *tpm, const pk_srk *parent, const areas *key,
                           passkey_error **out_error)
{
    ESYS_TR session = ESYS_TR_NONE;
    TSS2_RC rc = pk_tpm_start_session(tpm, parent->object, &session);

    if (rc)
        return pk_tpm_explain(tpm, rc, "starting a session with the TPM", out_error);
    rc = pk_tpm_load(tpm, parent->object, session, &key->public_area, &key->private_area,
                     &tpm->key);
    if (!rc)
        return pk_check_made(tpm, tpm->key, &key->public_area, &PK_KEY_TEMPLATE, tpm->key_name,
                             out_error);
    pk_tpm_flush(tpm, &session);
    return is_about_the_key(rc) ? fail_damaged(rc, out_error)
                                : pk_tpm_explain(tpm, rc, "loading the key", out_error);
}

static passkey_status read_file(const char *pem, size_t pem_len, areas *out,
                                passkey_error **out_error)
{
    passkey_status status =
        pk_keyfile_decode(pem, pem_len, &out->public_area, &out->private_area, out_error);

    if (status || pk_template_matches(&out->public_area, &PK_KEY_TEMPLATE))
        return status;
    return pk_fail(out_error, PASSKEY_KEY_FILE_DAMAGED, "The key file holds a key of another kind.");
}

passkey_status pk_key_load(pk_tpm *tpm, const char *pem, size_t pem_len,
                           const uint8_t srk_name[PK_TPM_NAME_SIZE], passkey_error **out_error)
{
    pk_srk parent = PK_SRK_NONE;
    areas key = {.public_area = {.size = 0}};
    passkey_status status = read_file(pem, pem_len, &key, out_error);

    if (status)
        return status;
    pk_tpm_flush(tpm, &tpm->key);
    status = pk_srk_find(tpm, srk_name, &parent, out_error);
    if (!status)
        status = load(tpm, &parent, &key, out_error);
    pk_srk_drop(tpm, &parent);
    return status;
}
