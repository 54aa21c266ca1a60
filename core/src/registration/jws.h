/* SPDX-License-Identifier: Apache-2.0
 * The signed request of :bind (JWS compact serialisation, RFC 7515; ES256,
 * RFC 7518 section 3.4), byte for byte as the official SDK makes it. */
#ifndef PK_JWS_H
#define PK_JWS_H

#include "base/crypto.h"
#include "link/link.h"

/* base64url(header) "." base64url(payload): what is to be signed. The header
 * carries the public key; the payload names the identity and the token. NULL
 * without memory; pk_text_free. */
char *pk_jws_signing_input(const uint8_t x[PK_P256_SIZE], const uint8_t y[PK_P256_SIZE],
                           const pk_instruction *instruction);

/* signing_input "." base64url(signature); NULL without memory; pk_text_free. */
char *pk_jws_compact(const char *signing_input, const uint8_t signature[PK_ES256_SIZE]);

#endif
