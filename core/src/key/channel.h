/* SPDX-License-Identifier: Apache-2.0
 * The way of one command to the TPM and of its response back: over a
 * descriptor or another TCTI, within a limit of time, and ended early by the
 * caller's wish. */
#ifndef PK_CHANNEL_H
#define PK_CHANNEL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tss2/tss2_tcti.h>

#define PK_TPM_HEADER_SIZE 10
#define PK_TPM_MAX_SIZE 4096 /* TPM2_MAX_COMMAND_SIZE, TPM2_MAX_RESPONSE_SIZE */

/* TPM2_RC_CANCELED in the layer of the TCTI: the caller, and not the TPM, has
 * put an end to it. */
#define PK_TCTI_RC_CANCELED (TSS2_TCTI_RC_LAYER | 0x909u)

/* How long a command under way may still take after that: nearly all end in
 * this time, and then what they made in the TPM can be flushed. */
#define PK_CHANNEL_GRACE_MS 1000

typedef struct pk_channel {
    TSS2_TCTI_CONTEXT *inner; /* either this */
    int fd;                   /* or this: a stream socket or a character device */
    bool is_socket;
    int timeout_ms;              /* for one command and its response */
    const atomic_bool *canceled; /* may be NULL */
    int64_t deadline_ms;         /* of the command under way */
    bool hurried;                /* its deadline is already that of a cancel */
} pk_channel;

bool pk_channel_is_canceled(const pk_channel *channel);

/* Any result but success leaves the channel in the middle of something: it is
 * of no more use. IO_ERROR also when the time is over. */
TSS2_RC pk_channel_send(pk_channel *channel, const uint8_t *command, size_t command_len);
TSS2_RC pk_channel_receive(pk_channel *channel, uint8_t out_response[PK_TPM_MAX_SIZE],
                           size_t *out_response_len);

uint16_t pk_tpm_get16(const uint8_t *x);
uint32_t pk_tpm_get32(const uint8_t *x);

#endif
