/* SPDX-License-Identifier: Apache-2.0
 *
 * TCG "TSS 2.0 TPM Command Transmission Interface (TCTI) API", version 1 of the
 * context. Not the device and swtpm TCTIs of tpm2-tss, because those inherit to
 * child processes, can raise SIGPIPE, wait for ever, and send commands nobody
 * asked for when they are opened. */
#include "key/tcti_fd.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "key/refusal.h"
#include "key/tpm_error.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define MAGIC 0x706b746374693031ULL
#define MAX_PAUSE_MS 64

struct pk_tcti {
    TSS2_TCTI_CONTEXT_COMMON_V1 common; /* first: all that ESYS knows of us */
    pk_channel channel;
    uint8_t command[PK_TPM_MAX_SIZE];
    size_t command_len;
    uint8_t response[PK_TPM_MAX_SIZE];
    size_t response_len; /* 0 while there is none */
    bool waiting;        /* a command was transmitted and not yet received */
    bool answer_again;
    bool dead;
    bool tested; /* by a self-test that it asked for */
    unsigned num_commands;
    int64_t patience_begin_ms; /* 0 while the TPM is not asking for patience */
    unsigned pause_ms;
};

/* -------------------------------------------------------- the conversation */

/* What gives back to the TPM is sent even when the caller has canceled. */
static bool is_tidying(const uint8_t *command)
{
    TPM2_CC code = pk_tpm_get32(command + 6);

    return code == TPM2_CC_FlushContext || code == TPM2_CC_Shutdown;
}

static bool is_unwanted(const pk_tcti *tcti, const uint8_t *command)
{
    return pk_tcti_is_canceled(tcti) && !is_tidying(command);
}

static TSS2_RC send_command(pk_tcti *tcti)
{
    tcti->num_commands++;
    tcti->response_len = 0;
    return pk_channel_send(&tcti->channel, tcti->command, tcti->command_len);
}

static TSS2_RC receive_response(pk_tcti *tcti)
{
    return pk_channel_receive(&tcti->channel, tcti->response, &tcti->response_len);
}

static bool well_formed(const pk_tcti *tcti)
{
    const uint8_t *x = tcti->response;
    uint16_t tag;

    if (tcti->response_len < PK_TPM_HEADER_SIZE || pk_tpm_get32(x + 2) != tcti->response_len)
        return false;
    if (!pk_tpm_rc_is_of_tpm(pk_tpm_get32(x + 6))) /* a TPM cannot say what we alone can */
        return false;
    tag = pk_tpm_get16(x);
    return tag == TPM2_ST_NO_SESSIONS || tag == TPM2_ST_SESSIONS || tag == TPM2_ST_RSP_COMMAND;
}

static TSS2_RC response_code(const pk_tcti *tcti)
{
    return pk_tpm_get32(tcti->response + 6);
}

static void pause_for(unsigned most_ms)
{
    struct timespec pause = {0, 0};
    uint32_t random = 0;

    pk_random(&random, sizeof random);
    pause.tv_nsec = (long)(random % (most_ms * 1000u) + 1) * 1000;
    nanosleep(&pause, NULL);
}

/* Sleeps a random part of a pause that doubles. False when patience is over;
 * it comes back only with the next command that succeeds, because ESYS sends
 * a refused command five more times by itself, without any pause. */
static bool be_patient(pk_tcti *tcti, int patience_ms)
{
    int64_t now_ms = pk_clock_monotonic_ms();

    if (!tcti->patience_begin_ms) {
        tcti->patience_begin_ms = now_ms;
        tcti->pause_ms = 1;
    }
    if (now_ms >= tcti->patience_begin_ms + patience_ms || is_unwanted(tcti, tcti->command))
        return false;
    pause_for(tcti->pause_ms);
    if (tcti->pause_ms < MAX_PAUSE_MS)
        tcti->pause_ms *= 2;
    return true;
}

/* Once, for a TPM that has not yet tested what the command needs. What it says
 * of the test shows when the command is repeated. */
