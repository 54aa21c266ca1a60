/* SPDX-License-Identifier: Apache-2.0
 * How commands reach the TPM: a TCTI of our own, for ESYS and for the few
 * commands that tpm.c asks by itself. It counts the commands, judges the
 * responses, waits with a limit and is patient with a busy TPM. Once the caller
 * has canceled, it sends nothing but FlushContext and Shutdown. */
#ifndef PK_TCTI_FD_H
#define PK_TCTI_FD_H

#include "key/channel.h"

#include <tss2/tss2_tpm2_types.h>

/* How long one command may take: a TPM's self-test can need a minute. */
#define PK_TCTI_TIMEOUT_MS 90000

/* How long a TPM may go on saying "try again". */
#define PK_TCTI_PATIENCE_MS 5000

/* How long one that has no room: no longer, because who waits may himself have
 * what another one waits for. He gives it back, and begins anew. */
#define PK_TCTI_ROOM_MS 100

typedef struct pk_tcti pk_tcti;

/* Talks over a stream socket or a character device that stays the caller's and
 * outlives the TCTI, as canceled does, which may be NULL. NULL without memory. */
pk_tcti *pk_tcti_over_fd(int fd, int timeout_ms, const atomic_bool *canceled);

/* Talks over another TCTI, which stays the caller's and outlives this one. */
pk_tcti *pk_tcti_over(TSS2_TCTI_CONTEXT *inner, const atomic_bool *canceled);

void pk_tcti_free(pk_tcti *tcti);

/* The same thing as ESYS wants to see it. Borrowed. */
TSS2_TCTI_CONTEXT *pk_tcti_context(pk_tcti *tcti);

/* Sends one whole command and receives its response, borrowed until the next
 * one. The result is the transport's, or else the response code of the TPM. */
TSS2_RC pk_tcti_ask(pk_tcti *tcti, const uint8_t *command, size_t command_len,
                    const uint8_t **out_response, size_t *out_response_len);

/* When the very next command is the one just answered, byte for byte, it is
 * answered with the same response and does not reach the TPM: ESYS then sees
 * exactly what we have judged, and a round trip is saved. */
void pk_tcti_answer_again(pk_tcti *tcti);

/* Between two such attempts: a pause of random length. False when end_ms of
 * pk_clock_monotonic_ms has come, and when there is no use in another one. */
bool pk_tcti_wait_for_room(pk_tcti *tcti, int64_t end_ms);

/* Commands that reached the TPM, those it asked to repeat included. */
unsigned pk_tcti_num_commands(const pk_tcti *tcti);

/* True after the transport failed: nothing more will come of it. */
bool pk_tcti_is_dead(const pk_tcti *tcti);

bool pk_tcti_is_canceled(const pk_tcti *tcti);

#endif
