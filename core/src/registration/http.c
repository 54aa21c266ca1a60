/* SPDX-License-Identifier: Apache-2.0 */
#include "registration/http.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "link/link.h"
#include "registration/http_error.h"
#include "registration/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef enum stage { IDLE, PREPARED, ANSWERED } stage;

struct pk_http {
    pk_transfer transfer; /* first: the network thread gives it back */
    CURL *easy;
    char *ca_file;
    char *proxy;
    int timeout_ms;
    int64_t left_ms; /* of timeout_ms */
    pk_log log;

    /* the request */
    stage stage;
    struct curl_slist *headers;
    char *body;
    char *origin;
    int64_t sent_ms;
    void (*call)(void *user);
    void *user;

    /* its answer */
    passkey_status why; /* it was stopped */
    CURLcode code;
    pk_http_answer answer;
    size_t num_header_bytes;
    bool too_large;
    bool no_memory;
    bool not_loopback;
    char failure[CURL_ERROR_SIZE];
};

static void init_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

static void free_headers(struct curl_slist *headers)
{
    struct curl_slist *header;

    for (header = headers; header; header = header->next)
        pk_wipe(header->data, strlen(header->data));
    curl_slist_free_all(headers);
}

static void forget_request(pk_http *http)
{
    if (http->easy)
        curl_easy_reset(http->easy); /* keeps the connection */
    free_headers(http->headers);
    pk_text_free(http->body);
    pk_text_free(http->origin);
    http->headers = NULL;
    http->body = http->origin = NULL;
    http->transfer.host = NULL;
    http->stage = IDLE;
}

static void free_parts(pk_http *http)
{
    forget_request(http);
    pk_http_answer_free(&http->answer);
    curl_easy_cleanup(http->easy);
    pk_text_free(http->ca_file);
    pk_text_free(http->proxy);
    http->easy = NULL;
}

passkey_status pk_http_new(const pk_http_options *options, pk_http **out_http,
                           passkey_error **out_error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pk_http *http = calloc(1, sizeof *http);

    pthread_once(&once, init_curl);
    if (!http)
        return pk_fail_memory(out_error);
    http->easy = curl_easy_init();
    http->ca_file = pk_text_copy(options->ca_file);
    http->proxy = pk_text_copy(options->proxy);
    http->timeout_ms = options->timeout_ms;
    http->left_ms = options->timeout_ms;
    http->log = options->log;
    http->transfer.canceled = options->canceled;
    if (!http->easy || (options->ca_file && !http->ca_file) ||
        (options->proxy && !http->proxy) || !pk_network_enter()) {
        free_parts(http);
        free(http);
        return pk_fail_memory(out_error);
    }
    *out_http = http;
    return PASSKEY_OK;
}

static void left(pk_transfer *transfer, passkey_status why, CURLcode code)
{
    pk_http *http = (pk_http *)(void *)transfer;
    void (*freed)(void *user) = http->call, *user = http->user;

    (void)why, (void)code;
    free(http);
    freed(user);
}

void pk_http_free(pk_http *http, void (*freed)(void *user), void *user)
{
    free_parts(http);
    http->call = freed;
    http->user = user;
    http->transfer.easy = NULL;
    http->transfer.ended = left;
    pk_network_leave(&http->transfer);
}

void pk_http_answer_free(pk_http_answer *answer)
{
    pk_buffer_free(&answer->body);
    memset(answer, 0, sizeof *answer);
}

static size_t take_body(char *x, size_t size, size_t count, void *user)
{
    pk_http *this = user;
    size_t len = size * count;

    if (this->answer.body.len + len > PK_HTTP_MAX_BODY)
        this->too_large = true;
    else if (!pk_buffer_append(&this->answer.body, x, len))
        this->no_memory = true;
    return this->too_large || this->no_memory ? 0 : len;
}

static void take_correlation_id(pk_http_answer *answer, const char *line, size_t len)
{
    static const char name[] = "x-correlation-id:";
    char value[sizeof answer->correlation_id] = "";
    size_t start = sizeof name - 1, i;
    char head[sizeof name];

    if (len < start)
        return;
    memcpy(head, line, start);
    head[start] = '\0';
    if (!pk_equal_ignoring_case(head, name))
        return;
    while (start < len && line[start] == ' ')
        start++;
    while (len > start && (line[len - 1] == '\r' || line[len - 1] == '\n' || line[len - 1] == ' '))
        len--;
    if (len - start >= sizeof value)
        return;
    for (i = start; i < len; i++)
        if (line[i] <= ' ' || line[i] > '~')
            return;
    memcpy(value, line + start, len - start);
    memcpy(answer->correlation_id, value, sizeof value);
}

static size_t take_header(char *x, size_t size, size_t count, void *user)
{
    pk_http *this = user;
    size_t len = size * count;

    this->num_header_bytes += len;
    if (this->num_header_bytes > PK_HTTP_MAX_HEADERS) {
        this->too_large = true;
        return 0;
    }
    take_correlation_id(&this->answer, x, len);
    return len;
}

