/* SPDX-License-Identifier: Apache-2.0
 * What kind of link a text is, as the official SDK's predicates answer. */
#include "link/classify.h"

#include "base/text.h"

#include <string.h>

const char *const pk_bind_keys[] = {"api_base_url", "tenant_id", "realm_id", "identity_id",
                                    "job_id",       "token",     NULL};
static const char *const NO_KEYS[] = {NULL};
static const char *const TOKEN_KEY[] = {"token", NULL};
static const char *const REQUEST_KEY[] = {"request", NULL};

/* ---------------------------------------------------------------- the path */

/* /v1/tenants/T/realms/R/identities/I/credential-binding-jobs/J:invokeAuthenticator */
bool pk_invoke_path_split(const char *path, pk_invoke_path *out)
{
    static const char *const before[] = {"v1/tenants/", "/realms/", "/identities/",
                                         "/credential-binding-jobs/"};
    size_t i;

    path += strspn(path, "/");
    for (i = 0; i < 4; i++) {
        if (strncmp(path, before[i], strlen(before[i])))
            return false;
        out->ids[i] = path + strlen(before[i]);
        out->lens[i] = strcspn(out->ids[i], i < 3 ? "/" : "/:");
        path = out->ids[i] + out->lens[i];
    }
    if (strncmp(path, PK_BEHIND_JOB, strlen(PK_BEHIND_JOB)))
        return false;
    out->rest = path + strlen(PK_BEHIND_JOB);
    return !*out->rest || *out->rest == '/' || *out->rest == ':';
}

/* acme://bind has no path: there the host counts. */
static const char *last_segment(const pk_url *url)
{
    const char *slash = strrchr(url->path, '/');

    return slash ? slash + 1 : url->is_special ? "" : url->host;
}

static pk_link_kind kind_of_path(const pk_url *url, const char *const **out_keys)
{
    static const struct {
        const char *segment;
        pk_link_kind kind;
        const char *const *keys;
    } kinds[] = {{"bind", PK_LINK_BIND, pk_bind_keys},
                 {"pa-bind", PK_LINK_PA_BIND, pk_bind_keys},
                 {"bi-authenticate", PK_LINK_AUTHENTICATE, REQUEST_KEY},
                 {"authenticate", PK_LINK_AUTHENTICATE, REQUEST_KEY},
                 {"self-issue", PK_LINK_AUTHENTICATE, NO_KEYS}};
    bool is_http = !strcmp(url->scheme, "http") || !strcmp(url->scheme, "https");
    pk_invoke_path path;
    size_t i;

    *out_keys = pk_invoke_path_split(url->path, &path) ? TOKEN_KEY : NO_KEYS;
    if (*out_keys == TOKEN_KEY)
        return PK_LINK_INVOKE;
    for (i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(last_segment(url), kinds[i].segment) || (kinds[i].keys == NO_KEYS && !is_http))
            continue;
        *out_keys = kinds[i].keys;
        return kinds[i].kind;
    }
    return PK_LINK_OTHER;
}

/* --------------------------------------------------------------- the query */

static bool has_non_ascii(const char *text, size_t len)
{
    while (len && (unsigned char)*text < 0x80)
        text++, len--;
    return len;
}

/* Encoding never shortens a key, so shorter ones need no decoding. */
int pk_query_find(const char **p, const char *key, size_t *out_len)
{
    for (; **p; *p += *out_len + ((*p)[*out_len] == '&')) {
        int found;

        *out_len = strcspn(*p, "&");
        found = strcspn(*p, "=&") < strlen(key) ? 0 : pk_query_get(*p, *out_len, key, NULL);
        if (found)
            return found;
    }
    return 0;
}

static passkey_status find_missing(pk_reading *r, const char *const *key)
{
    for (; *key && !r->missing; key++) {
        const char *pair = r->url.query ? r->url.query : "";
        size_t len;
        int found = pk_query_find(&pair, *key, &len);

        if (found < 0)
            return PASSKEY_OUT_OF_MEMORY;
        if (!found)
            r->missing = *key;
        /* The official SDK cannot read such a link. */
        else if (!strcmp(*key, "tenant_id") && has_non_ascii(pair, len))
            r->reason = "its tenant_id holds a character outside ASCII";
    }
    return PASSKEY_OK;
}

/* --------------------------------------------------------------- the whole */

static const char *reason_before_parsing(const char *text)
{
    size_t len = text ? strnlen(text, PK_LINK_MAX + 1) : 0;

    if (!len)
        return "it is empty";
    if (len > PK_LINK_MAX)
        return "it is longer than 65536 bytes";
    return pk_utf8_valid(text, len) ? NULL : "it is not UTF-8 text";
}

passkey_status pk_link_read(const char *text, pk_reading *out)
{
    const char *const *keys;
    passkey_status status;

    memset(out, 0, sizeof *out);
    out->reason = reason_before_parsing(text);
    if (out->reason)
        return PASSKEY_OK;
    status = pk_url_parse(text, &out->url, &out->reason);
    if (status)
        return status == PASSKEY_INVALID_LINK ? PASSKEY_OK : status;
    if (out->url.is_opaque)
        out->reason = "its scheme is not followed by a slash";
    else if (out->url.has_non_ascii)
        out->reason = "its host or path holds a character outside ASCII";
    if (out->reason)
        return PASSKEY_OK;
    out->path_kind = kind_of_path(&out->url, &keys);
    return find_missing(out, keys);
}

pk_link_kind pk_reading_kind(const pk_reading *reading)
{
    return reading->reason || reading->missing ? PK_LINK_OTHER : reading->path_kind;
}

void pk_reading_free(pk_reading *reading)
{
    pk_url_free(&reading->url);
}

pk_link_kind pk_link_classify(const char *text)
{
    pk_reading reading;
    pk_link_kind kind = pk_link_read(text, &reading) ? PK_LINK_OTHER : pk_reading_kind(&reading);

    pk_reading_free(&reading);
    return kind;
}

bool passkey_is_bind_passkey_url(const char *url)
{
    pk_link_kind kind = pk_link_classify(url);

    return kind == PK_LINK_INVOKE || kind == PK_LINK_BIND || kind == PK_LINK_PA_BIND;
}

bool passkey_is_authenticate_url(const char *url)
{
    return pk_link_classify(url) == PK_LINK_AUTHENTICATE;
}
