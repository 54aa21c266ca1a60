/* SPDX-License-Identifier: Apache-2.0 */
#include "key/srk.h"

#include "base/error.h"
#include "key/check.h"
#include "key/plain.h"
#include "key/template.h"
#include "key/tpm_error.h"

#include <string.h>

const TPM2_HANDLE PK_SRK_HANDLES[PK_SRK_NUM_HANDLES] = {0x81000001u, 0x81000002u};

#define LOOKING "looking for the storage root key"

/* ------------------------------------------------------------- one that is kept */

/* Its Name is computed here: whoever could change the public area on its way
 * could otherwise have us encrypt to a key of his own. */
TSS2_RC pk_srk_look(pk_tpm *tpm, TPM2_HANDLE handle, TPM2B_PUBLIC *out_public,
                    uint8_t out_name[PK_TPM_NAME_SIZE], bool *out_is_there, bool *out_is_usable)
{
    TPM2B_NAME said = {.size = 0};
    TSS2_RC rc;

    out_public->size = 0; /* or it would not be read */
    rc = pk_plain_read_public(tpm->route.tcti, handle, out_public, &said);
    *out_is_there = !rc;
    *out_is_usable = false;
    if (rc == TPM2_RC_HANDLE + TPM2_RC_H + TPM2_RC_1)
        return TSS2_RC_SUCCESS;
    if (rc || !pk_template_is_storage_key(out_public))
        return rc;
    if (!pk_template_name(out_public, out_name))
        return TSS2_ESYS_RC_MEMORY;
    *out_is_usable = pk_is_name(&said, out_name);
    return TSS2_RC_SUCCESS;
}

static bool is_wanted(const uint8_t *wanted, const uint8_t name[PK_TPM_NAME_SIZE])
{
    return !wanted || memcmp(wanted, name, PK_TPM_NAME_SIZE) == 0;
}

static TSS2_RC use(pk_tpm *tpm, TPM2_HANDLE handle, pk_srk *srk)
{
    TPM2B_NAME name = {.size = PK_TPM_NAME_SIZE};

    memcpy(name.name, srk->name, PK_TPM_NAME_SIZE);
    srk->handle = handle;
    return pk_tpm_use_persistent(tpm, handle, &name, &srk->object);
}

/* The first that is usable, or the one with the wanted Name. *out->handle stays
 * 0 when there is none. */
static TSS2_RC find_persistent(pk_tpm *tpm, const uint8_t *wanted, pk_srk *out)
{
    TPM2B_PUBLIC public_area = {.size = 0};
    bool is_there, is_usable;
    size_t i;

    for (i = 0; i < PK_SRK_NUM_HANDLES; i++) {
        TSS2_RC rc = pk_srk_look(tpm, PK_SRK_HANDLES[i], &public_area, out->name, &is_there,
                                 &is_usable);

        if (rc)
            return rc;
        if (is_usable && is_wanted(wanted, out->name))
            return use(tpm, PK_SRK_HANDLES[i], out);
    }
    return TSS2_RC_SUCCESS;
}

/* --------------------------------------------------- one that is made for now */

static passkey_status fail_primary(const pk_tpm *tpm, TSS2_RC rc, passkey_error **out_error)
{
    passkey_status status = pk_tpm_explain(tpm, rc, "making the storage root key", out_error);

    if (status == PASSKEY_TPM_OWNER_AUTH_REQUIRED)
        pk_error_set_hint(out_error, "Who knows the owner password runs once: passkey tpm "
                                     "provision. Then it is not needed any more.");
    return status;
}

static passkey_status make_primary(pk_tpm *tpm, pk_srk *out, passkey_error **out_error)
{
    TPM2B_PUBLIC public_area = {.size = 0};
    TSS2_RC rc = pk_tpm_create_primary(tpm, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, &PK_SRK_TEMPLATE,
                                       &out->object, &public_area);

    return rc ? fail_primary(tpm, rc, out_error)
              : pk_check_made(tpm, out->object, &public_area, &PK_SRK_TEMPLATE, out->name,
                              out_error);
}

/* Only our own software TPM is told to keep it: the memory of any other is its
 * owner's to fill. Where there is no place, it does as it is. */
static passkey_status keep(pk_tpm *tpm, pk_srk *srk, passkey_error **out_error)
{
    TSS2_RC rc = pk_tpm_persist(tpm, ESYS_TR_PASSWORD, PK_SRK_HANDLES[0], &srk->object);

    if (!rc)
        srk->handle = PK_SRK_HANDLES[0];
    if (!rc || rc == TPM2_RC_NV_DEFINED || rc == TPM2_RC_NV_SPACE)
        return PASSKEY_OK;
    return pk_tpm_explain(tpm, rc, "keeping the storage root key", out_error);
}

/* ------------------------------------------------------------------ which one */

passkey_status pk_srk_get(pk_tpm *tpm, pk_srk *out, passkey_error **out_error)
{
    TSS2_RC rc = find_persistent(tpm, NULL, out);
    passkey_status status;

    if (rc)
        return pk_tpm_explain(tpm, rc, LOOKING, out_error);
    if (out->handle)
        return PASSKEY_OK;
    status = make_primary(tpm, out, out_error);
    return status || !tpm->route.swtpm ? status : keep(tpm, out, out_error);
}

static passkey_status fail_other_tpm(passkey_error **out_error)
{
    pk_fail(out_error, PASSKEY_KEY_UNUSABLE,
            "The TPM was cleared or replaced: it has not the storage root key that the passkey's "
            "key was made under.");
    pk_error_set_hint(out_error, "If the passkey was made in another TPM (option tpm), use that "
                                 "one; else create a new passkey.");
    return PASSKEY_KEY_UNUSABLE;
}

passkey_status pk_srk_find(pk_tpm *tpm, const uint8_t name[PK_TPM_NAME_SIZE], pk_srk *out,
                           passkey_error **out_error)
{
    TSS2_RC rc = find_persistent(tpm, name, out);
    passkey_status status;

    if (rc)
        return pk_tpm_explain(tpm, rc, LOOKING, out_error);
    if (out->handle)
        return PASSKEY_OK;
    status = make_primary(tpm, out, out_error);
    if (status || is_wanted(name, out->name))
        return status;
    pk_srk_drop(tpm, out);
    return fail_other_tpm(out_error);
}

void pk_srk_drop(pk_tpm *tpm, pk_srk *srk)
{
    if (pk_tpm_is_held(tpm, srk->object))
        pk_tpm_flush(tpm, &srk->object);
}
