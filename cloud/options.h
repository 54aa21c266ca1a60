/* SPDX-License-Identifier: Apache-2.0
 * The command line. */
#ifndef PK_OPTIONS_H
#define PK_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

/* The values are those of argv. */
typedef struct pk_options {
    const char *listen;
    const char *data;
    const char *public_url;
    const char *tls_cert;
    const char *tls_key;
    const char *link_lifetime;
} pk_options;

/* Reads "--name value" and "--name=value" up to the end. allowed are the names
 * that the verb takes, separated by spaces. False when one is unknown, given
 * twice or has no value, which is then said on stderr. */
bool pk_options_read(pk_options *options, const char *allowed, int argc, char **argv);

void pk_usage(FILE *out);

/* Says what is wrong and what to do, on stderr, and answers the exit code: 2
 * for a wrong command line, 1 for what went wrong afterwards. Each hint may be
 * NULL. */
int pk_usage_error(const char *message, const char *value);
int pk_say_failure(const char *what, const char *reason, const char *hint);

/* The verbs; each answers the exit code. */
int pk_serve(const pk_options *options);
int pk_token_create(const pk_options *options);

#endif
