/* SPDX-License-Identifier: Apache-2.0 */
#include "registration/http.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "registration/http_error.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* How long a cancel may go unnoticed. */
#define POLL_MS 50

struct pk_http {
    CURL *easy;
    CURLM *multi;
    char *ca_file;
    char *proxy;
    int64_t deadline_ms;
    int timeout_ms;
    const atomic_bool *canceled;
    char failure[CURL_ERROR_SIZE];
};

/* What the callbacks of one transfer share. */
typedef struct transfer {
    pk_http_answer *answer;
    size_t num_header_bytes;
    bool too_large;
    bool no_memory;
    bool not_loopback;
    bool no_descriptor;
} transfer;

static void init_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
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
    http->multi = curl_multi_init();
    http->ca_file = pk_text_copy(options->ca_file);
    http->proxy = pk_text_copy(options->proxy);
    http->timeout_ms = options->timeout_ms;
    http->deadline_ms = pk_clock_monotonic_ms() + options->timeout_ms;
    http->canceled = options->canceled;
    if (!http->easy || !http->multi || (options->ca_file && !http->ca_file) ||
        (options->proxy && !http->proxy)) {
        pk_http_free(http);
        return pk_fail_memory(out_error);
    }
    *out_http = http;
    return PASSKEY_OK;
}

void pk_http_free(pk_http *http)
{
    if (!http)
        return;
    curl_easy_cleanup(http->easy);
    curl_multi_cleanup(http->multi);
    pk_text_free(http->ca_file);
    pk_text_free(http->proxy);
    free(http);
}

void pk_http_answer_free(pk_http_answer *answer)
{
    pk_buffer_free(&answer->body);
    memset(answer, 0, sizeof *answer);
}

static size_t take_body(char *x, size_t size, size_t count, void *user)
{
    transfer *this = user;
    size_t len = size * count;

    if (this->answer->body.len + len > PK_HTTP_MAX_BODY)
        this->too_large = true;
    else if (!pk_buffer_append(&this->answer->body, x, len))
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
    transfer *this = user;
    size_t len = size * count;

    this->num_header_bytes += len;
    if (this->num_header_bytes > PK_HTTP_MAX_HEADERS) {
        this->too_large = true;
        return 0;
    }
    take_correlation_id(this->answer, x, len);
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
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

    (void)purpose;
    if (fd < 0 && (errno == EMFILE || errno == ENFILE))
        ((transfer *)user)->no_descriptor = true;
    return fd;
}

/* Plain http is for this machine only, whatever the name resolves to. */
static curl_socket_t open_loopback(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    if (!is_loopback(&address->addr)) {
        ((transfer *)user)->not_loopback = true;
        return CURL_SOCKET_BAD;
    }
    return open_any(user, purpose, address);
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

static void free_headers(struct curl_slist *headers)
{
    struct curl_slist *header;

    for (header = headers; header; header = header->next)
        pk_wipe(header->data, strlen(header->data));
    curl_slist_free_all(headers);
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

static bool set_transport(pk_http *http, const char *url, transfer *this)
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
           SET(CURLOPT_OPENSOCKETDATA, this);
}

/* Without it, the end of a transfer waits for a name server that is silent. */
static bool set_quick_exit(CURL *easy)
{
    return SET(CURLOPT_QUICK_EXIT, 1L);
}

static bool set_limits(pk_http *http, transfer *this)
{
    CURL *easy = http->easy;

    return SET(CURLOPT_NOSIGNAL, 1L) && set_quick_exit(easy) && SET(CURLOPT_HTTP09_ALLOWED, 0L) &&
           SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) &&
           SET(CURLOPT_USERAGENT, "libpasskey/" PASSKEY_VERSION) &&
           SET(CURLOPT_ERRORBUFFER, http->failure) &&
           SET(CURLOPT_WRITEFUNCTION, take_body) && SET(CURLOPT_WRITEDATA, this) &&
           SET(CURLOPT_HEADERFUNCTION, take_header) && SET(CURLOPT_HEADERDATA, this);
}

