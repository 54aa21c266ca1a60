/* SPDX-License-Identifier: Apache-2.0
 *
 *     /               two ways to a passkey, and those that are there
 *     POST /link      Method 1: the back end gets a link and binds it
 *     POST /email     Method 2: the cloud sends the link to the identity's address
 *     /bind           Method 2: the cloud leads the browser here with the link
 *     /jobs/ID        what has become of the link that was sent
 *     /passkeys/ID    a passkey
 */
#ifndef EXAMPLE_SITE_H
#define EXAMPLE_SITE_H

#include "guard.h"

#include <passkey/passkey.h>

/* The library reads its own options (PASSKEY_...) from the environment; the API token
 * is among them and stays in the client. identity_id is whose passkeys these are.
 * Here it is a setting; where people sign in, it is theirs, and never what a form or
 * a link says. */
typedef struct site {
    passkey_client *client;
    const char *identity_id;
    const char *origin; /* such as http://127.0.0.1:8092 */
} site;

typedef struct answer {
    unsigned status;
    const char *type; /* static */
    char *body;       /* yours to free */
    char *location;   /* yours to free; NULL unless the browser is to go there */
} answer;

/* Blocks for as long as the cloud and the TPM take. From any thread. */
void site_answer(const site *here, const request *asked, answer *out);

#endif
