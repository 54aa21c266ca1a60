/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PK_CONTRAST_H
#define PK_CONTRAST_H

/* How well text of one color can be read on the other: 1 (not at all) to 21, as
 * WCAG 2.2 defines it. Both are #rgb or #rrggbb. */
double pk_contrast(const char *color, const char *other);

#endif
