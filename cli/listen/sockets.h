/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_LISTEN_SOCKETS_H
#define CLI_LISTEN_SOCKETS_H

#define HANDLER_NUM_SOCKETS 2

/* Listens on 127.0.0.1 and, on a machine that has it, on ::1, on the same port;
 * *port 0 is any that both have free and becomes that one. fds are set to -1
 * where there is none. 0, or an errno value and no socket. */
int handler_listen(int *port, int fds[HANDLER_NUM_SOCKETS]);
void handler_unlisten(int fds[HANDLER_NUM_SOCKETS]);

#endif
