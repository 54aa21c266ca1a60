/* SPDX-License-Identifier: Apache-2.0
 * Lists in parts: page_size, page_token, skip; total_size, next_page_token. */
#ifndef PK_PAGE_H
#define PK_PAGE_H

#include "call.h"

typedef struct pk_list {
    const char *name;
    long long max_size; /* also the default; 0: 200, and 20 by default */
    bool takes_filter;
    const char *filter; /* set by pk_page_read; NULL: none */
} pk_list;

/* Reads the query's parameters; answers 400 when one is wrong. A token is of
 * one list, and its filter holds for all pages. */
bool pk_page_read(pk_call *call, pk_list *list, pk_page *out_page);

/* {name: items, "total_size", "next_page_token"?}; takes items over. NULL
 * without memory. */
pk_json *pk_page_json(pk_call *call, const pk_list *list, const pk_page *page, pk_json *items);

/* Answers with it. */
void pk_page_answer(pk_call *call, const pk_list *list, const pk_page *page, pk_json *items);

#endif
