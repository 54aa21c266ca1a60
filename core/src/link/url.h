/* SPDX-License-Identifier: Apache-2.0
 * Splits an absolute URL as the WHATWG URL Standard does, without a base URL.
 * What the standard percent-encodes or maps (IDNA) stays as it was written. */
#ifndef PK_URL_H
#define PK_URL_H

#include "link/link.h"

typedef struct pk_url {
    char *text;         /* trimmed, without tabs and newlines */
    char *scheme;       /* lower case */
    bool is_special;    /* http, https, ws, wss, ftp or file */
    bool is_opaque;     /* no slash behind the scheme, such as mailto:a@b.c */
    bool has_userinfo;  /* an @ before the host, even with nothing before it */
    bool has_non_ascii; /* in the authority or the path */
    bool is_host_plain; /* the host is written as it is read, but for upper case */
    char *host;         /* "" when there is none, IPv6 in brackets; for special schemes in lower
                           case, percent-decoded, IPv4 as four decimal numbers */
    int port;           /* the scheme's own when none is written; -1 for none at all */
    char *path;         /* dot segments resolved; "" or begins with a slash */
    char *query;        /* without the question mark; NULL when there is none */
} pk_url;

/* PASSKEY_OK, OUT_OF_MEMORY, or INVALID_LINK: then *out_reason says why, in
 * words that go behind "the link cannot be used: " and quote nothing of it. */
passkey_status pk_url_parse(const char *text, pk_url *out_url, const char **out_reason);
void pk_url_free(pk_url *url);

#endif
