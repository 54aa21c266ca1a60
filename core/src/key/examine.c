/* SPDX-License-Identifier: Apache-2.0 */
#include "key/examine.h"

#include "key/plain.h"
#include "key/protection.h"
#include "key/template.h"
#include "key/tpm.h"
#include "key/tpm_error.h"

#include <string.h>

#define NOT_TOLD PK_PROPERTY_NOT_TOLD

static TSS2_RC ask_property(pk_tpm *tpm, TPM2_PT property, uint32_t *out)
{
    return pk_plain_property(tpm->route.tcti, property, out);
}

/* ----------------------------------------------------------------- who it is */

static TSS2_RC examine_maker(pk_tpm *tpm, pk_tpm_facts *facts)
{
    TPMS_CAPABILITY_DATA data = {.capability = 0};
    TSS2_RC rc = pk_plain_identity(tpm->route.tcti, &data);
    uint32_t version[2] = {0, 0};
    size_t i;

    pk_tpm_maker(&data, facts->manufacturer, facts->vendor);
    facts->protection = tpm->protection;
    facts->is_private_swtpm = tpm->route.swtpm;
    for (i = 0; i < 2 && !rc; i++)
        rc = ask_property(tpm, TPM2_PT_FIRMWARE_VERSION_1 + (TPM2_PT)i, &version[i]);
    for (i = 0; i < 4; i++)
        facts->firmware[i] = (uint16_t)(version[i / 2] >> (i % 2 ? 0 : 16));
    return rc;
}

/* --------------------------------------------------------------- what it can */

/* A TPM that does not know the question is not blamed for the answer. */
static TSS2_RC can_use(pk_tpm *tpm, const TPM2B_PUBLIC *template, bool *out)
{
    TSS2_RC rc = pk_plain_test_parms(tpm->route.tcti, &template->publicArea);

    *out = !rc || rc == TPM2_RC_COMMAND_CODE;
    return pk_tpm_rc_is_of_tpm(rc) ? TSS2_RC_SUCCESS : rc;
}

static TSS2_RC examine_algorithms(pk_tpm *tpm, pk_tpm_facts *facts)
{
    TSS2_RC rc = can_use(tpm, &PK_KEY_TEMPLATE, &facts->can_sign);

    return rc ? rc : can_use(tpm, &PK_SRK_TEMPLATE, &facts->can_store);
}

/* -------------------------------------------------------------- how it stands */

static bool is_told(uint32_t value, uint32_t flag)
{
    return value != NOT_TOLD && (value & flag) != 0;
}

static TSS2_RC examine_flags(pk_tpm *tpm, pk_tpm_facts *facts)
{
    uint32_t permanent = NOT_TOLD, since_start = NOT_TOLD;
    TSS2_RC rc = ask_property(tpm, TPM2_PT_PERMANENT, &permanent);

    if (!rc)
        rc = ask_property(tpm, TPM2_PT_STARTUP_CLEAR, &since_start);
    facts->has_owner_password = is_told(permanent, TPMA_PERMANENT_OWNERAUTHSET);
    facts->has_lockout_password = is_told(permanent, TPMA_PERMANENT_LOCKOUTAUTHSET);
    facts->is_in_lockout = is_told(permanent, TPMA_PERMANENT_INLOCKOUT);
    facts->is_storage_enabled = since_start == NOT_TOLD ||
                                is_told(since_start, TPMA_STARTUP_CLEAR_SHENABLE);
    return rc;
}

static TSS2_RC examine_counts(pk_tpm *tpm, pk_tpm_facts *facts)
{
    const struct {
        TPM2_PT property;
        uint32_t *out;
    } counts[] = {
        {TPM2_PT_LOCKOUT_COUNTER, &facts->num_failures},
        {TPM2_PT_MAX_AUTH_FAIL, &facts->max_failures},
        {TPM2_PT_LOCKOUT_INTERVAL, &facts->lockout_interval_s},
        {TPM2_PT_HR_TRANSIENT_AVAIL, &facts->num_free_objects},
        {TPM2_PT_HR_LOADED_AVAIL, &facts->num_free_loaded_sessions},
        {TPM2_PT_HR_ACTIVE_AVAIL, &facts->num_free_sessions},
    };
    TSS2_RC rc = TSS2_RC_SUCCESS;
    size_t i;

    for (i = 0; i < sizeof counts / sizeof *counts && !rc; i++)
        rc = ask_property(tpm, counts[i].property, counts[i].out);
    return rc;
}

