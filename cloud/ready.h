/* SPDX-License-Identifier: Apache-2.0
 * What a start tells: one JSON line with the address and what was set up. */
#ifndef PK_READY_H
#define PK_READY_H

#include "setup.h"

/* Checks --public-url and takes slashes off its end. 0, or an exit code after
 * saying on stderr what is wrong. */
int pk_public_url(pk_arena *arena, const char *given, const char **out_url);

/* The same answers. url NULL: not known yet. */
int pk_print_ready(const pk_setup *setup, const char *url);

#endif
