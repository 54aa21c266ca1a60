/* SPDX-License-Identifier: Apache-2.0 */
#include "http/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 128

typedef union pk_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} pk_address;

static socklen_t address_len(const pk_address *address)
{
    return address->any.sa_family == AF_INET6 ? sizeof address->v6 : sizeof address->v4;
}

static bool parse_port(const char *text, in_port_t *out)
{
    size_t len = strlen(text);
    long port = strtol(text, NULL, 10);

    if (len == 0 || len > 5 || strspn(text, "0123456789") != len || port > 65535)
        return false;
    *out = htons((in_port_t)port);
    return true;
}

static bool parse_host(const char *host, pk_address *out)
{
    if (strcmp(host, "localhost") == 0)
        host = "127.0.0.1";
    if (inet_pton(AF_INET, host, &out->v4.sin_addr) == 1)
        out->any.sa_family = AF_INET;
    else if (inet_pton(AF_INET6, host, &out->v6.sin6_addr) == 1)
        out->any.sa_family = AF_INET6;
    else
        return false;
    return true;
}

/* sin_port and sin6_port are at the same place. */
static bool parse(pk_arena *arena, const char *text, pk_address *out)
{
    const char *colon = strrchr(text, ':');
    bool brackets = *text == '[' && colon && colon > text && colon[-1] == ']';
    size_t host_len = colon ? (size_t)(colon - text) : 0;
    const char *host = brackets ? pk_arena_text_n(arena, text + 1, host_len - 2)
                                : pk_arena_text_n(arena, text, host_len);

    memset(out, 0, sizeof *out);
    return colon && host && (brackets || !strchr(host, ':')) && parse_host(host, out) &&
           parse_port(colon + 1, &out->v4.sin_port);
}

static bool bind_and_listen(int fd, const pk_address *address, const char **out_reason)
{
    int one = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (address->any.sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    if (bind(fd, &address->any, address_len(address)) == 0 && listen(fd, BACKLOG) == 0)
        return true;
    *out_reason = strerrordesc_np(errno);
    return false;
}

static const char *host_name(pk_arena *arena, const pk_address *address, bool *out_loopback)
{
    char text[INET6_ADDRSTRLEN] = "";
    bool v6 = address->any.sa_family == AF_INET6;
    in_addr_t v4 = ntohl(address->v4.sin_addr.s_addr);

    if (v6 ? IN6_IS_ADDR_UNSPECIFIED(&address->v6.sin6_addr) : v4 == INADDR_ANY)
        return NULL;
    *out_loopback = v6 ? IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr) : v4 >> 24 == 127;
    if (v6 ? *out_loopback : v4 == INADDR_LOOPBACK)
        return "localhost";
    if (v6)
        inet_ntop(AF_INET6, &address->v6.sin6_addr, text, sizeof text);
    else
        inet_ntop(AF_INET, &address->v4.sin_addr, text, sizeof text);
    return pk_arena_printf(arena, v6 ? "[%s]" : "%s", text);
}

bool pk_listen(pk_arena *arena, const char *text, pk_listener *out, const char **out_reason)
{
    pk_address address;
    socklen_t len = sizeof address;
    int fd;

    if (!parse(arena, text, &address)) {
        *out_reason = "not of the form ADDRESS:PORT";
        return false;
    }
    fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        *out_reason = strerrordesc_np(errno);
        return false;
    }
    if (!bind_and_listen(fd, &address, out_reason)) {
        close(fd);
        return false;
    }
    getsockname(fd, &address.any, &len);
    *out = (pk_listener){.fd = fd, .port = ntohs(address.v4.sin_port)};
    out->host = host_name(arena, &address, &out->loopback);
    return true;
}
