/* SPDX-License-Identifier: Apache-2.0
 * Who is at the other end of a connection. */
#ifndef PK_PEER_H
#define PK_PEER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* key is the IPv6 address, or the IPv4 address mapped into one (RFC 4291,
 * section 2.5.5.2). Of an IPv6 address only the network part: who has one
 * address there has all of them. */
typedef struct pk_peer {
    uint8_t key[16];
    bool loopback;
} pk_peer;

pk_peer pk_peer_of(const struct sockaddr *address);

#endif
