/* SPDX-License-Identifier: Apache-2.0
 * What kind of link a text is, and the values that it carries. */
#include "link/link.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "link/url.h"

#include <stdlib.h>
#include <string.h>

#define BEHIND_JOB ":invokeAuthenticator"

static const char *const NO_KEYS[] = {NULL};
static const char *const TOKEN_KEY[] = {"token", NULL};
static const char *const REQUEST_KEY[] = {"request", NULL};
static const char *const BIND_KEYS[] = {"api_base_url", "tenant_id", "realm_id", "identity_id",
                                        "job_id",       "token",     NULL};

/* ---------------------------------------------------------- classification */

/* What was read from a text. */
typedef struct reading {
    pk_url url;
    const char *reason;      /* why it is no URL to us; then nothing else is set */
    pk_link_kind path_kind;  /* what the path says it is */
    const char *const *keys; /* what such a path needs in the query */
    const char *missing;     /* the first of them that is not there */
} reading;

typedef struct invoke_path {
    const char *ids[4]; /* tenant, realm, identity, job */
    size_t lens[4];
    const char *rest; /* what stands behind :invokeAuthenticator */
} invoke_path;

/* /v1/tenants/T/realms/R/identities/I/credential-binding-jobs/J:invokeAuthenticator */
static bool split_invoke_path(const char *path, invoke_path *out)
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
    if (strncmp(path, BEHIND_JOB, strlen(BEHIND_JOB)))
        return false;
    out->rest = path + strlen(BEHIND_JOB);
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
    } kinds[] = {{"bind", PK_LINK_BIND, BIND_KEYS},
                 {"pa-bind", PK_LINK_PA_BIND, BIND_KEYS},
                 {"bi-authenticate", PK_LINK_AUTHENTICATE, REQUEST_KEY},
                 {"authenticate", PK_LINK_AUTHENTICATE, REQUEST_KEY},
                 {"self-issue", PK_LINK_AUTHENTICATE, NO_KEYS}};
    bool is_http = !strcmp(url->scheme, "http") || !strcmp(url->scheme, "https");
    invoke_path path;
    size_t i;

    *out_keys = split_invoke_path(url->path, &path) ? TOKEN_KEY : NO_KEYS;
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

static bool has_non_ascii(const char *text, size_t len)
{
    while (len && (unsigned char)*text < 0x80)
        text++, len--;
    return len;
}

/* Moves *p to the next pair with this key: 1, or 0 when there is none, or -1
 * without memory. Encoding never shortens a key, so shorter ones are skipped. */
static int find_pair(const char **p, const char *key, size_t *out_len)
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

