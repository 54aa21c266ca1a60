/* SPDX-License-Identifier: Apache-2.0
 * The key that access tokens are signed with: RSA of 2048 bits, RS256, as the
 * documented clients expect. Only sign.c calls OpenSSL for it. */
#ifndef PK_SIGN_H
#define PK_SIGN_H

#include "arena.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pk_signer pk_signer;

/* A new private key in PEM; NULL when it cannot be made. */
const char *pk_signer_new_key(pk_arena *arena);

/* NULL when the text is no such key. */
pk_signer *pk_signer_open(const char *pem);
void pk_signer_close(pk_signer *signer);

/* Upper-case hexadecimal SHA-256 thumbprint (RFC 7638). */
const char *pk_signer_kid(const pk_signer *signer);

/* The public key as a member of a JWK Set; NULL without memory. */
pk_json *pk_signer_jwk(const pk_signer *signer);

/* The RS256 signature in base64url; NULL when it cannot. */
const char *pk_signer_sign(const pk_signer *signer, pk_arena *arena, const void *message,
                           size_t message_len);
bool pk_signer_verify(const pk_signer *signer, const void *message, size_t message_len,
                      const void *signature, size_t signature_len);

#endif
