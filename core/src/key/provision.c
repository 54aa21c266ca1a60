/* SPDX-License-Identifier: Apache-2.0
 *
 * The session is salted to a key of the null hierarchy, which has no password
 * and is another after each start: there is no other yet. Who only listens
 * between us and the TPM learns nothing that he could try passwords on. */
#include "key/provision.h"

#include "base/error.h"
#include "key/check.h"
#include "key/plain.h"
#include "key/template.h"
#include "key/tpm_error.h"

#include <string.h>

#define DOING "making the storage root key"

/* -------------------------------------------------------------- what is there */

/* The first usable storage root key, or the first handle that is free. */
static TSS2_RC look(pk_tpm *tpm, pk_provisioned *out)
{
    TPM2B_PUBLIC public_area = {.size = 0};
    bool is_there, is_usable;
    size_t i;

    for (i = 0; i < PK_SRK_NUM_HANDLES; i++) {
        TSS2_RC rc = pk_srk_look(tpm, PK_SRK_HANDLES[i], &public_area, out->name, &is_there,
                                 &is_usable);

        if (rc)
            return rc;
        if (!is_there && !out->handle)
            out->handle = PK_SRK_HANDLES[i];
        if (!is_usable)
            continue;
        out->was_there = true;
        out->handle = PK_SRK_HANDLES[i];
        pk_template_describe(&public_area, out->type, sizeof out->type);
        return TSS2_RC_SUCCESS;
    }
    return TSS2_RC_SUCCESS;
}

static passkey_status fail_taken(passkey_error **out_error)
{
    pk_fail(out_error, PASSKEY_TPM_ERROR,
            "The handles 0x81000001 and 0x81000002 are both taken by keys that are no storage "
            "root keys.");
    pk_error_set_hint(out_error, "See what they are (tpm2_readpublic -c 0x81000001) and remove "
                                 "what is not used any more (tpm2_evictcontrol).");
    return PASSKEY_TPM_ERROR;
}

/* ------------------------------------------------------------- who may make it */

static passkey_status fail_password(passkey_error **out_error, bool was_given)
{
    pk_fail(out_error, PASSKEY_TPM_OWNER_AUTH_REQUIRED,
            was_given ? "The TPM's owner password is another one."
                      : "The TPM has an owner password, and none was given.");
    pk_error_set_hint(out_error, was_given ? "Check the password and try again."
                                           : "Give it: it is asked for on a terminal, or read "
                                             "from --owner-auth-file.");
    return PASSKEY_TPM_OWNER_AUTH_REQUIRED;
}

static passkey_status fail(const pk_tpm *tpm, TSS2_RC rc, passkey_error **out_error)
{
    passkey_status status = pk_tpm_explain(tpm, rc, DOING, out_error);

    if (status != PASSKEY_TPM_OWNER_AUTH_REQUIRED)
        return status;
    if (out_error)
        passkey_error_free(*out_error);
    status = fail_password(out_error, true);
    pk_tpm_set_cause(out_error, rc);
    return status;
}

/* Gives the password to ESYS, if the owner has one. */
static passkey_status take_password(pk_tpm *tpm, const char *password, passkey_error **out_error)
{
    size_t len = password ? strlen(password) : 0;
    uint32_t permanent = PK_PROPERTY_NOT_TOLD;
    TSS2_RC rc = pk_plain_property(tpm->route.tcti, TPM2_PT_PERMANENT, &permanent);

    if (rc)
        return fail(tpm, rc, out_error);
    if (permanent != PK_PROPERTY_NOT_TOLD && !(permanent & TPMA_PERMANENT_OWNERAUTHSET))
        return PASSKEY_OK;
    if (!len)
        return fail_password(out_error, false);
    rc = pk_tpm_set_owner_password(tpm, password, len);
    return rc ? fail(tpm, rc, out_error) : PASSKEY_OK;
}

/* ----------------------------------------------------------------- making it */

static TSS2_RC begin_session(pk_tpm *tpm, ESYS_TR *out_session)
{
    TPM2B_PUBLIC public_area = {.size = 0};
    ESYS_TR salt_key = ESYS_TR_NONE;
    TSS2_RC rc = pk_tpm_create_primary(tpm, ESYS_TR_RH_NULL, ESYS_TR_PASSWORD, &PK_SRK_TEMPLATE,
                                       &salt_key, &public_area);

    if (!rc)
        rc = pk_tpm_start_session(tpm, salt_key, out_session);
    pk_tpm_flush(tpm, &salt_key);
    return rc;
}

/* Nothing of it can be encrypted: the handle is no secret. */
static TSS2_RC keep(pk_tpm *tpm, ESYS_TR session, TPM2_HANDLE handle, ESYS_TR *object)
{
    TSS2_RC rc = pk_tpm_stop_encryption(tpm, session);

    return rc ? rc : pk_tpm_persist(tpm, session, handle, object);
}

static passkey_status make_in(pk_tpm *tpm, ESYS_TR session, pk_provisioned *out,
                              passkey_error **out_error)
{
    TPM2B_PUBLIC public_area = {.size = 0};
    ESYS_TR object = ESYS_TR_NONE;
    TSS2_RC rc = pk_tpm_create_primary(tpm, ESYS_TR_RH_OWNER, session, &PK_SRK_TEMPLATE, &object,
                                       &public_area);
    passkey_status status;

    if (rc)
        return fail(tpm, rc, out_error);
    status = pk_check_made(tpm, object, &public_area, &PK_SRK_TEMPLATE, out->name, out_error);
    if (!status && (rc = keep(tpm, session, out->handle, &object)))
        status = fail(tpm, rc, out_error);
    if (pk_tpm_is_held(tpm, object))
        pk_tpm_flush(tpm, &object);
    pk_template_describe(&public_area, out->type, sizeof out->type);
    return status;
}

static passkey_status make(pk_tpm *tpm, pk_provisioned *out, passkey_error **out_error)
{
    ESYS_TR session = ESYS_TR_NONE;
    TSS2_RC rc = begin_session(tpm, &session);
    passkey_status status = rc ? fail(tpm, rc, out_error) : make_in(tpm, session, out, out_error);

    pk_tpm_flush(tpm, &session);
    return status;
}

passkey_status pk_tpm_provision(pk_tpm *tpm, const char *password, pk_provisioned *out,
                                passkey_error **out_error)
{
    pk_provisioned found = {.was_there = false};
    passkey_status status = PASSKEY_OK;
    TSS2_RC rc = look(tpm, &found);

    if (rc)
        return pk_tpm_explain(tpm, rc, "looking for the storage root key", out_error);
    if (!found.handle)
        return fail_taken(out_error);
    if (!found.was_there)
        status = take_password(tpm, password, out_error);
    if (!status && !found.was_there)
        status = make(tpm, &found, out_error);
    if (!status)
        *out = found;
    return status;
}
