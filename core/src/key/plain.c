/* SPDX-License-Identifier: Apache-2.0 */
#include "key/plain.h"

#include <tss2/tss2_mu.h>

typedef struct command {
    uint8_t x[32];
    size_t len;
} command;

static void add16(command *to, uint16_t value)
{
    to->x[to->len++] = (uint8_t)(value >> 8);
    to->x[to->len++] = (uint8_t)value;
}

static void add32(command *to, uint32_t value)
{
    add16(to, (uint16_t)(value >> 16));
    add16(to, (uint16_t)value);
}

static command command_of(TPM2_CC code)
{
    command made = {.len = 0};

    add16(&made, TPM2_ST_NO_SESSIONS);
    add32(&made, 0); /* the size, known when it is sent */
    add32(&made, code);
    return made;
}

typedef struct answer {
    const uint8_t *x;
    size_t len, at;
} answer;

static TSS2_RC ask(pk_tcti *tcti, command *asked, answer *out)
{
    answer got = {.at = PK_TPM_HEADER_SIZE};
    TSS2_RC rc;

    asked->x[5] = (uint8_t)asked->len;
    rc = pk_tcti_ask(tcti, asked->x, asked->len, &got.x, &got.len);
    if (!rc && out)
        *out = got;
    return rc;
}

static TSS2_RC ask_with16(pk_tcti *tcti, TPM2_CC code, uint16_t value)
{
    command asked = command_of(code);

    add16(&asked, value);
    return ask(tcti, &asked, NULL);
}

static TSS2_RC ask_with32(pk_tcti *tcti, TPM2_CC code, uint32_t value, answer *out)
{
    command asked = command_of(code);

    add32(&asked, value);
    return ask(tcti, &asked, out);
}

TSS2_RC pk_plain_capability(pk_tcti *tcti, TPM2_CAP capability, uint32_t first, uint32_t num,
                            TPMS_CAPABILITY_DATA *out_data)
{
    command asked = command_of(TPM2_CC_GetCapability);
    answer got = {.x = NULL};
    TSS2_RC rc;

    add32(&asked, capability);
    add32(&asked, first);
    add32(&asked, num);
    rc = ask(tcti, &asked, &got);
    if (rc)
        return rc;
    got.at++; /* moreData */
    return Tss2_MU_TPMS_CAPABILITY_DATA_Unmarshal(got.x, got.len, &got.at, out_data);
}

/* A TPM answers with the next one that it has. */
TSS2_RC pk_plain_property(pk_tcti *tcti, TPM2_PT property, uint32_t *out_value)
{
    TPMS_CAPABILITY_DATA data = {.capability = 0};
    TSS2_RC rc = pk_plain_capability(tcti, TPM2_CAP_TPM_PROPERTIES, property, 1, &data);
    const TPML_TAGGED_TPM_PROPERTY *list = &data.data.tpmProperties;

    *out_value = PK_PROPERTY_NOT_TOLD;
    if (!rc && data.capability == TPM2_CAP_TPM_PROPERTIES && list->count == 1 &&
        list->tpmProperty[0].property == property)
        *out_value = list->tpmProperty[0].value;
    return rc;
}

TSS2_RC pk_plain_identity(pk_tcti *tcti, TPMS_CAPABILITY_DATA *out_data)
{
    return pk_plain_capability(tcti, TPM2_CAP_TPM_PROPERTIES, TPM2_PT_MANUFACTURER, 5, out_data);
}

TSS2_RC pk_plain_test_parms(pk_tcti *tcti, const TPMT_PUBLIC *public_area)
{
    const TPMT_PUBLIC_PARMS parms = {public_area->type, public_area->parameters};
    command asked = command_of(TPM2_CC_TestParms);
    TSS2_RC rc = Tss2_MU_TPMT_PUBLIC_PARMS_Marshal(&parms, asked.x, sizeof asked.x, &asked.len);

    return rc ? rc : ask(tcti, &asked, NULL);
}

TSS2_RC pk_plain_read_public(pk_tcti *tcti, TPM2_HANDLE handle, TPM2B_PUBLIC *out_public,
                             TPM2B_NAME *out_name)
{
    answer got = {.x = NULL};
    TSS2_RC rc = ask_with32(tcti, TPM2_CC_ReadPublic, handle, &got);

    if (!rc)
        rc = Tss2_MU_TPM2B_PUBLIC_Unmarshal(got.x, got.len, &got.at, out_public);
    if (!rc)
        rc = Tss2_MU_TPM2B_NAME_Unmarshal(got.x, got.len, &got.at, out_name);
    return rc;
}

TSS2_RC pk_plain_flush(pk_tcti *tcti, TPM2_HANDLE handle)
{
    return ask_with32(tcti, TPM2_CC_FlushContext, handle, NULL);
}

TSS2_RC pk_plain_startup(pk_tcti *tcti)
{
    return ask_with16(tcti, TPM2_CC_Startup, TPM2_SU_CLEAR);
}

TSS2_RC pk_plain_shutdown(pk_tcti *tcti)
{
    return ask_with16(tcti, TPM2_CC_Shutdown, TPM2_SU_CLEAR);
}
