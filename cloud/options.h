/* SPDX-License-Identifier: Apache-2.0
 * The command line. */
#ifndef PK_OPTIONS_H
#define PK_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#define PK_MAX_FAULTS 16

/* The values are those of argv. */
typedef struct pk_options {
    char *listen;
    char *data;
    char *database;
    char *public_url;
    char *tls_cert;
    char *tls_key;
    char *link_lifetime;
    char *smtp;
    char *smtp_user;
    char *smtp_password_file;
    char *smtp_ca;
    char *mail_from;
    char *mail_pace;
    char *rate_limit;
    char *username;
    char *display_name;
    char *email;
    char *faults[PK_MAX_FAULTS]; /* NULL where there is none */
    bool rate_limit_loopback;
    bool fault_control;
} pk_options;

/* Reads "--name value" and "--name=value" up to the end. The names that the verb
 * needs and those that it also takes are separated by spaces, with words between
 * them or not. False when one is missing, unknown, given twice or has no value,
 * which is then said on stderr. */
bool pk_options_read(pk_options *options, const char *needed, const char *others, int argc,
                     char **argv);

/* Overwrites in a URL of argv what may be a password, so that ps does not show
 * it. The URL is then a copy, which pk_options_free frees. */
bool pk_options_hide(pk_options *options);
void pk_options_free(pk_options *options);

void pk_usage(FILE *out);

/* Says what is wrong and what to do, on stderr, and answers the exit code: 2
 * for a wrong command line, 1 for what went wrong afterwards. Each hint may be
 * NULL. */
int pk_usage_error(const char *message, const char *value);
int pk_say_failure(const char *what, const char *reason, const char *hint);

/* The verbs; each answers the exit code. */
int pk_serve(const pk_options *options);
int pk_init(const pk_options *options);
int pk_token_create(const pk_options *options);
int pk_identity_create_verb(const pk_options *options);

#endif
