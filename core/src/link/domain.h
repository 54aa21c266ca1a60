/* SPDX-License-Identifier: Apache-2.0
 * Which hosts are equal, allowed, or this machine. A host is given as pk_url
 * has it: in lower case, IPv6 in brackets. */
#ifndef PK_DOMAIN_H
#define PK_DOMAIN_H

#include <stdbool.h>

/* Equal names or addresses; also as they stand in allowed_domains. */
bool pk_host_is_same(const char *a, const char *b);

/* An IP address; or a name of letters, digits, hyphens and underscores between
 * single dots, no longer than the DNS allows. */
bool pk_host_is_valid(const char *host);

/* Whether the host, or for a name a domain that it is in, is among the comma
 * separated ones. NULL and "" allow nothing. */
bool pk_host_is_allowed(const char *host, const char *allowed_domains);

/* localhost, 127.0.0.0/8 and ::1, and nothing that has to be looked up. */
bool pk_host_is_loopback(const char *host);

#endif
