/* SPDX-License-Identifier: Apache-2.0
 * Links to test with, and what is expected of them. */
#ifndef UNIT_LINK_H
#define UNIT_LINK_H

#include "unit.h"

#include "base/json.h"
#include "base/memory.h"
#include "link/link.h"

#define SECRET "s3cr3t-t0k3n"
#define JOB "/v1/tenants/t1/realms/r1/identities/i1/credential-binding-jobs/j1"
#define INVOKE_PATH JOB ":invokeAuthenticator"
#define INVOKE INVOKE_PATH "?token=" SECRET
#define Q_BUT_BASE "&tenant_id=t1&realm_id=r1&identity_id=i1&job_id=j1&token=" SECRET
#define Q_OF(base) "api_base_url=" base Q_BUT_BASE
#define Q Q_OF("https%3A%2F%2Fapi.example.com")

static const pk_url_policy EXAMPLE = {"example.com", false};
static const pk_url_policy LOOPBACK = {"example.com,localhost,127.0.0.1,127.9.9.9,::1", true};

#define INVALID PASSKEY_INVALID_LINK
#define DOMAIN PASSKEY_DOMAIN_NOT_ALLOWED
#define INSECURE PASSKEY_INSECURE_URL
#define UNSUPPORTED PASSKEY_UNSUPPORTED_LINK

/* What the official SDK answers: tests/data/NAME. */
static inline pk_json *read_vectors(const char *name)
{
    static char text[65536];
    char path[4096];
    const char *reason = NULL;
    pk_json *json;
    size_t len;
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", PASSKEY_TEST_DATA, name);
    file = fopen(path, "rb");
    if (!file)
        fail_msg("cannot open %s", path);
    len = fread(text, 1, sizeof text, file);
    fclose(file);
    json = pk_json_parse(text, len, &reason);
    if (!json)
        fail_msg("%s: %s", path, reason);
    return json;
}

/* A link that is taken, for pk_link_free. */
static inline pk_link parse(const char *text, const pk_url_policy *policy)
{
    passkey_error *error = NULL;
    pk_link link = {0};

    if (pk_link_parse(text, policy, &link, &error))
        fail_msg("%s: %s", text, passkey_error_text(error));
    return link;
}

/* The status, and a word of the message. No secret is in the error, and the
 * link that was to be filled is untouched. */
static inline void expect_refused(const char *text, const pk_url_policy *policy,
                                  passkey_status status, const char *word)
{
    passkey_error *error = NULL;
    pk_link link = {.kind = PK_LINK_AUTHENTICATE};
    passkey_status got = pk_link_parse(text, policy, &link, &error);

    if (got != status)
        fail_msg("%s: %s, not %s", text, got ? passkey_error_text(error) : "taken",
                 passkey_status_name(status));
    if (!strstr(passkey_error_message(error), word))
        fail_msg("%s: no \"%s\" in: %s", text, word, passkey_error_text(error));
    assert_true(*passkey_error_hint(error));
    assert_null(strstr(passkey_error_json(error), SECRET));
    assert_null(strstr(passkey_error_json(error), "s3cr3t"));
    assert_int_equal(link.kind, PK_LINK_AUTHENTICATE);
    passkey_error_free(error);
    assert_int_equal(pk_link_parse(text, policy, &link, NULL), status);
}

#endif
