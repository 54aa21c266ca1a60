/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PK_ACCEPT_H
#define PK_ACCEPT_H

/* The q of a media type in an Accept header (RFC 9110, section 12.5.1) in
 * thousandths; -1 when it is not named there. accept may be NULL. */
int pk_accept_quality(const char *accept, const char *type);

#endif
