/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PK_WEB_HTML_H
#define PK_WEB_HTML_H

#include "base/memory.h"

/* Appends the text as it must be written in HTML, in an element or a quoted
 * attribute; nothing for NULL. False without memory. */
bool pk_html_append(pk_buffer *out, const char *text);

#endif
