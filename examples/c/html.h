/* SPDX-License-Identifier: Apache-2.0
 * HTML into a stream. */
#ifndef EXAMPLE_HTML_H
#define EXAMPLE_HTML_H

#include <stdio.h>

/* The template with a text in the place of each %s, escaped. Other % mean nothing. */
void html_write(FILE *out, const char *template_, ...);

#endif
