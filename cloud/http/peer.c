/* SPDX-License-Identifier: Apache-2.0 */
#include "http/peer.h"

#include <netinet/in.h>
#include <string.h>

#define NETWORK_LEN 8
#define MAPPED_LEN 12

pk_peer pk_peer_of(const struct sockaddr *address)
{
    static const uint8_t mapped[MAPPED_LEN] = {[10] = 0xff, [11] = 0xff};
    pk_peer peer = {0};

    if (address && address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)address;

        memcpy(peer.key, mapped, MAPPED_LEN);
        memcpy(peer.key + MAPPED_LEN, &v4->sin_addr, 4);
    } else if (address && address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)address;

        memcpy(peer.key, &v6->sin6_addr, sizeof peer.key);
        peer.loopback = IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
    }
    if (memcmp(peer.key, mapped, MAPPED_LEN) == 0)
        peer.loopback = peer.key[MAPPED_LEN] == 127;
    else if (!peer.loopback)
        memset(peer.key + NETWORK_LEN, 0, sizeof peer.key - NETWORK_LEN);
    return peer;
}