static bool is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr) >> 24 ==
               127;
    return address->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
}

static curl_socket_t open_any(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    pk_network_found_host(&((pk_http *)user)->transfer);
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Plain http is for this machine only, whatever the name resolves to. */
static curl_socket_t open_loopback(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    if (is_loopback(&address->addr))
        return open_any(user, purpose, address);
    ((pk_http *)user)->not_loopback = true;
    return CURL_SOCKET_BAD;
}

/* Also on a connection that was there already. */
static int before_sending(void *user, char *peer, char *local, int peer_port, int local_port)
{
    (void)peer, (void)local, (void)peer_port, (void)local_port;
    pk_network_found_host(&((pk_http *)user)->transfer);
    return CURL_PREREQFUNC_OK;
}

static bool add_header(struct curl_slist **headers, const char *name, const char *value)
{
    pk_buffer line = {0};
    struct curl_slist *longer = NULL;

    if (pk_buffer_printf(&line, "%s: %s", name, value))
        longer = curl_slist_append(*headers, line.data);
    pk_buffer_free(&line);
    if (longer)
        *headers = longer;
    return longer;
}

static bool make_headers(const pk_http_request *request, struct curl_slist **out)
{
    pk_buffer bearer = {0};
    bool made = (!request->accept || add_header(out, "Accept", request->accept)) &&
                (!request->body || add_header(out, "Content-Type", "application/json")) &&
                (!request->bearer || (pk_buffer_printf(&bearer, "Bearer %s", request->bearer) &&
                                      add_header(out, "Authorization", bearer.data)));

    pk_buffer_free(&bearer);
    return made;
}

#define SET(option, value) (curl_easy_setopt(easy, option, value) == CURLE_OK)

static bool set_transport(pk_http *http, const char *url)
{
    CURL *easy = http->easy;
    bool plain = !strncmp(url, "http://", 7);

    return SET(CURLOPT_URL, url) && SET(CURLOPT_PROTOCOLS_STR, plain ? "http" : "https") &&
           SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
           SET(CURLOPT_SSL_VERIFYPEER, 1L) && SET(CURLOPT_SSL_VERIFYHOST, 2L) &&
           (!http->ca_file ||
            (SET(CURLOPT_CAINFO, http->ca_file) && SET(CURLOPT_CAPATH, NULL))) &&
           SET(CURLOPT_PROXY, plain || !http->proxy ? "" : http->proxy) &&
           SET(CURLOPT_NOPROXY, "") && SET(CURLOPT_FOLLOWLOCATION, 0L) &&
           SET(CURLOPT_OPENSOCKETFUNCTION, plain ? open_loopback : open_any) &&
           SET(CURLOPT_OPENSOCKETDATA, http);
}

/* libcurl lets a connection through a proxy be used again by whoever names the
 * same proxy, whatever the password. */
static bool set_sharing(pk_http *http)
{
    CURL *easy = http->easy;

    if (!http->proxy || !strchr(http->proxy, '@'))
        return true;
    return SET(CURLOPT_FRESH_CONNECT, 1L) && SET(CURLOPT_FORBID_REUSE, 1L) &&
           SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
}

/* A cancel must not wait for the end of a name lookup (libcurl 7.87). */
static bool set_quick_exit(pk_http *http)
{
#if LIBCURL_VERSION_NUM >= 0x075700
    CURL *easy = http->easy;

    return SET(CURLOPT_QUICK_EXIT, 1L);
#else
    (void)http;
    return true;
#endif
}

static bool set_limits(pk_http *http)
{
    CURL *easy = http->easy;

    return SET(CURLOPT_NOSIGNAL, 1L) && SET(CURLOPT_HTTP09_ALLOWED, 0L) &&
           SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) &&
           SET(CURLOPT_USERAGENT, "libpasskey/" PASSKEY_VERSION) &&
           SET(CURLOPT_ERRORBUFFER, http->failure) &&
           SET(CURLOPT_WRITEFUNCTION, take_body) && SET(CURLOPT_WRITEDATA, http) &&
           SET(CURLOPT_HEADERFUNCTION, take_header) && SET(CURLOPT_HEADERDATA, http) &&
           SET(CURLOPT_PREREQFUNCTION, before_sending) && SET(CURLOPT_PREREQDATA, http);
}

static bool set_request(pk_http *http, const pk_http_request *request)
{
    CURL *easy = http->easy;

    if (http->headers && !SET(CURLOPT_HTTPHEADER, http->headers))
        return false;
    if (!strcmp(request->method, "GET"))
        return SET(CURLOPT_HTTPGET, 1L);
    return SET(CURLOPT_POST, 1L) && SET(CURLOPT_POSTFIELDS, http->body ? http->body : "") &&
           SET(CURLOPT_POSTFIELDSIZE, http->body ? (long)strlen(http->body) : 0L);
}

