/* SPDX-License-Identifier: Apache-2.0
 * The socket to listen on. */
#ifndef PK_LISTEN_H
#define PK_LISTEN_H

#include "arena.h"

typedef struct pk_listener {
    int fd;
    int port;
    /* What a URL for this address names: localhost for 127.0.0.1 and ::1, the
     * address for others; NULL when the socket listens on all addresses. */
    const char *host;
    bool loopback;
} pk_listener;

/* text is ADDRESS:PORT, an IPv6 address in brackets, localhost for 127.0.0.1,
 * port 0 for any free one. False when it cannot; *out_reason (static) says why. */
bool pk_listen(pk_arena *arena, const char *text, pk_listener *out, const char **out_reason);

#endif
