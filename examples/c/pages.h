/* SPDX-License-Identifier: Apache-2.0
 * The pages, as HTML. */
#ifndef EXAMPLE_PAGES_H
#define EXAMPLE_PAGES_H

#include "failure.h"

#include <passkey/passkey.h>
#include <stdio.h>

void page_start(FILE *out, const char *identity_id, const passkey_credential_list *passkeys);
void page_passkey(FILE *out, const passkey_credential *passkey);
void page_job(FILE *out, const passkey_job *job);
void page_failure(FILE *out, const failure *told);

#endif
