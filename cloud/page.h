/* SPDX-License-Identifier: Apache-2.0
 * Lists in parts: page_size, page_token, skip; total_size, next_page_token. */
#ifndef PK_PAGE_H
#define PK_PAGE_H

#include "call.h"

/* Reads the query's parameters; answers 400 when one is wrong. kind names the
 * list; a token of another list, realm or identity does not fit. */
bool pk_page_read(pk_call *call, const char *kind, pk_page *out_page);

/* Answers {kind: items, "total_size", "next_page_token"?}; takes items over. */
void pk_page_answer(pk_call *call, const char *kind, const pk_page *page, pk_json *items);

#endif
