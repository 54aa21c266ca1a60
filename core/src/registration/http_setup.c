/* SPDX-License-Identifier: Apache-2.0
 *
 * How a request is to be sent, and what may come back (libcurl-security(3)). */
#include "registration/http_internal.h"

#include "base/text.h"
#include "link/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* -------------------------------------------------------------- what comes back */

static size_t take_body(char *x, size_t size, size_t count, void *user)
{
    pk_http *this = user;
    size_t len = size * count;

    if (this->answer.body.len + len > this->max_answer)
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

/* ------------------------------------------------------------- the connection */

static bool is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr) >> 24 ==
               127;
    return address->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
}

bool pk_http_no_descriptor_left(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0)
        close(fd);
    return fd < 0 && (errno == EMFILE || errno == ENFILE);
}

static curl_socket_t open_any(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    pk_http *this = user;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

    (void)purpose;
    if (fd < 0 && (errno == EMFILE || errno == ENFILE))
        this->no_descriptor = true;
    this->last_descriptor = fd >= 0 && pk_http_no_descriptor_left();
    pk_network_found_host(&this->transfer);
    return fd;
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

/* ---------------------------------------------------------------- the request */

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

static bool is_plain(const char *url)
{
    return !strncmp(url, "http://", 7);
}

static bool set_transport(pk_http *http, const char *url)
{
    CURL *easy = http->easy;
    bool plain = is_plain(url);

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

static bool set_limits(pk_http *http)
{
    CURL *easy = http->easy;

    /* quick: a cancel does not wait for a name server that is silent */
    return SET(CURLOPT_QUICK_EXIT, 1L) && SET(CURLOPT_HTTP09_ALLOWED, 0L) &&
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
    http->transfer.host = http->proxy && !is_plain(request->url) ? http->proxy
                                                                 : host_to_look_up(http->origin);
    return true;
}

bool pk_http_set_up(pk_http *http, const pk_http_request *request)
{
    return copy_request(http, request) && set_transport(http, request->url) && set_sharing(http) &&
           set_limits(http) && set_request(http, request);
}
