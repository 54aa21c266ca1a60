/* SPDX-License-Identifier: Apache-2.0
 * The frame of every page that people see, the handler's and the cloud's. Plain
 * HTML with one style sheet and no script. */
#ifndef PK_WEB_PAGE_H
#define PK_WEB_PAGE_H

#include "base/memory.h"

/* Of the realm that a page is about. Any may be NULL; a logo that the page's
 * policy cannot name is left out. */
typedef struct pk_web_look {
    const char *name;
    const char *logo_light;
    const char *logo_dark;
    const char *css; /* more rules, trusted */
} pk_web_look;

/* A page that is being written. What fails is remembered: ask once, at the end.
 * All zero, then begun. */
typedef struct pk_web_page {
    pk_buffer html;
    pk_web_look look;
    char *nonce;
    bool failed;
} pk_web_page;

/* From the document type to the realm's name or logo in an open <main>. */
void pk_web_begin(pk_web_page *page, const char *title, const pk_web_look *look);

/* Appends the format, in which every %s stands for a text, escaped so that it may
 * stand in an element or a quoted attribute; NULL is "". No other conversion. */
void pk_web_write(pk_web_page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends HTML as it is. */
void pk_web_html(pk_web_page *page, const char *html);

/* Closes what pk_web_begin opened. */
void pk_web_end(pk_web_page *page);

/* The page and its Content-Security-Policy, each for pk_text_free; false and
 * nothing without memory. The page is empty then. */
bool pk_web_take(pk_web_page *page, char **out_html, char **out_policy);

/* The length of scheme://host[:port] of an http or https URL which a policy can
 * name and an attribute can hold; 0 for any other text, and for NULL. */
size_t pk_web_origin_len(const char *url);

/* The style sheet. */
extern const char pk_web_style[];

#endif
