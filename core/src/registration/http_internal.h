/* SPDX-License-Identifier: Apache-2.0
 * What http.c, the life of a request, and http_setup.c, its settings, share. */
#ifndef PK_HTTP_INTERNAL_H
#define PK_HTTP_INTERNAL_H

#include "registration/http.h"
#include "registration/network.h"

typedef enum pk_http_stage {
    PK_HTTP_IDLE,
    PK_HTTP_PREPARED, /* a request or a pause */
    PK_HTTP_SENT
} pk_http_stage;

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
    size_t max_answer;
    int64_t pause_ms; /* of a pause; 0 for a request */
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
    bool last_descriptor; /* the connection has it */
    char failure[CURL_ERROR_SIZE];
};

/* Fills the easy handle and what the request needs to hold; false without
 * memory. */
bool pk_http_set_up(pk_http *http, const pk_http_request *request);

bool pk_http_no_descriptor_left(void);

#endif
