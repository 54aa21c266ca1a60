/* SPDX-License-Identifier: Apache-2.0
 * Passkey creation links: what they are, and whether they may be followed. */
#ifndef PK_LINK_H
#define PK_LINK_H

#include <passkey/passkey.h>

#define PK_LINK_MAX 65536

typedef enum pk_link_kind {
    PK_LINK_OTHER,
    PK_LINK_INVOKE,      /* …/credential-binding-jobs/J:invokeAuthenticator?token=… */
    PK_LINK_BIND,        /* …/bind?api_base_url=…&tenant_id=…&…&token=… */
    PK_LINK_PA_BIND,     /* the same on …/pa-bind */
    PK_LINK_AUTHENTICATE /* …/bi-authenticate?request=… and its older forms */
} pk_link_kind;

/* As the official SDK classifies (WHATWG URL rules, syntax only). */
pk_link_kind pk_link_classify(const char *text);

/* What the bind requests are made of; the six values of a /bind link or of the
 * answer to :invokeAuthenticator. */
typedef struct pk_instruction {
    char *api_base_url;
    char *tenant_id;
    char *realm_id;
    char *identity_id;
    char *job_id;
    char *token;
} pk_instruction;

void pk_instruction_free(pk_instruction *instruction);

/* Which hosts may be contacted, and how. */
typedef struct pk_url_policy {
    const char *allowed_domains; /* comma separated; "" allows nothing */
    bool allow_loopback_http;
} pk_url_policy;

typedef struct pk_link {
    pk_link_kind kind;
    char *invoke_url;           /* PK_LINK_INVOKE: the judged URL to GET, token included */
    pk_instruction instruction; /* PK_LINK_BIND: all six, api_base_url judged. PK_LINK_INVOKE:
                                   tenant_id, realm_id, identity_id and job_id as the link's
                                   path names them, for showing only; the rest NULL */
} pk_link;

/* Parses and judges a link as docs/links.md says: INVALID_LINK,
 * UNSUPPORTED_LINK, DOMAIN_NOT_ALLOWED, INSECURE_URL, OUT_OF_MEMORY. */
passkey_status pk_link_parse(const char *text, const pk_url_policy *policy, pk_link *out_link,
                             passkey_error **out_error);
void pk_link_free(pk_link *link);

/* Judges a URL that is about to be contacted: absolute, no userinfo, host
 * allowed, https or permitted loopback http. what names it in the error, such
 * as "the link" or "the api_base_url". With upgrade_http an http URL of an
 * allowed host that is not loopback, with no port or port 80, becomes https.
 * *out_url is the URL to contact, without fragment, for pk_text_free. */
passkey_status pk_url_judge(const char *url, const char *what, const pk_url_policy *policy,
                            bool upgrade_http, char **out_url, passkey_error **out_error);

/* pk_url_judge without upgrade for a URL that paths will be appended to: it has
 * no query. */
passkey_status pk_base_url_judge(const char *url, const char *what, const pk_url_policy *policy,
                                 char **out_url, passkey_error **out_error);

/* Why this cannot be one of the six values of an instruction, in words that go
 * behind its name ("is empty"), NULL when it can. A value goes into a path or
 * a header: printable ASCII, no path step (. or ..). */
const char *pk_instruction_value_reason(const char *x, size_t x_len);

/* Whether libcurl can read this as a proxy's URL; it may lack the scheme. */
bool pk_url_is_proxy(const char *url);

/* scheme://host[:port] of a judged URL; NULL without memory. pk_text_free. */
char *pk_url_origin(const char *url);

#endif