static passkey_status find_missing(reading *r)
{
    const char *const *key = r->keys;

    for (; *key && !r->missing; key++) {
        const char *pair = r->url.query ? r->url.query : "";
        size_t len;
        int found = find_pair(&pair, *key, &len);

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

static const char *reason_before_parsing(const char *text)
{
    size_t len = text ? strnlen(text, PK_LINK_MAX + 1) : 0;

    if (!len)
        return "it is empty";
    if (len > PK_LINK_MAX)
        return "it is longer than 65536 bytes";
    return pk_utf8_valid(text, len) ? NULL : "it is not UTF-8 text";
}

/* PASSKEY_OK also for what is no link; to be given to reading_free. */
static passkey_status read_link(const char *text, reading *r)
{
    passkey_status status;

    memset(r, 0, sizeof *r);
    r->reason = reason_before_parsing(text);
    if (r->reason)
        return PASSKEY_OK;
    status = pk_url_parse(text, &r->url, &r->reason);
    if (status)
        return status == PASSKEY_INVALID_LINK ? PASSKEY_OK : status;
    if (r->url.is_opaque)
        r->reason = "its scheme is not followed by a slash";
    else if (r->url.has_non_ascii)
        r->reason = "its host or path holds a character outside ASCII";
    if (r->reason)
        return PASSKEY_OK;
    r->path_kind = kind_of_path(&r->url, &r->keys);
    return find_missing(r);
}

static void reading_free(reading *r)
{
    pk_url_free(&r->url);
}

static pk_link_kind kind_of(const reading *r)
{
    return r->reason || r->missing ? PK_LINK_OTHER : r->path_kind;
}

pk_link_kind pk_link_classify(const char *text)
{
    reading r;
    pk_link_kind kind = read_link(text, &r) ? PK_LINK_OTHER : kind_of(&r);

    reading_free(&r);
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

/* ---------------------------------------------------------------- refusals */

#define NOT_A_LINK "This is not a passkey creation link: "

static passkey_status refuse_missing(const reading *r, passkey_error **out_error)
{
    const char *fragment = strchr(r->url.text, '#');

    pk_fail(out_error, PASSKEY_INVALID_LINK, NOT_A_LINK "it has no parameter \"%s\".", r->missing);
    if (fragment && strstr(fragment, r->missing))
        pk_error_set_hint(out_error, "The parameters belong behind a ?, before any #.");
    else if (r->keys == BIND_KEYS)
        pk_error_set_hint(out_error, "Pass the whole link; on a command line in quotes, since a "
                                     "shell ends it at the first &.");
    return PASSKEY_INVALID_LINK;
}

static passkey_status refuse_other(const reading *r, passkey_error **out_error)
{
    if (r->reason) {
        pk_fail(out_error, PASSKEY_INVALID_LINK, NOT_A_LINK "%s.", r->reason);
        if (r->url.has_non_ascii)
            pk_error_set_hint(out_error, "Write an international host name in its xn-- form and "
                                         "percent-encode the path.");
        return PASSKEY_INVALID_LINK;
    }
    if (r->missing)
        return refuse_missing(r, out_error);
    if (strstr(r->url.path, "/credential-binding-jobs"))
        return pk_fail(out_error, PASSKEY_INVALID_LINK,
                       NOT_A_LINK "its path is not that of a credential binding job with "
                                  BEHIND_JOB " at its end.");
    return pk_fail(out_error, PASSKEY_INVALID_LINK,
                   NOT_A_LINK "its path ends neither with :invokeAuthenticator nor with /bind.");
}

static passkey_status refuse_unsupported(pk_link_kind kind, passkey_error **out_error)
{
    return pk_fail(out_error, PASSKEY_UNSUPPORTED_LINK, "%s",
                   kind == PK_LINK_PA_BIND
                       ? "This is a platform authenticator link (/pa-bind); bind does not take it."
                       : "This is an authentication link: it signs in with a passkey that is there "
                         "already and creates none.");
}

/* ------------------------------------------------------------------ values */

const char *pk_instruction_value_reason(const char *x, size_t x_len)
{
    size_t i;

    if (!x_len)
        return "is empty";
    for (i = 0; i < x_len; i++)
        if (x[i] < ' ' || x[i] > '~')
            return "holds a character that is not printable ASCII";
    if (x[0] == ' ' || x[x_len - 1] == ' ')
        return "begins or ends with a space";
    if ((x_len == 1 && *x == '.') || (x_len == 2 && !memcmp(x, "..", 2)))
        return "is a step in a path and no value";
    return NULL;
}

/* Decodes the one pair with this key. A key that stands twice is refused:
 * another reader might take the other value. */
static passkey_status take_value(const char *query, const char *key, char **out_value,
                                 passkey_error **out_error)
{
    pk_buffer value = {0};
    const char *reason, *again;
    size_t len;

    if (find_pair(&query, key, &len) < 0 || pk_query_get(query, len, key, &value) < 0)
        goto no_memory;
    reason = pk_instruction_value_reason(value.data, value.len);
    again = query + len;
    switch (find_pair(&again, key, &len)) {
    case -1:
        goto no_memory;
    case 1:
        reason = "is given more than once";
    }
    if (reason) {
        pk_buffer_free(&value);
        return pk_fail(out_error, PASSKEY_INVALID_LINK, "The link's parameter \"%s\" %s.", key,
                       reason);
    }
    *out_value = pk_buffer_take(&value);
    return PASSKEY_OK;
no_memory:
    pk_buffer_free(&value);
    return pk_fail_memory(out_error);
}

static passkey_status parse_bind(const reading *r, const pk_url_policy *policy, pk_link *link,
                                 passkey_error **out_error)
{
    pk_instruction *to = &link->instruction;
    char **const targets[] = {&to->api_base_url, &to->tenant_id, &to->realm_id,
                              &to->identity_id,  &to->job_id,    &to->token};
    char *base = NULL;
    passkey_status status = PASSKEY_OK;
    size_t i;

    for (i = 0; !status && BIND_KEYS[i]; i++)
        status = take_value(r->url.query, BIND_KEYS[i], targets[i], out_error);
    if (!status)
        status = pk_base_url_judge(to->api_base_url, "the link's api_base_url", policy, &base,
                                   out_error);
    if (!status) {
        pk_text_free(to->api_base_url);
        to->api_base_url = base;
    }
    return status;
}

static passkey_status take_ids(const char *path, pk_link *link, passkey_error **out_error)
{
    static const char *const names[] = {"tenant", "realm", "identity", "job"};
    pk_instruction *to = &link->instruction;
    char **const targets[] = {&to->tenant_id, &to->realm_id, &to->identity_id, &to->job_id};
    invoke_path parts;
    size_t i;

    if (!split_invoke_path(path, &parts) || *parts.rest) {
        pk_fail(out_error, PASSKEY_INVALID_LINK,
                "The link's path goes on behind " BEHIND_JOB ".");
        pk_error_set_hint(out_error, "Remove what stands between that and the question mark.");
        return PASSKEY_INVALID_LINK;
    }
    for (i = 0; i < 4; i++) {
        if (!parts.lens[i])
            return pk_fail(out_error, PASSKEY_INVALID_LINK, "The link names no %s.", names[i]);
        *targets[i] = pk_text_copy_n(parts.ids[i], parts.lens[i]);
        if (!*targets[i])
            return pk_fail_memory(out_error);
    }
    return PASSKEY_OK;
}

/* Nobody but the cloud reads the token of such a link: it is only looked at. */
static passkey_status parse_invoke(const reading *r, const pk_url_policy *policy, pk_link *link,
                                   passkey_error **out_error)
{
    char *token = NULL;
    passkey_status status = take_ids(r->url.path, link, out_error);

    if (!status)
        status = take_value(r->url.query, "token", &token, out_error);
    pk_text_free(token);
    if (!status)
        status = pk_url_judge(r->url.text, "the link", policy, true, &link->invoke_url, out_error);
    return status;
}

static passkey_status parse_kind(const reading *r, const pk_url_policy *policy, pk_link *link,
                                 passkey_error **out_error)
{
    link->kind = kind_of(r);
    switch (link->kind) {
    case PK_LINK_INVOKE:
        return parse_invoke(r, policy, link, out_error);
    case PK_LINK_BIND:
        return parse_bind(r, policy, link, out_error);
    case PK_LINK_PA_BIND:
    case PK_LINK_AUTHENTICATE:
        return refuse_unsupported(link->kind, out_error);
    case PK_LINK_OTHER:
        break;
    }
    return refuse_other(r, out_error);
}

passkey_status pk_link_parse(const char *text, const pk_url_policy *policy, pk_link *out_link,
                             passkey_error **out_error)
{
    pk_link link = {0};
    reading r;
    passkey_status status = read_link(text, &r);

    status = status ? pk_fail_memory(out_error) : parse_kind(&r, policy, &link, out_error);
    reading_free(&r);
    if (status)
        pk_link_free(&link);
    else
        *out_link = link;
    return status;
}

void pk_instruction_free(pk_instruction *instruction)
{
    pk_text_free(instruction->api_base_url);
    pk_text_free(instruction->tenant_id);
    pk_text_free(instruction->realm_id);
    pk_text_free(instruction->identity_id);
    pk_text_free(instruction->job_id);
    pk_text_free(instruction->token);
    memset(instruction, 0, sizeof *instruction);
}

void pk_link_free(pk_link *link)
{
    pk_text_free(link->invoke_url);
    pk_instruction_free(&link->instruction);
    memset(link, 0, sizeof *link);
}
