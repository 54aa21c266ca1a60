/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/smtp.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define CONNECT_SHARE 2 /* of the time for a message, the half is for connecting */

struct pk_smtp {
    const pk_smtp_settings *settings;
    const atomic_llong *abort_at_ms;
    CURL *easy;
};

/* What is left to be read of a message. */
typedef struct upload {
    const char *at;
    size_t len;
    bool begun;
} upload;

static void init_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

static void ensure_curl(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, init_curl);
}

/* ------------------------------------------------------------------------ URL */

/* Names and addresses that never leave the machine: libcurl itself resolves
 * localhost to loopback, whatever the resolver says. */
static bool is_loopback(const char *host)
{
    if (!host)
        return false;
    return pk_equal_ignoring_case(host, "localhost") || strcmp(host, "[::1]") == 0 ||
           (strncmp(host, "127.", 4) == 0 && host[strspn(host, "0123456789.")] == '\0');
}

/* A part of the URL in the arena; NULL when it has none. */
static const char *part_of(pk_arena *arena, CURLU *parsed, CURLUPart part, unsigned flags)
{
    const char *copy = NULL;
    char *text = NULL;

    if (curl_url_get(parsed, part, &text, flags) == CURLUE_OK) {
        copy = pk_arena_text(arena, text);
        pk_wipe(text, strlen(text));
    }
    curl_free(text);
    return copy;
}

static const char *fault_of(pk_arena *arena, CURLU *parsed, const char *url)
{
    const char *scheme, *host;

    if (curl_url_set(parsed, CURLUPART_URL, url, 0) != CURLUE_OK)
        return "not a URL";
    scheme = part_of(arena, parsed, CURLUPART_SCHEME, 0);
    host = part_of(arena, parsed, CURLUPART_HOST, 0);
    if (!scheme || (strcmp(scheme, "smtp") != 0 && strcmp(scheme, "smtps") != 0))
        return "the scheme is not smtp or smtps";
    if (!host || *host == '\0')
        return "no host";
    if (part_of(arena, parsed, CURLUPART_QUERY, 0) || part_of(arena, parsed, CURLUPART_FRAGMENT, 0))
        return "a query or fragment";
    return NULL;
}

static void take_parts(pk_arena *arena, CURLU *parsed, pk_smtp_settings *out)
{
    out->user = part_of(arena, parsed, CURLUPART_USER, CURLU_URLDECODE);
    out->password = part_of(arena, parsed, CURLUPART_PASSWORD, CURLU_URLDECODE);
    curl_url_set(parsed, CURLUPART_USER, NULL, 0);
    curl_url_set(parsed, CURLUPART_PASSWORD, NULL, 0);
    curl_url_set(parsed, CURLUPART_OPTIONS, NULL, 0);
    out->url = part_of(arena, parsed, CURLUPART_URL, 0);
    out->require_tls = !is_loopback(part_of(arena, parsed, CURLUPART_HOST, 0));
}

const char *pk_smtp_read_url(pk_arena *arena, const char *url, pk_smtp_settings *out)
{
    CURLU *parsed;
    const char *fault;

    ensure_curl();
    parsed = curl_url();
    fault = parsed ? fault_of(arena, parsed, url) : "out of memory";
    if (!fault)
        take_parts(arena, parsed, out);
    curl_url_cleanup(parsed);
    return fault || out->url ? fault : "out of memory";
}

/* -------------------------------------------------------------------- sending */

static size_t read_message(char *out, size_t size, size_t count, void *user)
{
    upload *this = user;
    size_t len = size * count < this->len ? size * count : this->len;

    memcpy(out, this->at, len);
    this->at += len;
    this->len -= len;
    this->begun = true;
    return len;
}

static int may_go_on(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const pk_smtp *smtp = user;
    long long abort_at_ms = atomic_load(smtp->abort_at_ms);

    (void)a, (void)b, (void)c, (void)d;
    return abort_at_ms != 0 && pk_clock_monotonic_ms() > abort_at_ms;
}