/* Without a body curl would name its own content type for a POST. */
static bool drop_content_type(const pk_http_request *request, struct curl_slist **headers)
{
    struct curl_slist *longer;

    if (request->body)
        return true;
    longer = curl_slist_append(*headers, "Content-Type:");
    if (longer)
        *headers = longer;
    return longer;
}

/* The host of an origin, when its address is not already there. */
static const char *host_to_look_up(const char *origin)
{
    char host[64];
    struct in_addr address;
    const char *start = strstr(origin, "://") + 3;
    size_t len = strcspn(start, ":");

    if (*start == '[')
        return NULL;
    if (len >= sizeof host)
        return origin;
    memcpy(host, start, len);
    host[len] = '\0';
    return inet_pton(AF_INET, host, &address) == 1 ? NULL : origin;
}

static bool copy_request(pk_http *http, const pk_http_request *request)
{
    http->origin = pk_url_origin(request->url);
    http->body = pk_text_copy(request->body);
    if (!http->origin || (request->body && !http->body) ||
        !make_headers(request, &http->headers) || !drop_content_type(request, &http->headers))
        return false;
    http->transfer.host = http->proxy ? http->proxy : host_to_look_up(http->origin);
    return true;
}

passkey_status pk_http_prepare(pk_http *http, const pk_http_request *request,
                               passkey_error **out_error)
{
    forget_request(http);
    pk_http_answer_free(&http->answer);
    http->num_header_bytes = 0;
    http->too_large = http->no_memory = http->not_loopback = false;
    http->failure[0] = '\0';
    if (!copy_request(http, request) || !set_transport(http, request->url) ||
        !set_sharing(http) || !set_quick_exit(http) || !set_limits(http) ||
        !set_request(http, request))
        return pk_fail_memory(out_error);
    http->stage = PREPARED;
    return PASSKEY_OK;
}

bool pk_http_is_prepared(const pk_http *http)
{
    return http->stage == PREPARED;
}

static void heard(pk_transfer *transfer, passkey_status why, CURLcode code)
{
    pk_http *http = (pk_http *)(void *)transfer;

    http->why = why;
    http->code = code;
    http->left_ms -= pk_clock_monotonic_ms() - http->sent_ms;
    curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &http->answer.status);
    http->call(http->user);
}

void pk_http_submit(pk_http *http, void (*call)(void *user), void *user)
{
    http->stage = ANSWERED;
    http->call = call;
    http->user = user;
    http->sent_ms = pk_clock_monotonic_ms();
    http->transfer.easy = http->easy;
    http->transfer.deadline_ms = http->sent_ms + http->left_ms;
    http->transfer.ended = heard;
    pk_network_start(&http->transfer);
}

static passkey_status explain(const pk_http *http, passkey_error **out_error)
{
    const char *detail = *http->failure ? http->failure : curl_easy_strerror(http->code);

    if (http->why == PASSKEY_CANCELED)
        return pk_fail(out_error, http->why, "The operation was canceled.");
    if (http->why == PASSKEY_TIMEOUT)
        return pk_fail(out_error, http->why, "The cloud did not answer within %d ms.",
                       http->timeout_ms);
    if (http->too_large)
        return pk_fail(out_error, PASSKEY_BAD_RESPONSE, "The cloud's answer is larger than %d bytes.",
                       PK_HTTP_MAX_BODY);
    if (http->no_memory)
        return pk_fail_memory(out_error);
    if (http->not_loopback)
        return pk_fail(out_error, PASSKEY_INSECURE_URL,
                       "The host of a plain http URL is not on this machine.");
    return pk_http_fail((int)http->code, detail, out_error);
}

static bool failed(const pk_http *http)
{
    return http->why || http->code != CURLE_OK;
}

bool pk_http_answer_lost(const pk_http *http)
{
    if (failed(http))
        return explain(http, NULL) == PASSKEY_NETWORK_ERROR;
    return http->answer.status >= 500 && http->answer.status <= 599;
}

static void log_outcome(const pk_http *http)
{
    long long ms = (long long)(pk_clock_monotonic_ms() - http->sent_ms);
    const char *id = http->answer.correlation_id;

    if (failed(http))
        pk_log_write(&http->log, PASSKEY_LOG_DEBUG, "%s: no answer after %lld ms (libcurl %d)",
                     http->origin, ms, (int)http->code);
    else
        pk_log_write(&http->log, PASSKEY_LOG_DEBUG, "%s: HTTP %ld after %lld ms%s%s", http->origin,
                     http->answer.status, ms, *id ? ", correlation id " : "", id);
}

passkey_status pk_http_take(pk_http *http, pk_http_answer *out_answer, passkey_error **out_error)
{
    passkey_status status = PASSKEY_OK;

    log_outcome(http);
    if (failed(http))
        status = explain(http, out_error);
    else if (!http->answer.body.data && !pk_buffer_append(&http->answer.body, "", 0))
        status = pk_fail_memory(out_error);
    forget_request(http);
    if (status)
        return status;
    *out_answer = http->answer;
    memset(&http->answer, 0, sizeof http->answer);
    return PASSKEY_OK;
}
