/* SPDX-License-Identifier: Apache-2.0
 * The values that a link carries, or why bind does not take it. */
#include "link/link.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "link/classify.h"

#include <string.h>

/* ---------------------------------------------------------------- refusals */

#define NOT_A_LINK "This is not a passkey creation link: "

static passkey_status refuse_missing(const pk_reading *r, passkey_error **out_error)
{
    const char *fragment = strchr(r->url.text, '#');

    pk_fail(out_error, PASSKEY_INVALID_LINK, NOT_A_LINK "it has no parameter \"%s\".", r->missing);
    if (fragment && strstr(fragment, r->missing))
        pk_error_set_hint(out_error, "The parameters belong behind a ?, before any #.");
    else if (r->path_kind == PK_LINK_BIND || r->path_kind == PK_LINK_PA_BIND)
        pk_error_set_hint(out_error, "Pass the whole link; on a command line in quotes, since a "
                                     "shell ends it at the first &.");
    return PASSKEY_INVALID_LINK;
}

static passkey_status refuse_other(const pk_reading *r, passkey_error **out_error)
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
                                  PK_BEHIND_JOB " at its end.");
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

    if (pk_query_find(&query, key, &len) < 0 || pk_query_get(query, len, key, &value) < 0)
        goto no_memory;
    reason = pk_instruction_value_reason(value.data, value.len);
    again = query + len;
    switch (pk_query_find(&again, key, &len)) {
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

static passkey_status parse_bind(const pk_reading *r, const pk_url_policy *policy, pk_link *link,
                                 passkey_error **out_error)
{
    pk_instruction *to = &link->instruction;
    char **const targets[] = {&to->api_base_url, &to->tenant_id, &to->realm_id,
                              &to->identity_id,  &to->job_id,    &to->token};
    char *base = NULL;
    passkey_status status = PASSKEY_OK;
    size_t i;

    for (i = 0; !status && pk_bind_keys[i]; i++)
        status = take_value(r->url.query, pk_bind_keys[i], targets[i], out_error);
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
    pk_invoke_path parts;
    size_t i;

    if (!pk_invoke_path_split(path, &parts) || *parts.rest) {
        pk_fail(out_error, PASSKEY_INVALID_LINK,
                "The link's path goes on behind " PK_BEHIND_JOB ".");
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
static passkey_status parse_invoke(const pk_reading *r, const pk_url_policy *policy, pk_link *link,
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

static passkey_status parse_kind(const pk_reading *r, const pk_url_policy *policy, pk_link *link,
                                 passkey_error **out_error)
{
    link->kind = pk_reading_kind(r);
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
    pk_reading r;
    passkey_status status = pk_link_read(text, &r);

    status = status ? pk_fail_memory(out_error) : parse_kind(&r, policy, &link, out_error);
    pk_reading_free(&r);
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
