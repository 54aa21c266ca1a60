/* SPDX-License-Identifier: Apache-2.0
 * A passkey that has a key and is not registered yet: all that is needed to
 * register and store it, now or after a crash. */
#ifndef PK_DRAFT_H
#define PK_DRAFT_H

#include "key/key.h"
#include "link/link.h"
#include "registration/answer.h"
#include "store/credential.h"
#include "store/pending.h"

typedef struct pk_draft {
    pk_instruction instruction;
    char *jws;
    passkey_credential passkey; /* "" where the cloud has not answered yet */
    char *pem;
    uint8_t name[PK_TPM_NAME_SIZE];
    uint8_t srk_name[PK_TPM_NAME_SIZE];
    char *post_binding_redirect_uri;
} pk_draft;

/* From what the cloud said and the key that was made for it. Takes what it
 * needs out of instruction, info and key, also on failure; false without
 * memory. */
bool pk_draft_make(pk_draft *draft, pk_instruction *instruction, pk_info *info, pk_key *key,
                   const char *key_handle);

/* As a note (docs/store.md), for pk_text_free; NULL without memory. */
char *pk_draft_text(const pk_draft *draft);

/* The reason of pk_draft_read for that; compare the pointer. */
extern const char PK_DRAFT_NEWER[];

/* NULL when the note was understood, else why not; PK_JSON_NO_MEMORY when there
 * was none. A note that was torn by a crash is not understood. */
const char *pk_draft_read(const pk_buffer *note, pk_draft *out_draft);

void pk_draft_free(pk_draft *draft);

/* Under which name a link's bind is pending: SHA-256 of the origin and the ids
 * that it names and of its token's SHA-256. False without memory. */
bool pk_draft_pending_name(const pk_link *link, char out[PK_PENDING_NAME_SIZE]);

#endif
