/* SPDX-License-Identifier: Apache-2.0
 * Loopback only, and both families: localhost may be either to a browser, and
 * what we did not take another user could, to be handed links meant for us. */
#include "listen/sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 16
#define MAX_TRIES 32

typedef union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} address;

static address loopback(int family, int port)
{
    address own = {0};

    own.any.sa_family = (sa_family_t)family;
    if (family == AF_INET)
        own.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else
        own.v6.sin6_addr = in6addr_loopback;
    own.v4.sin_port = htons((in_port_t)port); /* sin6_port is at the same place */
    return own;
}

static int listen_on(int family, int port, int *out_fd)
{
    address own = loopback(family, port);
    socklen_t len = family == AF_INET ? sizeof own.v4 : sizeof own.v6;
    int one = 1, failure;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return errno;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    if (bind(fd, &own.any, len) == 0 && listen(fd, BACKLOG) == 0) {
        *out_fd = fd;
        return 0;
    }
    failure = errno;
    close(fd);
    return failure;
}

static int port_of(int fd)
{
    address own = {0};
    socklen_t len = sizeof own;

    getsockname(fd, &own.any, &len);
    return ntohs(own.v4.sin_port);
}

/* A machine without IPv6 has no ::1 that anybody else could take. */
static bool is_absent(int failure)
{
    return failure == EAFNOSUPPORT || failure == EADDRNOTAVAIL || failure == EPROTONOSUPPORT;
}

static int listen_on_both(int port, int fds[HANDLER_NUM_SOCKETS])
{
    int failure = listen_on(AF_INET, port, &fds[0]);

    if (!failure) {
        failure = listen_on(AF_INET6, port_of(fds[0]), &fds[1]);
        failure = is_absent(failure) ? 0 : failure;
    }
    if (failure)
        handler_unlisten(fds);
    return failure;
}

int handler_listen(int *port, int fds[HANDLER_NUM_SOCKETS])
{
    int failure = EADDRINUSE;

    fds[0] = fds[1] = -1;
    for (int i = 0; failure == EADDRINUSE && i < (*port ? 1 : MAX_TRIES); i++)
        failure = listen_on_both(*port, fds);
    if (!failure)
        *port = port_of(fds[0]);
    return failure;
}

void handler_unlisten(int fds[HANDLER_NUM_SOCKETS])
{
    for (int i = 0; i < HANDLER_NUM_SOCKETS; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
        fds[i] = -1;
    }
}
