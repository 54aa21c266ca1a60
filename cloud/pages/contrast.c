/* SPDX-License-Identifier: Apache-2.0 */
#include "pages/contrast.h"

#include "base/text.h"

#include <math.h>
#include <string.h>

/* The i-th of red, green and blue, from 0 to 1, as light (sRGB, IEC 61966-2-1). */
static double light(const char *color, int i)
{
    double value = strlen(color) == 4
                       ? pk_hex_value(color[1 + i]) * 17
                       : pk_hex_value(color[1 + 2 * i]) * 16 + pk_hex_value(color[2 + 2 * i]);

    value /= 255;
    return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

static double luminance(const char *color)
{
    return 0.2126 * light(color, 0) + 0.7152 * light(color, 1) + 0.0722 * light(color, 2);
}

double pk_contrast(const char *color, const char *other)
{
    double one = luminance(color) + 0.05, two = luminance(other) + 0.05;

    return one > two ? one / two : two / one;
}
