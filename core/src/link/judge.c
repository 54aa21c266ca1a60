/* SPDX-License-Identifier: Apache-2.0
 * Whether a URL may be contacted. Only this file calls curl_url_*: libcurl is
 * what will connect, so its reading counts; a URL that the WHATWG parser reads
 * in another way is refused rather than guessed at. */
#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "link/domain.h"
#include "link/link.h"
#include "link/url.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct judgement {
    const char *what;
    const pk_url_policy *policy;
    passkey_error **out_error;
    pk_url url;  /* as the WHATWG parser reads it */
    CURLU *curl; /* as libcurl reads it */
} judgement;

static passkey_status refuse(judgement *j, const char *reason, const char *hint)
{
    pk_fail(j->out_error, PASSKEY_INVALID_LINK, "Cannot follow %s: %s.", j->what, reason);
    pk_error_set_hint(j->out_error, "%s", hint);
    return PASSKEY_INVALID_LINK;
}

static passkey_status refuse_ambiguous(judgement *j)
{
    return refuse(j, "it can be read in more than one way",
                  "Write it plainly: https://host/path, without /../ or encoded dots.");
}

/* ------------------------------------------------------- two parsers agree */

/* What RFC 3986 lets stand in a URL; all else is to be percent-encoded. */
static bool is_well_written(const char *url)
{
    if (url[strspn(url, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                        "-._~:/?#[]@!$&'()*+,;=%")])
        return false;
    for (url = strchr(url, '%'); url; url = strchr(url + 1, '%'))
        if (pk_percent_value(url) < 0)
            return false;
    return true;
}

/* The part as libcurl reads it, for free_part; NULL when it is absent. */
static passkey_status curl_part(CURLU *curl, CURLUPart part, char **out_part)
{
    CURLUcode code = curl_url_get(curl, part, out_part, CURLU_DEFAULT_PORT);

    if (code == CURLUE_OUT_OF_MEMORY)
        return PASSKEY_OUT_OF_MEMORY;
    if (code)
        *out_part = NULL;
    return PASSKEY_OK;
}

static void free_part(char *part)
{
    if (part)
        pk_wipe(part, strlen(part));
    curl_free(part);
}

static bool same_text(const char *a, const char *b)
{
    return !strcmp(a, b);
}

static bool same_port(const char *a, const char *b)
{
    return strtol(a, NULL, 10) == strtol(b, NULL, 10);
}

static passkey_status compare_part(judgement *j, CURLUPart part, const char *ours,
                                   bool (*is_same)(const char *, const char *))
{
    char *theirs = NULL;
    passkey_status status = curl_part(j->curl, part, &theirs);

    if (status)
        status = pk_fail_memory(j->out_error);
    else if (!is_same(ours ? ours : "", theirs ? theirs : ""))
        status = refuse_ambiguous(j);
    free_part(theirs);
    return status;
}

static passkey_status compare(judgement *j)
{
    char port[12];
    passkey_status status;

    snprintf(port, sizeof port, "%d", j->url.port);
    status = compare_part(j, CURLUPART_SCHEME, j->url.scheme, same_text);
    if (!status)
        status = compare_part(j, CURLUPART_HOST, j->url.host, pk_host_is_same);
    if (!status)
        status = compare_part(j, CURLUPART_PORT, port, same_port);
    if (!status)
        status = compare_part(j, CURLUPART_PATH, j->url.path, same_text);
    if (!status)
        status = compare_part(j, CURLUPART_QUERY, j->url.query, same_text);
    return status;
}

/* scheme:///host and scheme:/host mean different things to different readers. */
static bool has_two_slashes(const pk_url *url)
{
    const char *p = url->text + strlen(url->scheme) + 1;

    return p[0] == '/' && p[1] == '/' && p[2] != '/';
}

static bool is_http(const pk_url *url)
{
    return !strcmp(url->scheme, "http") || !strcmp(url->scheme, "https");
}

static passkey_status read_with_curl(judgement *j, const char *url)
{
    CURLUcode code;

    j->curl = curl_url();
    code = j->curl ? curl_url_set(j->curl, CURLUPART_URL, url, CURLU_DISALLOW_USER)
                   : CURLUE_OUT_OF_MEMORY;
    if (code == CURLUE_OUT_OF_MEMORY)
        return pk_fail_memory(j->out_error);
    if (!code)
        return compare(j);
    refuse(j, "it is not a URL that can be contacted", "Check the host and the port.");
    pk_error_set_cause(j->out_error, "libcurl: %s", curl_url_strerror(code));
    return PASSKEY_INVALID_LINK;
}

static passkey_status read_url(judgement *j, const char *url)
{
    const char *reason = NULL;

    if (strnlen(url, PK_LINK_MAX + 1) > PK_LINK_MAX)
        return refuse(j, "it is longer than 65536 bytes", "Pass the URL and nothing else.");
    if (!is_well_written(url))
        return refuse(j, "it holds a character that a URL may only hold percent-encoded",
                      "Pass it as it was received. An international host name is written in "
                      "its xn-- form, a slash as /.");
    if (pk_url_parse(url, &j->url, &reason) == PASSKEY_OUT_OF_MEMORY)
        return pk_fail_memory(j->out_error);
    if (reason)
        return refuse(j, reason, "A URL such as https://api.example.com is needed.");
    if (j->url.has_userinfo)
        return refuse(j, "it names a user before the host (user@host)",
                      "Such links are made to deceive. If you trust this one, remove all up to "
                      "the @ sign.");
    if (is_http(&j->url))
        return has_two_slashes(&j->url) ? read_with_curl(j, url) : refuse_ambiguous(j);
    pk_fail(j->out_error, PASSKEY_INSECURE_URL, "Cannot follow %s: its scheme is %.32s, not https.",
            j->what, j->url.scheme);
    pk_error_set_hint(j->out_error, "Only https URLs are contacted.");
    return PASSKEY_INSECURE_URL;
}