static TSS2_RC self_test(pk_tcti *tcti)
{
    static const uint8_t FULL_TEST[] = {0x80, 0x01, 0, 0, 0, 11, 0, 0, 0x01, 0x43, 1};
    TSS2_RC rc;

    tcti->tested = true;
    tcti->num_commands++;
    rc = pk_channel_send(&tcti->channel, FULL_TEST, sizeof FULL_TEST);
    return rc ? rc : receive_response(tcti);
}

/* Whether the command is to be sent again, after a pause or a self-test; *rc is
 * then that of the transport. */
static bool is_to_repeat(pk_tcti *tcti, TSS2_RC *rc)
{
    if (*rc || !well_formed(tcti))
        return false;
    switch (pk_refusal_of(response_code(tcti))) {
    case PK_REFUSAL_BUSY:
        return be_patient(tcti, PK_TCTI_PATIENCE_MS);
    case PK_REFUSAL_NO_ROOM:
        return be_patient(tcti, PK_TCTI_ROOM_MS);
    case PK_REFUSAL_UNTESTED:
        if (tcti->tested || is_unwanted(tcti, tcti->command))
            return false;
        *rc = self_test(tcti);
        return true;
    default:
        return false;
    }
}

static TSS2_RC converse(pk_tcti *tcti)
{
    TSS2_RC rc = receive_response(tcti);

    while (is_to_repeat(tcti, &rc)) {
        if (!rc)
            rc = send_command(tcti);
        if (!rc)
            rc = receive_response(tcti);
    }
    if (rc)
        return rc;
    if (!well_formed(tcti))
        return TSS2_TCTI_RC_MALFORMED_RESPONSE;
    if (response_code(tcti) == TPM2_RC_SUCCESS)
        tcti->patience_begin_ms = 0;
    return TSS2_RC_SUCCESS;
}

/* ---------------------------------------------------------------- the TCTI */

static pk_tcti *from_context(TSS2_TCTI_CONTEXT *context)
{
    return context && TSS2_TCTI_MAGIC(context) == MAGIC ? (pk_tcti *)(void *)context : NULL;
}

static TSS2_RC transmit(TSS2_TCTI_CONTEXT *context, size_t size, uint8_t const *command)
{
    pk_tcti *tcti = from_context(context);
    bool again;
    TSS2_RC rc;

    if (!tcti || !command)
        return TSS2_TCTI_RC_BAD_REFERENCE;
    if (size < PK_TPM_HEADER_SIZE || size > PK_TPM_MAX_SIZE)
        return TSS2_TCTI_RC_BAD_VALUE;
    if (tcti->dead)
        return TSS2_TCTI_RC_IO_ERROR;
    if (is_unwanted(tcti, command))
        return PK_TCTI_RC_CANCELED;
    again = tcti->answer_again && size == tcti->command_len &&
            memcmp(command, tcti->command, size) == 0;
    tcti->answer_again = false;
    tcti->waiting = true;
    if (again)
        return TSS2_RC_SUCCESS;
    memcpy(tcti->command, command, size);
    tcti->command_len = size;
    rc = send_command(tcti);
    tcti->dead = rc != TSS2_RC_SUCCESS;
    return rc;
}

/* ESYS only ever blocks, and the limit is ours: a shorter one would have to
 * leave the response for later. */
static TSS2_RC receive(TSS2_TCTI_CONTEXT *context, size_t *size, uint8_t *response, int32_t timeout)
{
    pk_tcti *tcti = from_context(context);
    TSS2_RC rc = TSS2_RC_SUCCESS;

    if (!tcti || !size)
        return TSS2_TCTI_RC_BAD_REFERENCE;
    if (timeout != TSS2_TCTI_TIMEOUT_BLOCK)
        return TSS2_TCTI_RC_BAD_VALUE;
    if (tcti->dead)
        return TSS2_TCTI_RC_IO_ERROR;
    if (!tcti->waiting)
        return TSS2_TCTI_RC_BAD_SEQUENCE;
    if (!tcti->response_len)
        rc = converse(tcti);
    tcti->dead = rc != TSS2_RC_SUCCESS;
    if (rc)
        return rc;
    if (response && *size < tcti->response_len)
        return TSS2_TCTI_RC_INSUFFICIENT_BUFFER;
    *size = tcti->response_len;
    if (!response)
        return TSS2_RC_SUCCESS;
    memcpy(response, tcti->response, tcti->response_len);
    tcti->waiting = false;
    return TSS2_RC_SUCCESS;
}

