/* SPDX-License-Identifier: Apache-2.0 */
#include "key/check.h"

#include "base/error.h"
#include "key/template.h"

#include <string.h>

passkey_status pk_fail_tampered(passkey_error **out_error, const char *what)
{
    return pk_fail(out_error, PASSKEY_TPM_TAMPERED, "The TPM's answer is not right: %s.", what);
}

bool pk_is_name(const TPM2B_NAME *said, const uint8_t name[PK_TPM_NAME_SIZE])
{
    return said->size == PK_TPM_NAME_SIZE && memcmp(said->name, name, PK_TPM_NAME_SIZE) == 0;
}

passkey_status pk_check_made(pk_tpm *tpm, ESYS_TR object, const TPM2B_PUBLIC *public_area,
                             const TPM2B_PUBLIC *template, uint8_t out_name[PK_TPM_NAME_SIZE],
                             passkey_error **out_error)
{
    TPM2B_NAME name = {.size = 0};
    TSS2_RC rc = pk_tpm_name(tpm, object, &name);

    if (rc)
        return pk_tpm_explain(tpm, rc, "reading the key's Name", out_error);
    if (!pk_template_matches(public_area, template))
        return pk_fail_tampered(out_error, "the key is not what was asked for");
    if (!pk_template_name(public_area, out_name))
        return pk_fail_memory(out_error);
    if (!pk_is_name(&name, out_name))
        return pk_fail_tampered(out_error, "the key's Name is not that of its public area");
    return PASSKEY_OK;
}
