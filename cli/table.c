/* SPDX-License-Identifier: Apache-2.0
 * Tables on stdout. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t num_characters(const char *text)
{
    size_t num = 0;

    for (; *text; text++)
        if (((unsigned char)*text & 0xc0) != 0x80)
            num++;
    return num;
}

static void put_cell(const char *text, size_t width, bool is_last)
{
    size_t num = cli_put_text(text);

    if (is_last)
        putchar('\n');
    else
        printf("%*s", (int)(num < width ? width - num : 0) + 2, "");
}

static const char *text_at(const cli_table *table, size_t row, size_t i)
{
    const char *text = table->cell(table->list, row, i);

    return text ? text : "";
}

static size_t column_width(const cli_table *table, size_t i)
{
    size_t width = strlen(table->title(i));

    for (size_t row = 0; row < table->num_rows; row++) {
        size_t wanted = num_characters(text_at(table, row, i));

        width = wanted > width ? wanted : width;
    }
    return width;
}

void cli_put_table(const cli_table *table)
{
    size_t num = table->num_columns;
    size_t *widths = calloc(num, sizeof *widths); /* all 0 do without memory */

    for (size_t i = 0; widths && i < num; i++)
        widths[i] = column_width(table, i);
    for (size_t i = 0; i < num; i++)
        put_cell(table->title(i), widths ? widths[i] : 0, i == num - 1);
    for (size_t row = 0; row < table->num_rows; row++)
        for (size_t i = 0; i < num; i++)
            put_cell(text_at(table, row, i), widths ? widths[i] : 0, i == num - 1);
    free(widths);
}
