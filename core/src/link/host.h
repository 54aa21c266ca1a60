/* SPDX-License-Identifier: Apache-2.0
 * The host of a URL, as the WHATWG URL Standard reads it. */
#ifndef PK_HOST_H
#define PK_HOST_H

#include <passkey/passkey.h>

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct pk_host {
    char *text;         /* as it is read; IPv6 in brackets. For pk_text_free */
    bool is_plain;      /* it is written as it is read, but for upper case */
    bool has_non_ascii; /* IDNA is not applied */
} pk_host;

/* In a special URL (is_special) a host is a domain or an IPv4 address: it is
 * percent-decoded, put in lower case, and a number in any form that the
 * standard knows becomes four decimal ones. INVALID_LINK when it is malformed,
 * or OUT_OF_MEMORY. */
passkey_status pk_host_parse(const char *x, size_t x_len, bool is_special, pk_host *out_host);

/* False when this is no IPv6 address. Brackets may stand around it. */
bool pk_host_ipv6(const char *host, struct in6_addr *out_address);

#endif
