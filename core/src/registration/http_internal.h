/* SPDX-License-Identifier: Apache-2.0
 * What http.c, the life of a request, and http_setup.c, its settings, share. */
#ifndef PK_HTTP_INTERNAL_H
#define PK_HTTP_INTERNAL_H

#include "registration/http.h"
#include "registration/network.h"

typedef enum pk_http_stage { PK_HTTP_IDLE, PK_HTTP_PREPARED, PK_HTTP_SENT } pk_http_stage;

struct pk_http {
    pk_transfer transfer; /* first: the network thread gives it back */
    CURL *easy;
    char *ca_file;
    char *proxy;
    int timeout_ms;
    int64_t left_ms; /* of timeout_ms */
    pk_log log;

    /* the request */
    pk_http_stage stage;
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
    bool no_descriptor;
    char failure[CURL_ERROR_SIZE];
};

/* Fills the easy handle and what the request needs to hold; false without
 * memory. */
bool pk_http_set_up(pk_http *http, const pk_http_request *request);

#endif
