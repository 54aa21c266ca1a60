/* SPDX-License-Identifier: Apache-2.0
 * The HTTP server of the handler: few connections, small requests, little time,
 * one request on each connection. Of the command, only server.c calls MHD_*. */
#ifndef CLI_LISTEN_SERVER_H
#define CLI_LISTEN_SERVER_H

#include "listen/site.h"

typedef struct handler_server handler_server;

/* Serves on a socket that listens already, which it takes over. Nothing runs but
 * inside handler_server_run. NULL when it cannot. */
handler_server *handler_server_start(int listener, handler_site *site);

/* Readable when there is something to run; and when there will be without that,
 * in milliseconds. */
int handler_server_fd(const handler_server *server);
int handler_server_timeout_ms(const handler_server *server);
void handler_server_run(handler_server *server);

/* Those who wait ask again with the next run. */
void handler_server_wake(handler_server *server);

/* Whether somebody has asked and has not got all of the answer. */
bool handler_server_is_busy(const handler_server *server);

/* Whether a page with an outcome was sent to its end since _expect. */
void handler_server_expect(handler_server *server);
bool handler_server_delivered(const handler_server *server);

void handler_server_stop(handler_server *server);

#endif
