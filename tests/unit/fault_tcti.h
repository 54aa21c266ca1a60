/* SPDX-License-Identifier: Apache-2.0
 * A TCTI between us and a TPM that does one bad thing to the answer of one
 * command, and counts. */
#ifndef FAULT_TCTI_H
#define FAULT_TCTI_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <tss2/tss2_tcti.h>
#include <tss2/tss2_tpm2_types.h>

typedef enum fault_kind {
    FAULT_NONE,
    FAULT_IO,      /* the transport fails */
    FAULT_GARBAGE, /* the right length, nothing right in it */
    FAULT_SHORT,   /* the last value bytes are missing */
    FAULT_FLIP,    /* one bit of byte value is changed */
    FAULT_RC,      /* the TPM never sees it; the answer is the code value */
    FAULT_CANCEL   /* nothing happens to the answer, but *canceled becomes true */
} fault_kind;

typedef struct fault_tcti {
    TSS2_TCTI_CONTEXT_COMMON_V1 common;
    TSS2_TCTI_CONTEXT *inner;
    fault_kind kind;
    TPM2_CC on; /* the command it happens to */
    uint32_t value;
    unsigned times; /* how often; then all is well */
    atomic_bool *canceled;
    bool hides_kept; /* as if nothing were at any persistent handle */
    bool is_hidden;  /* that is so of the command under way */
    /* seen */
    TPM2_CC now, last; /* last: but for a FlushContext */
    unsigned num_commands, num_flushes, num_tests;
    size_t last_size;
} fault_tcti;

static inline uint32_t fault_get32(const uint8_t *x)
{
    return (uint32_t)x[0] << 24 | (uint32_t)x[1] << 16 | (uint32_t)x[2] << 8 | x[3];
}

static inline bool fault_is_due(const fault_tcti *fault)
{
    return fault->kind != FAULT_NONE && fault->on == fault->now && fault->times > 0;
}

/* A response of a header alone. */
static inline void fault_refuse(uint32_t rc, size_t *size, uint8_t *response)
{
    static const uint8_t REFUSED[10] = {0x80, 0x01, 0, 0, 0, 10};

    memcpy(response, REFUSED, sizeof REFUSED);
    response[6] = (uint8_t)(rc >> 24);
    response[7] = (uint8_t)(rc >> 16);
    response[8] = (uint8_t)(rc >> 8);
    response[9] = (uint8_t)rc;
    *size = sizeof REFUSED;
}

static TSS2_RC fault_transmit(TSS2_TCTI_CONTEXT *context, size_t size, const uint8_t *command)
{
    fault_tcti *fault = (fault_tcti *)(void *)context;

    fault->now = fault_get32(command + 6);
    if (fault->now != TPM2_CC_FlushContext)
        fault->last = fault->now;
    fault->num_commands++;
    fault->num_flushes += fault->now == TPM2_CC_FlushContext;
    fault->num_tests += fault->now == TPM2_CC_SelfTest;
    fault->is_hidden = fault->hides_kept && fault->now == TPM2_CC_ReadPublic;
    if (fault->is_hidden)
        return TSS2_RC_SUCCESS;
    if (fault_is_due(fault) && fault->kind == FAULT_RC)
        return TSS2_RC_SUCCESS;
    return Tss2_Tcti_Transmit(fault->inner, size, command);
}

static TSS2_RC fault_receive(TSS2_TCTI_CONTEXT *context, size_t *size, uint8_t *response,
                             int32_t timeout)
{
    fault_tcti *fault = (fault_tcti *)(void *)context;
    bool due = fault_is_due(fault);
    TSS2_RC rc = TSS2_RC_SUCCESS;

    if (fault->is_hidden) {
        fault_refuse(0x18b, size, response);
        return rc;
    }
    if (due)
        fault->times--;
    if (!due || fault->kind != FAULT_RC)
        rc = Tss2_Tcti_Receive(fault->inner, size, response, timeout);
    if (rc || !due) {
        fault->last_size = *size;
        return rc;
    }
    if (fault->kind == FAULT_IO)
        return TSS2_TCTI_RC_IO_ERROR;
    if (fault->kind == FAULT_GARBAGE)
        memset(response, 0x5a, *size);
    if (fault->kind == FAULT_SHORT)
        *size -= *size > fault->value ? fault->value : *size;
    if (fault->kind == FAULT_FLIP && fault->value < *size)
        response[fault->value] ^= 1;
    if (fault->kind == FAULT_CANCEL)
        atomic_store(fault->canceled, true);
    if (fault->kind == FAULT_RC)
        fault_refuse(fault->value, size, response);
    return TSS2_RC_SUCCESS;
}

static void fault_finalize(TSS2_TCTI_CONTEXT *context)
{
    (void)context;
}

static inline void fault_init(fault_tcti *fault, TSS2_TCTI_CONTEXT *inner)
{
    memset(fault, 0, sizeof *fault);
    fault->common.magic = 0x6661756c74;
    fault->common.version = 1;
    fault->common.transmit = fault_transmit;
    fault->common.receive = fault_receive;
    fault->common.finalize = fault_finalize;
    fault->inner = inner;
}

#endif
