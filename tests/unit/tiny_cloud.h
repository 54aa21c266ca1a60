/* SPDX-License-Identifier: Apache-2.0
 * A cloud inside the test's own process: it says yes to everything, holds an
 * answer back until it is told to go on, and counts what has arrived. */
#ifndef TINY_CLOUD_H
#define TINY_CLOUD_H

#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

enum { INVOKE, INFO, BIND, JOB, GET_JOB, LIST_JOBS, NUM_VERBS };

typedef struct tiny_cloud {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int listener, port;
    bool stopping;
    int num_connections;       /* being served now */
    int num_connections_ever;
    int num_arrived[NUM_VERBS];
    bool held[NUM_VERBS];      /* does not answer meanwhile */
    const char *refusal;       /* NULL, or the message of a 404 to everything */
    _Atomic(const char *) job_state; /* of a job that is asked for */
} tiny_cloud;

static inline int verb_of(const char *request)
{
    const char *line_end = strstr(request, "\r\n");
    const char *found = strstr(request, ":invokeAuthenticator");

    if (found && found < line_end)
        return INVOKE;
    found = strstr(request, ":getInfo");
    if (found && found < line_end)
        return INFO;
    found = strstr(request, ":bind ");
    if (found && found < line_end)
        return BIND;
    if (strncmp(request, "GET ", 4))
        return JOB;
    found = strstr(request, "?page_size");
    return found && found < line_end ? LIST_JOBS : GET_JOB;
}

static inline void body_of(const tiny_cloud *cloud, int verb, const char *request, char out[1024])
{
    const char *job = strstr(request, "credential-binding-jobs/");

    if (cloud->refusal) {
        snprintf(out, 1024, "{\"code\":\"not_found\",\"message\":\"%s\"}", cloud->refusal);
        return;
    }
    switch (verb) {
    case INVOKE: /* the job in the path is the identity too */
        snprintf(out, 1024,
                 "{\"api_base_url\":\"http://127.0.0.1:%d\",\"tenant_id\":\"t\",\"realm_id\":\"r\","
                 "\"identity_id\":\"i%.*s\",\"job_id\":\"j\",\"token\":\"INSTRUCTION-MARKER\"}",
                 cloud->port, (int)strcspn(job + 24, ":"), job + 24);
        return;
    case INFO:
        snprintf(out, 1024,
                 "{\"tenant\":{\"display_name\":\"T\"},\"realm\":{\"display_name\":\"R\"},"
                 "\"identity\":{\"display_name\":\"I\",\"traits\":{\"type\":\"traits_v0\","
                 "\"username\":\"u\"}},\"theme\":{\"logo_url_light\":\"\",\"logo_url_dark\":\"\","
                 "\"support_url\":\"\"},\"authenticator_config\":{\"id\":null,\"tenant_id\":\"t\","
                 "\"realm_id\":\"r\",\"config\":{\"type\":\"embedded\"}}}");
        return;
    case BIND:
        snprintf(out, 1024, "{\"id\":\"c\",\"state\":\"ACTIVE\",\"create_time\":\"\","
                            "\"update_time\":\"\"}");
        return;
    case GET_JOB:
        snprintf(out, 1024, "{\"id\":\"j\",\"state\":\"%s\"}",
                 atomic_load(&cloud->job_state));
        return;
    case LIST_JOBS:
        snprintf(out, 1024, "{\"credential_binding_jobs\":[{\"id\":\"j\",\"state\":\"S\"}]%s}",
                 strstr(request, "page_token") ? "" : ",\"next_page_token\":\"2\"");
        return;
    default:
        snprintf(out, 1024, "{\"credential_binding_job\":{\"id\":\"j1\",\"state\":\"LINK_SENT\"},"
                            "\"credential_binding_link\":\"https://x.test/\"}");
    }
}

/* False when the other side has gone or the cloud stops. */
static inline bool receive_request(int fd, char request[16384])
{
    size_t len = 0;

    for (;;) {
        ssize_t more = recv(fd, request + len, 16383 - len, 0);
        const char *end, *length;

        if (more <= 0)
            return false;
        len += (size_t)more;
        request[len] = '\0';
        end = strstr(request, "\r\n\r\n");
        length = strcasestr(request, "\r\ncontent-length:");
        if (end && len >= (size_t)(end + 4 - request) + (length ? strtoul(length + 17, NULL, 10) : 0))
            return true;
    }
}

