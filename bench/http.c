/* SPDX-License-Identifier: Apache-2.0 */
#include "http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void disconnect(bench_http *http)
{
    if (http->fd >= 0)
        close(http->fd);
    http->fd = -1;
}

static bool connected(bench_http *http)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)http->port)};
    int on = 1;

    if (http->fd >= 0)
        return true;
    if (inet_pton(AF_INET, http->host, &address.sin_addr) != 1)
        return false;
    http->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (http->fd < 0)
        return false;
    setsockopt(http->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return connect(http->fd, (struct sockaddr *)&address, sizeof address) == 0;
}

/* A buffer keeps its memory from request to request. */
static void empty(pk_buffer *buffer)
{
    if (buffer->data)
        buffer->data[0] = '\0';
    buffer->len = 0;
}

static bool write_request(bench_http *http, const char *method, const char *target,
                          const char *bearer, const char *body)
{
    empty(&http->out);
    return pk_buffer_printf(&http->out, "%s %s HTTP/1.1\r\nHost: %s:%d\r\n", method, target,
                            http->host, http->port) &&
           pk_buffer_append_text(&http->out, "Accept: application/json\r\n") &&
           (!bearer || pk_buffer_printf(&http->out, "Authorization: Bearer %s\r\n", bearer)) &&
           pk_buffer_printf(&http->out, "Content-Length: %zu\r\n\r\n", body ? strlen(body) : 0) &&
           (!body || pk_buffer_append_text(&http->out, body));
}

static bool send_all(bench_http *http)
{
    size_t done = 0;

    while (done < http->out.len) {
        ssize_t sent = send(http->fd, http->out.data + done, http->out.len - done, MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        done += (size_t)sent;
    }
    return true;
}

static bool receive_more(bench_http *http)
{
    char part[8192];
    ssize_t part_len = recv(http->fd, part, sizeof part, 0);
    bool kept = part_len > 0 && pk_buffer_append(&http->in, part, (size_t)part_len);

    pk_wipe(part, sizeof part);
    return kept;
}

/* The server always says how long an answer is. */
static bool read_answer(bench_http *http, bench_answer *out)
{
    const char *end, *length;
    size_t head_len;

    empty(&http->in);
    while (!http->in.len || !(end = strstr(http->in.data, "\r\n\r\n")))
        if (!receive_more(http))
            return false;
    head_len = (size_t)(end - http->in.data) + 4;
    length = strcasestr(http->in.data, "\r\nContent-Length:");
    if (!length || strncmp(http->in.data, "HTTP/1.1 ", 9) != 0)
        return false;
    out->status = atoi(http->in.data + 9);
    out->body_len = strtoul(length + 17, NULL, 10);
    while (http->in.len < head_len + out->body_len)
        if (!receive_more(http))
            return false;
    out->body = http->in.data + head_len;
    return true;
}

bool bench_http_call(bench_http *http, const char *method, const char *target, const char *bearer,
                     const char *body, bench_answer *out_answer)
{
    if (connected(http) && write_request(http, method, target, bearer, body) && send_all(http) &&
        read_answer(http, out_answer))
        return true;
    disconnect(http);
    return false;
}

void bench_http_end(bench_http *http)
{
    disconnect(http);
    pk_buffer_free(&http->out);
    pk_buffer_free(&http->in);
}
