/* SPDX-License-Identifier: Apache-2.0
 *
 * TCG "TSS 2.0 TPM Command Transmission Interface (TCTI) API", version 1 of the
 * context. Not the device and swtpm TCTIs of tpm2-tss, because those inherit to
 * child processes, can raise SIGPIPE, wait for ever, and send commands nobody
 * asked for when they are opened. */
#include "key/tcti_fd.h"

#include "base/clock.h"
#include "base/crypto.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAGIC 0x706b746374693031ULL
#define MAX_SIZE 4096 /* TPM2_MAX_COMMAND_SIZE, TPM2_MAX_RESPONSE_SIZE */
#define MAX_PAUSE_MS 64

struct pk_tcti {
    TSS2_TCTI_CONTEXT_COMMON_V1 common; /* first: all that ESYS knows of us */
    TSS2_TCTI_CONTEXT *inner;           /* either this */
    int fd;                             /* or this */
    bool is_socket;
    int timeout_ms;
    uint8_t command[MAX_SIZE];
    size_t command_len;
    uint8_t response[MAX_SIZE];
    size_t response_len; /* 0 while there is none */
    bool waiting;        /* a command was transmitted and not yet received */
    bool answer_again;
    bool dead;
    unsigned num_commands;
    const atomic_bool *canceled;
    int64_t patience_end_ms; /* 0 while the TPM is not asking for patience */
    unsigned pause_ms;
};

uint16_t pk_tpm_get16(const uint8_t *x)
{
    return (uint16_t)(x[0] << 8 | x[1]);
}

uint32_t pk_tpm_get32(const uint8_t *x)
{
    return (uint32_t)pk_tpm_get16(x) << 16 | pk_tpm_get16(x + 2);
}

/* ---------------------------------------------------------- the descriptor */

static bool wait_for(int fd, short events, int64_t deadline_ms)
{
    struct pollfd wanted = {.fd = fd, .events = events};
    int64_t left_ms;
    int ready;

    do {
        left_ms = deadline_ms - pk_clock_monotonic_ms();
        ready = poll(&wanted, 1, left_ms > 0 ? (int)left_ms : 0);
    } while (ready < 0 && errno == EINTR);
    return ready > 0;
}

static bool try_again(void)
{
    return errno == EINTR || errno == EAGAIN;
}

static ssize_t put(const pk_tcti *tcti, const uint8_t *x, size_t x_len)
{
    return tcti->is_socket ? send(tcti->fd, x, x_len, MSG_NOSIGNAL | MSG_DONTWAIT)
                           : write(tcti->fd, x, x_len);
}

static TSS2_RC fd_send(pk_tcti *tcti)
{
    int64_t deadline_ms = pk_clock_monotonic_ms() + tcti->timeout_ms;
    size_t done = 0;

    while (done < tcti->command_len) {
        ssize_t len = put(tcti, tcti->command + done, tcti->command_len - done);

        if (len > 0)
            done += (size_t)len;
        else if (len == 0 || !try_again() || !wait_for(tcti->fd, POLLOUT, deadline_ms))
            return TSS2_TCTI_RC_IO_ERROR;
    }
    return TSS2_RC_SUCCESS;
}

/* Reads until response_len is at least wanted_len. A device gives the whole
 * response at the first read and may drop what does not fit, so every read
 * offers all the room there is; a stream is asked for no more than is due. */
static TSS2_RC fd_read(pk_tcti *tcti, size_t wanted_len, int64_t deadline_ms)
{
    while (tcti->response_len < wanted_len) {
        size_t room = (tcti->is_socket ? wanted_len : MAX_SIZE) - tcti->response_len;
        ssize_t len;

        if (!wait_for(tcti->fd, POLLIN, deadline_ms))
            return TSS2_TCTI_RC_IO_ERROR;
        len = read(tcti->fd, tcti->response + tcti->response_len, room);
        if (len > 0)
            tcti->response_len += (size_t)len;
        else if (len == 0 || !try_again())
            return TSS2_TCTI_RC_IO_ERROR;
    }
    return TSS2_RC_SUCCESS;
}

static TSS2_RC fd_receive(pk_tcti *tcti)
{
    int64_t deadline_ms = pk_clock_monotonic_ms() + tcti->timeout_ms;
    TSS2_RC rc = fd_read(tcti, PK_TPM_HEADER_SIZE, deadline_ms);
    size_t size = rc ? 0 : pk_tpm_get32(tcti->response + 2);

    if (rc)
        return rc;
    if (size < PK_TPM_HEADER_SIZE || size > MAX_SIZE)
        return TSS2_TCTI_RC_MALFORMED_RESPONSE;
    return fd_read(tcti, size, deadline_ms);
}

/* -------------------------------------------------------- the conversation */

static TSS2_RC send_command(pk_tcti *tcti)
{
    tcti->num_commands++;
    tcti->response_len = 0;
    return tcti->inner
               ? Tss2_Tcti_Transmit(tcti->inner, tcti->command_len, tcti->command)
               : fd_send(tcti);
}

