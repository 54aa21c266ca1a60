/* SPDX-License-Identifier: Apache-2.0 */
#include "accept.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

int pk_accept_quality(const char *accept, const char *type)
{
    while (accept && *accept) {
        const char *entry = accept + strspn(accept, " \t,");
        size_t entry_len = strcspn(entry, ",");
        size_t type_len = strcspn(entry, "; \t,");
        const char *q = memmem(entry, entry_len, "q=", 2);

        if (type_len == strlen(type) && strncasecmp(entry, type, type_len) == 0)
            return q ? (int)(strtod(q + 2, NULL) * 1000) : 1000;
        accept = entry + entry_len;
    }
    return -1;
}
