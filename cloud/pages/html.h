/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PK_HTML_H
#define PK_HTML_H

#include "arena.h"

/* The text as it must be written in HTML, in an element or a quoted attribute.
 * "" for NULL; NULL without memory. */
const char *pk_html(pk_arena *arena, const char *text);

#endif