pk_smtp *pk_smtp_new(const pk_smtp_settings *settings, const atomic_llong *abort_at_ms)
{
    pk_smtp *smtp = calloc(1, sizeof *smtp);

    ensure_curl();
    if (!smtp)
        return NULL;
    smtp->settings = settings;
    smtp->abort_at_ms = abort_at_ms;
    smtp->easy = curl_easy_init();
    if (smtp->easy)
        return smtp;
    free(smtp);
    return NULL;
}

/* Without this, libcurl says QUIT and waits up to two minutes for an answer. */
static void hang_up(pk_smtp *smtp)
{
    curl_socket_t fd = CURL_SOCKET_BAD;

    if (curl_easy_getinfo(smtp->easy, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK &&
        fd != CURL_SOCKET_BAD)
        shutdown(fd, SHUT_RDWR);
}

void pk_smtp_free(pk_smtp *smtp)
{
    if (!smtp)
        return;
    hang_up(smtp);
    curl_easy_cleanup(smtp->easy);
    free(smtp);
}

/* Mail goes straight to its server: no proxy of the environment. */
static bool configure(pk_smtp *smtp, upload *message)
{
    const pk_smtp_settings *settings = smtp->settings;
    CURL *easy = smtp->easy;
    long use_ssl = settings->require_tls ? CURLUSESSL_ALL : CURLUSESSL_NONE;

    curl_easy_reset(easy);
    return curl_easy_setopt(easy, CURLOPT_URL, settings->url) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USE_SSL, use_ssl) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           (!settings->ca_file ||
            curl_easy_setopt(easy, CURLOPT_CAINFO, settings->ca_file) == CURLE_OK) &&
           (!settings->user ||
            curl_easy_setopt(easy, CURLOPT_USERNAME, settings->user) == CURLE_OK) &&
           (!settings->password ||
            curl_easy_setopt(easy, CURLOPT_PASSWORD, settings->password) == CURLE_OK) &&
           curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)settings->timeout_ms) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                            (long)(settings->timeout_ms / CONNECT_SHARE)) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, may_go_on) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_XFERINFODATA, smtp) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_message) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_READDATA, message) == CURLE_OK;
}

/* RFC 5321, section 4.2.1: 5yz is final. Not so, for us, what it says of our
 * credentials or of missing TLS (RFC 4954, RFC 3207): that is for the operator
 * to mend, and no fault of the message. */
static bool is_final(CURLcode code, long answer, bool begun)
{
    bool of_message = code == CURLE_SEND_ERROR || (code == CURLE_WEIRD_SERVER_REPLY && begun);

    return of_message && answer >= 500 && answer <= 599 && answer != 530 && answer != 534 &&
           answer != 535 && answer != 538;
}

static pk_sending judge(pk_smtp *smtp, CURLcode code, bool begun, char *out_reason,
                        size_t reason_size)
{
    long answer = 0;

    if (code == CURLE_OK)
        return PK_SENDING_DONE;
    curl_easy_getinfo(smtp->easy, CURLINFO_RESPONSE_CODE, &answer);
    if (answer >= 400)
        snprintf(out_reason, reason_size, "the mail server answered %ld", answer);
    else
        snprintf(out_reason, reason_size, "%s (%d)", curl_easy_strerror(code), (int)code);
    return is_final(code, answer, begun) ? PK_SENDING_NEVER : PK_SENDING_LATER;
}

static CURLcode perform(pk_smtp *smtp, const char *from, struct curl_slist *to, upload *message)
{
    if (!to || !configure(smtp, message) ||
        curl_easy_setopt(smtp->easy, CURLOPT_MAIL_FROM, from) != CURLE_OK ||
        curl_easy_setopt(smtp->easy, CURLOPT_MAIL_RCPT, to) != CURLE_OK)
        return CURLE_OUT_OF_MEMORY;
    return curl_easy_perform(smtp->easy);
}

pk_sending pk_smtp_send(pk_smtp *smtp, const char *from, const char *to, const char *message,
                        size_t message_len, char *out_reason, size_t reason_size)
{
    upload text = {message, message_len, false};
    struct curl_slist *recipients = curl_slist_append(NULL, to);
    CURLcode code = perform(smtp, from, recipients, &text);

    curl_slist_free_all(recipients);
    return judge(smtp, code, text.begun, out_reason, reason_size);
}
