/* SPDX-License-Identifier: Apache-2.0 */
#include "failure.h"

#include <string.h>

static const struct {
    passkey_status code;
    unsigned status;
    const char *title;
} known[] = {
    {PASSKEY_LINK_EXPIRED, 410, "This link has expired"},
    {PASSKEY_LINK_REVOKED, 410, "This link was withdrawn"},
    {PASSKEY_CONFLICT, 409, "This link was used already"},
    {PASSKEY_UNAUTHORIZED, 400, "This link is not complete"},
    {PASSKEY_NOT_FOUND, 404, "This link is not known"},
    {PASSKEY_INVALID_LINK, 400, "This is not a whole passkey link"},
    {PASSKEY_UNSUPPORTED_LINK, 400, "This is another kind of link"},
    {PASSKEY_DOMAIN_NOT_ALLOWED, 403, "This link leads to a cloud that is not trusted here"},
    {PASSKEY_INSECURE_URL, 403, "This link is not safe to follow"},
    {PASSKEY_NO_SUCH_PASSKEY, 404, "There is no such passkey"},
    {PASSKEY_NO_TPM, 500, "This computer has no TPM to use"},
    {PASSKEY_INVALID_ARGUMENT, 400, NULL},
    {PASSKEY_BAD_REQUEST, 400, NULL},
    {PASSKEY_RATE_LIMITED, 503, NULL},
    {PASSKEY_SERVER_ERROR, 502, NULL},
    {PASSKEY_UNEXPECTED_STATUS, 502, NULL},
    {PASSKEY_BAD_RESPONSE, 502, NULL},
    {PASSKEY_NETWORK_ERROR, 502, NULL},
    {PASSKEY_TLS_ERROR, 502, NULL},
    {PASSKEY_TIMEOUT, 502, NULL},
};

/* Until there is a link, the person has done nothing wrong and can mend nothing. */
static bool is_for_the_operator(passkey_status code)
{
    static const passkey_status codes[] = {
        PASSKEY_UNAUTHORIZED,   PASSKEY_FORBIDDEN,          PASSKEY_NOT_FOUND,   PASSKEY_BAD_REQUEST,
        PASSKEY_INVALID_OPTION, PASSKEY_DOMAIN_NOT_ALLOWED, PASSKEY_INSECURE_URL};

    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i] == code)
            return true;
    return false;
}

static bool begins(const char *target, const char *path)
{
    return strncmp(target, path, strlen(path)) == 0;
}

failure failure_of(const passkey_error *error, const char *target)
{
    const passkey_status code = passkey_error_status(error);
    const bool has_link = begins(target, "/bind");
    failure told = {500, NULL, passkey_error_message(error), passkey_error_hint(error), error};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].code == code) {
            told.status = known[i].status;
            told.title = known[i].title;
        }
    if (!has_link && is_for_the_operator(code)) {
        told.status = 502;
        told.title = NULL;
        told.hint = "Tell whoever runs this application: its settings (PASSKEY_…, IDENTITY_ID) do "
                    "not suit the cloud.";
    }
    if (begins(target, "/jobs/"))
        told.title = "Nothing is known of this message";
    if (!told.title)
        told.title = !has_link && told.status == 502 ? "The cloud gave no link"
                                                     : "The passkey could not be created";
    return told;
}