static TSS2_RC cancel(TSS2_TCTI_CONTEXT *context)
{
    (void)context;
    return TSS2_TCTI_RC_NOT_IMPLEMENTED;
}

static TSS2_RC get_poll_handles(TSS2_TCTI_CONTEXT *context, TSS2_TCTI_POLL_HANDLE *handles,
                                size_t *num_handles)
{
    (void)context, (void)handles, (void)num_handles;
    return TSS2_TCTI_RC_NOT_IMPLEMENTED;
}

static TSS2_RC set_locality(TSS2_TCTI_CONTEXT *context, uint8_t locality)
{
    (void)context, (void)locality;
    return TSS2_TCTI_RC_NOT_IMPLEMENTED;
}

/* pk_tcti_free is the end of it; ESYS does not finalize a TCTI it was given. */
static void finalize(TSS2_TCTI_CONTEXT *context)
{
    (void)context;
}

static pk_tcti *tcti_new(const pk_channel *channel)
{
    pk_tcti *tcti = calloc(1, sizeof *tcti);

    if (!tcti)
        return NULL;
    tcti->common.magic = MAGIC;
    tcti->common.version = 1;
    tcti->common.transmit = transmit;
    tcti->common.receive = receive;
    tcti->common.finalize = finalize;
    tcti->common.cancel = cancel;
    tcti->common.getPollHandles = get_poll_handles;
    tcti->common.setLocality = set_locality;
    tcti->channel = *channel;
    return tcti;
}

pk_tcti *pk_tcti_over_fd(int fd, int timeout_ms, const atomic_bool *canceled)
{
    struct stat info;
    pk_channel channel = {.fd = fd,
                          .is_socket = fstat(fd, &info) == 0 && S_ISSOCK(info.st_mode),
                          .timeout_ms = timeout_ms,
                          .canceled = canceled};

    return tcti_new(&channel);
}

pk_tcti *pk_tcti_over(TSS2_TCTI_CONTEXT *inner, const atomic_bool *canceled)
{
    pk_channel channel = {
        .inner = inner, .fd = -1, .timeout_ms = PK_TCTI_TIMEOUT_MS, .canceled = canceled};

    return tcti_new(&channel);
}

void pk_tcti_free(pk_tcti *tcti)
{
    free(tcti);
}

TSS2_TCTI_CONTEXT *pk_tcti_context(pk_tcti *tcti)
{
    return (TSS2_TCTI_CONTEXT *)(void *)tcti;
}

TSS2_RC pk_tcti_ask(pk_tcti *tcti, const uint8_t *command, size_t command_len,
                    const uint8_t **out_response, size_t *out_response_len)
{
    size_t size = 0;
    TSS2_RC rc = transmit(pk_tcti_context(tcti), command_len, command);

    if (!rc)
        rc = receive(pk_tcti_context(tcti), &size, NULL, TSS2_TCTI_TIMEOUT_BLOCK);
    tcti->waiting = false;
    if (rc)
        return rc;
    *out_response = tcti->response;
    *out_response_len = tcti->response_len;
    return response_code(tcti);
}

void pk_tcti_answer_again(pk_tcti *tcti)
{
    tcti->answer_again = tcti->response_len > 0;
}

bool pk_tcti_wait_for_room(pk_tcti *tcti, int64_t end_ms)
{
    if (tcti->dead || pk_tcti_is_canceled(tcti) || pk_clock_monotonic_ms() >= end_ms)
        return false;
    pause_for(MAX_PAUSE_MS);
    tcti->patience_begin_ms = 0;
    return true;
}

unsigned pk_tcti_num_commands(const pk_tcti *tcti)
{
    return tcti->num_commands;
}

bool pk_tcti_is_dead(const pk_tcti *tcti)
{
    return tcti->dead;
}

bool pk_tcti_is_canceled(const pk_tcti *tcti)
{
    return pk_channel_is_canceled(&tcti->channel);
}