static bool set_request(pk_http *http, const pk_http_request *request, struct curl_slist *headers)
{
    CURL *easy = http->easy;

    if (headers && !SET(CURLOPT_HTTPHEADER, headers))
        return false;
    if (!strcmp(request->method, "GET"))
        return SET(CURLOPT_HTTPGET, 1L);
    return SET(CURLOPT_POST, 1L) && SET(CURLOPT_POSTFIELDS, request->body ? request->body : "") &&
           SET(CURLOPT_POSTFIELDSIZE, request->body ? (long)strlen(request->body) : 0L);
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

/* Drives the one transfer to its end; *out_why says why it stopped early. */
static CURLcode drive(pk_http *http, passkey_status *out_why)
{
    CURLcode code = CURLE_OK;
    int num_running = 1, num_left;
    CURLMsg *message;

    while (num_running) {
        if (http->canceled && atomic_load(http->canceled))
            *out_why = PASSKEY_CANCELED;
        else if (pk_clock_monotonic_ms() >= http->deadline_ms)
            *out_why = PASSKEY_TIMEOUT;
        if (*out_why)
            return CURLE_ABORTED_BY_CALLBACK;
        if (curl_multi_perform(http->multi, &num_running) != CURLM_OK ||
            (num_running && curl_multi_poll(http->multi, NULL, 0, POLL_MS, NULL) != CURLM_OK))
            return CURLE_OUT_OF_MEMORY;
    }
    while ((message = curl_multi_info_read(http->multi, &num_left)))
        if (message->msg == CURLMSG_DONE)
            code = message->data.result;
    return code;
}

static passkey_status explain(const pk_http *http, const transfer *this, CURLcode code,
                              passkey_error **out_error)
{
    if (this->too_large)
        return pk_fail(out_error, PASSKEY_BAD_RESPONSE, "The cloud's answer is larger than %d bytes.",
                       PK_HTTP_MAX_BODY);
    if (this->no_memory)
        return pk_fail_memory(out_error);
    if (this->not_loopback)
        return pk_fail(out_error, PASSKEY_INSECURE_URL,
                       "The host of a plain http URL is not on this machine.");
    if (this->no_descriptor) {
        pk_fail(out_error, PASSKEY_NETWORK_ERROR, "Too many files are open to make a connection.");
        pk_error_set_hint(out_error, "Close some, or raise the limit (ulimit -n).");
        return PASSKEY_NETWORK_ERROR;
    }
    return pk_http_fail((int)code, *http->failure && !http->proxy ? http->failure /* which may quote a proxy's password */
                                                       : curl_easy_strerror(code),
                        out_error);
}

static passkey_status transfer_once(pk_http *http, transfer *this, passkey_error **out_error)
{
    passkey_status why = PASSKEY_OK;
    CURLcode code;

    if (curl_multi_add_handle(http->multi, http->easy) != CURLM_OK)
        return pk_fail_memory(out_error);
    code = drive(http, &why);
    curl_multi_remove_handle(http->multi, http->easy);
    if (why == PASSKEY_CANCELED)
        return pk_fail(out_error, why, "The operation was canceled.");
    if (why == PASSKEY_TIMEOUT)
        return pk_fail(out_error, why, "The cloud did not answer within %d ms.", http->timeout_ms);
    if (code != CURLE_OK)
        return explain(http, this, code, out_error);
    curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &this->answer->status);
    if (!this->answer->body.data && !pk_buffer_append(&this->answer->body, "", 0))
        return pk_fail_memory(out_error);
    return PASSKEY_OK;
}

passkey_status pk_http_send(pk_http *http, const pk_http_request *request,
                            pk_http_answer *out_answer, passkey_error **out_error)
{
    pk_http_answer answer = {0};
    transfer this = {.answer = &answer};
    struct curl_slist *headers = NULL;
    passkey_status status;

    http->failure[0] = '\0';
    curl_easy_reset(http->easy); /* keeps the connection */
    if (!make_headers(request, &headers) || !drop_content_type(request, &headers) ||
        !set_transport(http, request->url, &this) || !set_limits(http, &this) ||
        !set_request(http, request, headers))
        status = pk_fail_memory(out_error);
    else
        status = transfer_once(http, &this, out_error);
    curl_easy_reset(http->easy);
    set_quick_exit(http->easy);
    free_headers(headers);
    if (status)
        pk_http_answer_free(&answer);
    else
        *out_answer = answer;
    return status;
}