static TSS2_RC receive_response(pk_tcti *tcti)
{
    size_t size = MAX_SIZE;
    TSS2_RC rc;

    if (!tcti->inner)
        return fd_receive(tcti);
    rc = Tss2_Tcti_Receive(tcti->inner, &size, tcti->response, TSS2_TCTI_TIMEOUT_BLOCK);
    tcti->response_len = rc || size > MAX_SIZE ? 0 : size;
    return rc;
}

static bool well_formed(const pk_tcti *tcti)
{
    const uint8_t *x = tcti->response;
    uint16_t tag;

    if (tcti->response_len < PK_TPM_HEADER_SIZE || pk_tpm_get32(x + 2) != tcti->response_len)
        return false;
    tag = pk_tpm_get16(x);
    return tag == TPM2_ST_NO_SESSIONS || tag == TPM2_ST_SESSIONS || tag == TPM2_ST_RSP_COMMAND;
}

static TSS2_RC response_code(const pk_tcti *tcti)
{
    return pk_tpm_get32(tcti->response + 6);
}

/* The warnings after which the TPM has done nothing and the same command may
 * simply be sent again; also as a resource manager between us passes them on. */
static bool asks_for_patience(TSS2_RC rc)
{
    switch (rc & ~(TSS2_RC)TSS2_RC_LAYER_MASK) {
    case TPM2_RC_CONTEXT_GAP:
    case TPM2_RC_OBJECT_MEMORY:
    case TPM2_RC_SESSION_MEMORY:
    case TPM2_RC_MEMORY:
    case TPM2_RC_SESSION_HANDLES:
    case TPM2_RC_YIELDED:
    case TPM2_RC_TESTING:
    case TPM2_RC_NV_RATE:
    case TPM2_RC_RETRY:
    case TPM2_RC_NV_UNAVAILABLE:
        return true;
    default:
        return false;
    }
}

/* Sleeps a random part of a pause that doubles. False when patience is over;
 * it comes back only with the next command that succeeds, because ESYS sends
 * a refused command five more times by itself, without any pause. */
static bool be_patient(pk_tcti *tcti)
{
    int64_t now_ms = pk_clock_monotonic_ms();
    struct timespec pause = {0, 0};
    uint32_t random = 0;

    if (!tcti->patience_end_ms) {
        tcti->patience_end_ms = now_ms + PK_TCTI_PATIENCE_MS;
        tcti->pause_ms = 1;
    }
    if (now_ms >= tcti->patience_end_ms || (tcti->canceled && atomic_load(tcti->canceled)))
        return false;
    pk_random(&random, sizeof random);
    pause.tv_nsec = (long)(random % (tcti->pause_ms * 1000u) + 1) * 1000;
    nanosleep(&pause, NULL);
    if (tcti->pause_ms < MAX_PAUSE_MS)
        tcti->pause_ms *= 2;
    return true;
}

static TSS2_RC converse(pk_tcti *tcti)
{
    TSS2_RC rc = receive_response(tcti);

    while (!rc && well_formed(tcti) && asks_for_patience(response_code(tcti)) &&
           be_patient(tcti)) {
        rc = send_command(tcti);
        if (!rc)
            rc = receive_response(tcti);
    }
    if (rc)
        return rc;
    if (!well_formed(tcti))
        return TSS2_TCTI_RC_MALFORMED_RESPONSE;
    if (response_code(tcti) == TPM2_RC_SUCCESS)
        tcti->patience_end_ms = 0;
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
    if (size < PK_TPM_HEADER_SIZE || size > MAX_SIZE)
        return TSS2_TCTI_RC_BAD_VALUE;
    if (tcti->dead)
        return TSS2_TCTI_RC_IO_ERROR;
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

static pk_tcti *tcti_new(void)
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
    tcti->fd = -1;
    return tcti;
}

pk_tcti *pk_tcti_over_fd(int fd, int timeout_ms)
{
    pk_tcti *tcti = tcti_new();
    struct stat info;

    if (!tcti)
        return NULL;
    tcti->fd = fd;
    tcti->timeout_ms = timeout_ms;
    tcti->is_socket = fstat(fd, &info) == 0 && S_ISSOCK(info.st_mode);
    return tcti;
}

pk_tcti *pk_tcti_over(TSS2_TCTI_CONTEXT *inner)
{
    pk_tcti *tcti = tcti_new();

    if (tcti)
        tcti->inner = inner;
    return tcti;
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

void pk_tcti_set_canceled(pk_tcti *tcti, const atomic_bool *canceled)
{
    tcti->canceled = canceled;
}

void pk_tcti_answer_again(pk_tcti *tcti)
{
    tcti->answer_again = tcti->response_len > 0;
}

unsigned pk_tcti_num_commands(const pk_tcti *tcti)
{
    return tcti->num_commands;
}

bool pk_tcti_is_dead(const pk_tcti *tcti)
{
    return tcti->dead;
}
