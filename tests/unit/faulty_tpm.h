/* SPDX-License-Identifier: Apache-2.0
 * A faulty TPM: the private software TPM behind a fault_tcti. */
#ifndef FAULTY_TPM_H
#define FAULTY_TPM_H

#include "fault_tcti.h"
#include "key_support.h"

#include "key/swtpm.h"
#include "key/tcti_fd.h"

typedef struct faulty {
    pk_swtpm *swtpm;
    pk_tcti *tcti;
    fault_tcti fault;
} faulty;

static inline void faulty_start(faulty *tpm, const char *home)
{
    passkey_error *error = NULL;

    expect_works("swtpm", home); /* the storage key is made by the first use */
    if (pk_swtpm_start(home, NULL, &tpm->swtpm, &error))
        fail_msg("%s", passkey_error_text(error));
    tpm->tcti = pk_tcti_over_fd(pk_swtpm_fd(tpm->swtpm), 5000, NULL);
    fault_init(&tpm->fault, pk_tcti_context(tpm->tcti));
}

static inline void faulty_stop(faulty *tpm)
{
    pk_tcti_free(tpm->tcti);
    pk_swtpm_stop(tpm->swtpm);
}

static inline void plan(faulty *tpm, fault_kind kind, TPM2_CC on, uint32_t value, unsigned times)
{
    tpm->fault.kind = kind;
    tpm->fault.on = on;
    tpm->fault.value = value;
    tpm->fault.times = times;
}

static inline passkey_status operate_faulty(faulty *tpm, passkey_error **out_error)
{
    uint8_t signature[PK_ES256_SIZE];
    pk_tpm *opened = NULL;
    pk_key key = {.pem = NULL};
    passkey_status status = pk_tpm_open_tcti((TSS2_TCTI_CONTEXT *)(void *)&tpm->fault,
                                             tpm->fault.canceled, &opened, out_error);

    if (!status)
        status = pk_key_create(opened, &key, out_error);
    if (!status)
        status = pk_key_sign(opened, &key, MESSAGE, strlen(MESSAGE), signature, out_error);
    pk_key_free(&key);
    pk_tpm_close(opened);
    return status;
}

#endif
