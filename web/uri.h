/* SPDX-License-Identifier: Apache-2.0
 * URIs that a person's browser is sent to, or fetches an image from. Each answers
 * what is wrong with one (static); NULL: nothing. */
#ifndef PK_URI_H
#define PK_URI_H

#include <stdbool.h>
#include <stddef.h>

/* An absolute URI: no scheme that runs or shows what it carries; with http and
 * https a host, as browsers take one, and no user. */
const char *pk_uri_fault(const char *uri);

/* The same, and ASCII only: it becomes a header, and clients read it as it is. */
const char *pk_uri_redirect_fault(const char *uri);

/* The same for the address of an application, to which /bind and the parameters of
 * a link are added: it must leave room for them. */
const char *pk_uri_invoke_fault(const char *uri);

/* host[:port], where the host is a name, an IPv4 address, or an IPv6 address in
 * brackets. */
bool pk_uri_is_authority(const char *text, size_t text_len);

#endif