/* ---------------------------------------------------------------- the host */

static passkey_status judge_host(judgement *j)
{
    const char *host = j->url.host;
    size_t len = strlen(host);

    if (!j->url.is_host_plain)
        return refuse(j, "its host is not written plainly",
                      "Write a name without percent-encoding, an IPv4 address as four decimal "
                      "numbers.");
    if (!j->url.port)
        return refuse(j, "its port is 0", "Leave the port out or name the right one.");
    if (len && host[len - 1] == '.') {
        pk_fail(j->out_error, PASSKEY_DOMAIN_NOT_ALLOWED,
                "Cannot follow %s: its host ends with a dot.", j->what);
        pk_error_set_hint(j->out_error, "Write the host without the dot at its end.");
        return PASSKEY_DOMAIN_NOT_ALLOWED;
    }
    if (!pk_host_is_valid(host))
        return refuse(j, "its host is not a host name", "Check how the host is spelled.");
    if (pk_host_is_allowed(host, j->policy->allowed_domains))
        return PASSKEY_OK;
    pk_fail(j->out_error, PASSKEY_DOMAIN_NOT_ALLOWED,
            "Cannot follow %s: its host %s is not in allowed_domains.", j->what, host);
    pk_error_set_hint(j->out_error, "If you trust %s, add it to the option allowed_domains.", host);
    return PASSKEY_DOMAIN_NOT_ALLOWED;
}

/* -------------------------------------------------------------- the scheme */

static passkey_status upgrade(judgement *j)
{
    if (curl_url_set(j->curl, CURLUPART_SCHEME, "https", 0) ||
        curl_url_set(j->curl, CURLUPART_PORT, NULL, 0))
        return pk_fail_memory(j->out_error);
    return PASSKEY_OK;
}

static passkey_status judge_scheme(judgement *j, bool upgrade_http)
{
    bool loopback = pk_host_is_loopback(j->url.host);

    if (!strcmp(j->url.scheme, "https") || (loopback && j->policy->allow_loopback_http))
        return PASSKEY_OK;
    if (!loopback && upgrade_http && j->url.port == 80)
        return upgrade(j);
    pk_fail(j->out_error, PASSKEY_INSECURE_URL,
            "Cannot follow %s: http to %s would send secrets without TLS.", j->what, j->url.host);
    pk_error_set_hint(j->out_error, "%s",
                      loopback ? "If the cloud on this machine is for development, set the option "
                                 "allow_loopback_http."
                               : "Ask for one that begins with https://.");
    return PASSKEY_INSECURE_URL;
}

/* -------------------------------------------------------------- the result */

/* libcurl keeps a name's upper case; equal hosts are to look equal. */
static passkey_status write_url(judgement *j, char **out_url)
{
    bool is_ipv6 = *j->url.host == '[';
    char *text = NULL, *copy;

    if (!curl_url_set(j->curl, CURLUPART_FRAGMENT, NULL, 0) &&
        (is_ipv6 || !curl_url_set(j->curl, CURLUPART_HOST, j->url.host, 0)))
        curl_url_get(j->curl, CURLUPART_URL, &text, CURLU_NO_DEFAULT_PORT);
    copy = pk_text_copy(text);
    free_part(text);
    if (!copy)
        return pk_fail_memory(j->out_error);
    *out_url = copy;
    return PASSKEY_OK;
}

passkey_status pk_url_judge(const char *url, const char *what, const pk_url_policy *policy,
                            bool upgrade_http, char **out_url, passkey_error **out_error)
{
    judgement j = {.what = what, .policy = policy, .out_error = out_error};
    passkey_status status = read_url(&j, url);

    if (!status)
        status = judge_host(&j);
    if (!status)
        status = judge_scheme(&j, upgrade_http);
    if (!status)
        status = write_url(&j, out_url);
    curl_url_cleanup(j.curl);
    pk_url_free(&j.url);
    return status;
}

passkey_status pk_base_url_judge(const char *url, const char *what, const pk_url_policy *policy,
                                 char **out_url, passkey_error **out_error)
{
    judgement j = {.what = what, .out_error = out_error};
    char *base = NULL;
    passkey_status status = pk_url_judge(url, what, policy, false, &base, out_error);

    if (!status && strchr(base, '?'))
        status = refuse(&j, "it has a query, and the path of a request cannot go behind that",
                        "The api_base_url is scheme, host and perhaps a path.");
    if (!status)
        *out_url = base;
    else
        pk_text_free(base);
    return status;
}

bool pk_url_is_proxy(const char *url)
{
    CURLU *curl = curl_url();
    char *host = NULL;
    bool is_proxy = curl &&
                    curl_url_set(curl, CURLUPART_URL, url,
                                 CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME) == CURLUE_OK &&
                    curl_url_get(curl, CURLUPART_HOST, &host, 0) == CURLUE_OK && *host;

    curl_free(host);
    curl_url_cleanup(curl);
    return is_proxy;
}
