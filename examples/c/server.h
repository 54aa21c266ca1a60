/* SPDX-License-Identifier: Apache-2.0
 * Serves a site on 127.0.0.1. */
#ifndef EXAMPLE_SERVER_H
#define EXAMPLE_SERVER_H

#include "site.h"

typedef struct server server;

/* NULL when the port cannot be had. served is borrowed until server_stop. */
server *server_start(const site *served, unsigned short port);

/* Waits for the requests under way. */
void server_stop(server *running);

#endif
