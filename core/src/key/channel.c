/* SPDX-License-Identifier: Apache-2.0 */
#include "key/channel.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define SLICE_MS 50 /* how soon a cancel is noticed */
#define MAX_HANDLES 4

uint16_t pk_tpm_get16(const uint8_t *x)
{
    return (uint16_t)(x[0] << 8 | x[1]);
}

uint32_t pk_tpm_get32(const uint8_t *x)
{
    return (uint32_t)pk_tpm_get16(x) << 16 | pk_tpm_get16(x + 2);
}

/* ------------------------------------------------------------------ the wait */

bool pk_channel_is_canceled(const pk_channel *channel)
{
    return channel->canceled && atomic_load(channel->canceled);
}

/* What is left of the command's time; a cancel shortens it once. */
static int64_t left_ms(pk_channel *channel)
{
    int64_t now_ms = pk_clock_monotonic_ms();

    if (!channel->hurried && pk_channel_is_canceled(channel)) {
        channel->hurried = true;
        if (channel->deadline_ms > now_ms + PK_CHANNEL_GRACE_MS)
            channel->deadline_ms = now_ms + PK_CHANNEL_GRACE_MS;
    }
    return channel->deadline_ms - now_ms;
}

static TSS2_RC wait_for(pk_channel *channel, struct pollfd *wanted, size_t num_wanted)
{
    for (;;) {
        int64_t left = left_ms(channel);
        int ready = poll(wanted, (nfds_t)num_wanted,
                         left <= 0 ? 0 : (int)(left < SLICE_MS ? left : SLICE_MS));

        if (ready > 0)
            return TSS2_RC_SUCCESS;
        if (ready < 0 && errno != EINTR)
            return TSS2_TCTI_RC_IO_ERROR;
        if (left <= 0)
            return pk_channel_is_canceled(channel) ? PK_TCTI_RC_CANCELED : TSS2_TCTI_RC_IO_ERROR;
    }
}

static TSS2_RC wait_for_fd(pk_channel *channel, short events)
{
    struct pollfd wanted = {.fd = channel->fd, .events = events};

    return wait_for(channel, &wanted, 1);
}

/* A TCTI that cannot be polled is left to its own patience. */
static TSS2_RC wait_for_inner(pk_channel *channel)
{
    TSS2_TCTI_POLL_HANDLE handles[MAX_HANDLES] = {{.fd = -1}};
    size_t i, num_handles = MAX_HANDLES;

    if (Tss2_Tcti_GetPollHandles(channel->inner, handles, &num_handles) != TSS2_RC_SUCCESS ||
        num_handles == 0 || num_handles > MAX_HANDLES)
        return TSS2_RC_SUCCESS;
    for (i = 0; i < num_handles; i++)
        handles[i].events = POLLIN;
    return wait_for(channel, handles, num_handles);
}

/* ---------------------------------------------------------- the descriptor */

static bool try_again(void)
{
    return errno == EINTR || errno == EAGAIN;
}

static ssize_t put(const pk_channel *channel, const uint8_t *x, size_t x_len)
{
    return channel->is_socket ? send(channel->fd, x, x_len, MSG_NOSIGNAL | MSG_DONTWAIT)
                              : write(channel->fd, x, x_len);
}

static TSS2_RC fd_send(pk_channel *channel, const uint8_t *command, size_t command_len)
{
    TSS2_RC rc = TSS2_RC_SUCCESS;
    size_t done = 0;

    while (!rc && done < command_len) {
        ssize_t len = put(channel, command + done, command_len - done);

        if (len > 0)
            done += (size_t)len;
        else
            rc = len < 0 && try_again() ? wait_for_fd(channel, POLLOUT) : TSS2_TCTI_RC_IO_ERROR;
    }
    return rc;
}

/* Reads until *len is at least wanted_len. A device gives the whole response at
 * the first read and may drop what does not fit, so every read offers all the
 * room there is; a stream is asked for no more than is due. */
static TSS2_RC fd_read(pk_channel *channel, uint8_t *response, size_t *len, size_t wanted_len)
{
    while (*len < wanted_len) {
        size_t room = (channel->is_socket ? wanted_len : PK_TPM_MAX_SIZE) - *len;
        TSS2_RC rc = wait_for_fd(channel, POLLIN);
        ssize_t got;

        if (rc)
            return rc;
        got = read(channel->fd, response + *len, room);
        if (got > 0)
            *len += (size_t)got;
        else if (got == 0 || !try_again())
            return TSS2_TCTI_RC_IO_ERROR;
    }
    return TSS2_RC_SUCCESS;
}

static TSS2_RC fd_receive(pk_channel *channel, uint8_t *response, size_t *len)
{
    TSS2_RC rc = fd_read(channel, response, len, PK_TPM_HEADER_SIZE);
    size_t size = rc ? 0 : pk_tpm_get32(response + 2);

    if (rc)
        return rc;
    if (size < PK_TPM_HEADER_SIZE || size > PK_TPM_MAX_SIZE)
        return TSS2_TCTI_RC_MALFORMED_RESPONSE;
    return fd_read(channel, response, len, size);
}

/* ------------------------------------------------------------------- either */

TSS2_RC pk_channel_send(pk_channel *channel, const uint8_t *command, size_t command_len)
{
    channel->deadline_ms = pk_clock_monotonic_ms() + channel->timeout_ms;
    channel->hurried = false;
    return channel->inner ? Tss2_Tcti_Transmit(channel->inner, command_len, command)
                          : fd_send(channel, command, command_len);
}

TSS2_RC pk_channel_receive(pk_channel *channel, uint8_t out_response[PK_TPM_MAX_SIZE],
                           size_t *out_response_len)
{
    size_t len = channel->inner ? PK_TPM_MAX_SIZE : 0;
    TSS2_RC rc;

    if (channel->inner) {
        rc = wait_for_inner(channel);
        if (!rc)
            rc = Tss2_Tcti_Receive(channel->inner, &len, out_response, TSS2_TCTI_TIMEOUT_BLOCK);
    } else {
        rc = fd_receive(channel, out_response, &len);
    }
    *out_response_len = rc || len > PK_TPM_MAX_SIZE ? 0 : len;
    return rc;
}