/* False when the cloud stops before the answer may go. */
static inline bool note_arrival(tiny_cloud *cloud, int verb)
{
    bool go_on;

    pthread_mutex_lock(&cloud->lock);
    cloud->num_arrived[verb]++;
    pthread_cond_broadcast(&cloud->changed);
    while (cloud->held[verb] && !cloud->stopping)
        pthread_cond_wait(&cloud->changed, &cloud->lock);
    go_on = !cloud->stopping;
    pthread_mutex_unlock(&cloud->lock);
    return go_on;
}

typedef struct tiny_connection {
    tiny_cloud *cloud;
    int fd;
} tiny_connection;

static inline void *serve_connection(void *argument)
{
    tiny_connection *this = argument;
    tiny_cloud *cloud = this->cloud;
    char request[16384], body[1024], answer[2048];

    while (receive_request(this->fd, request)) {
        int verb = verb_of(request);

        if (!note_arrival(cloud, verb))
            break;
        body_of(cloud, verb, request, body);
        snprintf(answer, sizeof answer, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s",
                 cloud->refusal ? "404 No" : "200 OK", strlen(body), body);
        if (send(this->fd, answer, strlen(answer), MSG_NOSIGNAL) < 0)
            break;
    }
    close(this->fd);
    free(this);
    pthread_mutex_lock(&cloud->lock);
    cloud->num_connections--;
    pthread_cond_broadcast(&cloud->changed);
    pthread_mutex_unlock(&cloud->lock);
    return NULL;
}

static inline void start_thread(void *(*run)(void *), void *argument)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, run, argument))
        abort();
    pthread_detach(thread);
}

static inline void *accept_connections(void *argument)
{
    tiny_cloud *cloud = argument;
    int fd;

    while ((fd = accept4(cloud->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        tiny_connection *connection = malloc(sizeof *connection);

        *connection = (tiny_connection){cloud, fd};
        pthread_mutex_lock(&cloud->lock);
        cloud->num_connections++;
        cloud->num_connections_ever++;
        pthread_mutex_unlock(&cloud->lock);
        start_thread(serve_connection, connection);
    }
    pthread_mutex_lock(&cloud->lock);
    cloud->num_connections--; /* this one */
    pthread_cond_broadcast(&cloud->changed);
    pthread_mutex_unlock(&cloud->lock);
    return NULL;
}

static inline int listen_on_loopback(int *out_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (bind(fd, (struct sockaddr *)&address, len) || listen(fd, 128) ||
        getsockname(fd, (struct sockaddr *)&address, &len))
        abort();
    *out_port = ntohs(address.sin_port);
    return fd;
}

static inline tiny_cloud *tiny_cloud_open(void)
{
    tiny_cloud *cloud = calloc(1, sizeof *cloud);

    pthread_mutex_init(&cloud->lock, NULL);
    pthread_cond_init(&cloud->changed, NULL);
    cloud->job_state = "LINK_SENT";
    cloud->listener = listen_on_loopback(&cloud->port);
    cloud->num_connections = 1;
    start_thread(accept_connections, cloud);
    return cloud;
}

/* What is held back is not answered any more. */
static inline void tiny_cloud_stop(tiny_cloud *cloud)
{
    pthread_mutex_lock(&cloud->lock);
    cloud->stopping = true;
    pthread_cond_broadcast(&cloud->changed);
    pthread_mutex_unlock(&cloud->lock);
}

static inline void tiny_cloud_close(tiny_cloud *cloud)
{
    tiny_cloud_stop(cloud);
    pthread_mutex_lock(&cloud->lock);
    shutdown(cloud->listener, SHUT_RDWR);
    while (cloud->num_connections)
        pthread_cond_wait(&cloud->changed, &cloud->lock);
    pthread_mutex_unlock(&cloud->lock);
    close(cloud->listener);
    free(cloud);
}

static inline void tiny_cloud_hold(tiny_cloud *cloud, int verb, bool held)
{
    pthread_mutex_lock(&cloud->lock);
    cloud->held[verb] = held;
    pthread_cond_broadcast(&cloud->changed);
    pthread_mutex_unlock(&cloud->lock);
}

static inline void tiny_cloud_wait_for(tiny_cloud *cloud, int verb, int num)
{
    pthread_mutex_lock(&cloud->lock);
    while (cloud->num_arrived[verb] < num)
        pthread_cond_wait(&cloud->changed, &cloud->lock);
    pthread_mutex_unlock(&cloud->lock);
}

static inline void tiny_cloud_link(const tiny_cloud *cloud, int number, char out[256])
{
    snprintf(out, 256,
             "http://127.0.0.1:%d/v1/tenants/t/realms/r/identities/i/credential-binding-jobs/"
             "%d:invokeAuthenticator?token=LINK-MARKER",
             cloud->port, number);
}

#endif
