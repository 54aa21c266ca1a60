/* SPDX-License-Identifier: Apache-2.0
 * passkey-cloud: the local cloud that passkeys are registered with. */
#include "options.h"

#include <passkey/passkey.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int serve(int argc, char **argv)
{
    pk_options options = {0};

    if (!pk_options_read(&options,
                         "--listen --data --public-url --tls-cert --tls-key --link-lifetime", argc,
                         argv))
        return 2;
    if (!options.listen || !options.data)
        return pk_usage_error("serve needs --listen and --data", NULL);
    if (!options.tls_cert != !options.tls_key)
        return pk_usage_error("--tls-cert and --tls-key belong together", NULL);
    return pk_serve(&options);
}

static int token(int argc, char **argv)
{
    pk_options options = {0};

    if (argc == 0 || strcmp(argv[0], "create") != 0)
        return pk_usage_error("the verb is: token create", NULL);
    if (!pk_options_read(&options, "--data", argc - 1, argv + 1))
        return 2;
    if (!options.data)
        return pk_usage_error("token create needs --data", NULL);
    return pk_token_create(&options);
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";

    umask(077); /* the database and what SQLite puts beside it */
    if (strcmp(verb, "--help") == 0) {
        pk_usage(stdout);
        return 0;
    }
    if (strcmp(verb, "--version") == 0) {
        printf("passkey-cloud %s\n", PASSKEY_VERSION);
        return 0;
    }
    if (strcmp(verb, "serve") == 0)
        return serve(argc - 2, argv + 2);
    if (strcmp(verb, "token") == 0)
        return token(argc - 2, argv + 2);
    return *verb ? pk_usage_error("unknown verb", verb) : pk_usage_error("a verb is missing", NULL);
}