/* -------------------------------------------------------- the storage root key */

static void add_name(pk_tpm_facts *facts, const uint8_t name[PK_TPM_NAME_SIZE])
{
    size_t i;

    for (i = 0; i < facts->num_srk_names; i++)
        if (memcmp(facts->srk_names[i], name, PK_TPM_NAME_SIZE) == 0)
            return;
    memcpy(facts->srk_names[facts->num_srk_names++], name, PK_TPM_NAME_SIZE);
}

/* The first that is usable is the one for new keys; else the first that is
 * there is told of. */
static void note_srk(pk_tpm_facts *facts, TPM2_HANDLE handle, const TPM2B_PUBLIC *public_area,
                     bool is_usable)
{
    if (facts->srk == PK_SRK_USUAL || (facts->srk == PK_SRK_OTHER && !is_usable))
        return;
    facts->srk = is_usable ? PK_SRK_USUAL : PK_SRK_OTHER;
    facts->srk_handle = handle;
    pk_template_describe(public_area, facts->srk_type, sizeof facts->srk_type);
}

static TSS2_RC examine_persistent_srk(pk_tpm *tpm, pk_tpm_facts *facts)
{
    TPM2B_PUBLIC public_area = {.size = 0};
    uint8_t name[PK_TPM_NAME_SIZE];
    bool is_there, is_usable;
    size_t i;

    if (!facts->num_free_objects)
        return TSS2_RC_SUCCESS;
    facts->srk = PK_SRK_ABSENT;
    for (i = 0; i < PK_SRK_NUM_HANDLES; i++) {
        TSS2_RC rc = pk_srk_look(tpm, PK_SRK_HANDLES[i], &public_area, name, &is_there, &is_usable);

        if (rc && !pk_tpm_rc_is_of_tpm(rc))
            return rc;
        if (is_usable)
            add_name(facts, name);
        if (is_there)
            note_srk(facts, PK_SRK_HANDLES[i], &public_area, is_usable);
    }
    return TSS2_RC_SUCCESS;
}

/* Makes for a moment the key that a use would make. One that the TPM refuses to
 * make is not asked for: ESYS would write about it to stderr. */
static TSS2_RC examine_primary(pk_tpm *tpm, pk_tpm_facts *facts)
{
    TPM2B_PUBLIC public_area = {.size = 0};
    uint8_t name[PK_TPM_NAME_SIZE];
    ESYS_TR object = ESYS_TR_NONE;
    TSS2_RC rc;

    if (facts->has_owner_password || !facts->is_storage_enabled || !facts->can_store ||
        !facts->num_free_objects)
        return TSS2_RC_SUCCESS;
    rc = pk_tpm_create_primary(tpm, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, &PK_SRK_TEMPLATE, &object,
                               &public_area);
    if (rc)
        return rc;
    pk_tpm_flush(tpm, &object);
    if (pk_template_matches(&public_area, &PK_SRK_TEMPLATE) &&
        pk_template_name(&public_area, name))
        add_name(facts, name);
    facts->has_all_srk_names = true;
    return TSS2_RC_SUCCESS;
}

static TSS2_RC (*const QUESTIONS[])(pk_tpm *tpm, pk_tpm_facts *facts) = {
    examine_maker,  examine_algorithms,     examine_flags,
    examine_counts, examine_persistent_srk, examine_primary,
};

passkey_status pk_tpm_examine(pk_tpm *tpm, pk_tpm_facts *out_facts, passkey_error **out_error)
{
    pk_tpm_facts facts = {.srk = PK_SRK_UNKNOWN};
    TSS2_RC rc = TSS2_RC_SUCCESS;
    size_t i;

    for (i = 0; i < sizeof QUESTIONS / sizeof *QUESTIONS && !rc; i++)
        rc = QUESTIONS[i](tpm, &facts);
    if (rc)
        return pk_tpm_explain(tpm, rc, "examining the TPM", out_error);
    *out_facts = facts;
    return PASSKEY_OK;
}
