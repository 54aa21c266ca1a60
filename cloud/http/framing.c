/* SPDX-License-Identifier: Apache-2.0
 * Where a request ends (RFC 9112, section 6). A request that says it in two ways may
 * end elsewhere for a proxy in front of us than for libmicrohttpd, which reads the
 * first of two lengths, lets chunks go before a length, and overlooks a length whose
 * name is not written as it should be. */
#include "http/internal.h"

#include "base/text.h"

#include <string.h>
#include <strings.h>

typedef struct framing {
    int num_lengths;
    int num_encodings;
    bool is_unclear;
} framing;

/* RFC 9110, section 5.6.2 */
static bool is_token(const char *text)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                              "!#$%&'*+-.^_`|~");

    return len > 0 && text[len] == '\0';
}

/* What libmicrohttpd 0.9.75 makes of a value that goes on in another line: that line
 * is behind the name. */
static bool is_name_with_more(const char *text, const char *name)
{
    return strncasecmp(text, name, strlen(name)) == 0 && text[strlen(name)] != '\0';
}

static enum MHD_Result look_at(void *user, enum MHD_ValueKind kind, const char *name,
                               const char *value)
{
    framing *seen = user;

    (void)kind;
    if (!is_token(name) || is_name_with_more(name, MHD_HTTP_HEADER_CONTENT_LENGTH) ||
        is_name_with_more(name, MHD_HTTP_HEADER_TRANSFER_ENCODING))
        seen->is_unclear = true;
    if (pk_equal_ignoring_case(name, MHD_HTTP_HEADER_CONTENT_LENGTH))
        seen->num_lengths++;
    if (pk_equal_ignoring_case(name, MHD_HTTP_HEADER_TRANSFER_ENCODING)) {
        seen->num_encodings++;
        if (!value || !pk_equal_ignoring_case(value, "chunked"))
            seen->is_unclear = true;
    }
    return MHD_YES;
}

bool pk_is_framed_clearly(struct MHD_Connection *mhd, const char *version)
{
    framing seen = {0};

    MHD_get_connection_values(mhd, MHD_HEADER_KIND, look_at, &seen);
    if (seen.is_unclear || seen.num_lengths + seen.num_encodings > 1)
        return false;
    return seen.num_encodings == 0 || pk_equal_ignoring_case(version, MHD_HTTP_VERSION_1_1);
}
