/* SPDX-License-Identifier: Apache-2.0
 * passkey-cloud: the local cloud that passkeys are registered with. */
#include "options.h"
#include "store/sql.h"

#include <passkey/passkey.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

typedef struct verb {
    const char *name;
    const char *object; /* a second word; NULL for none */
    int (*run)(const pk_options *options);
    const char *needed;
    const char *others;
} verb;

static const verb verbs[] = {
    {"serve", NULL, pk_serve, "--listen and --data",
     "--database --public-url --tls-cert --tls-key --link-lifetime --rate-limit"
     " --rate-limit-loopback --fault --fault-control --smtp --smtp-user"
     " --smtp-password-file --smtp-ca --mail-from --mail-pace"},
    {"init", NULL, pk_init, "--data", "--database --public-url"},
    {"token", "create", pk_token_create, "--data", "--database"},
    {"identity", "create", pk_identity_create_verb, "--data and --username",
     "--database --display-name --email"},
};
enum { NUM_VERBS = sizeof verbs / sizeof *verbs };

static int run(const verb *found, int argc, char **argv)
{
    pk_options options = {0};
    int code;

    if (!pk_options_read(&options, found->needed, found->others, argc, argv))
        return 2;
    if (options.database && !pk_sql_is_url(options.database))
        return pk_usage_error("--database is not a postgresql:// URL", NULL);
    code = pk_options_hide(&options)
               ? found->run(&options)
               : pk_say_failure("memory could not be allocated", NULL, NULL);
    pk_options_free(&options);
    return code;
}

static int choose(int argc, char **argv)
{
    char words[32];

    for (int i = 0; i < NUM_VERBS; i++) {
        if (strcmp(argv[0], verbs[i].name) != 0)
            continue;
        if (!verbs[i].object)
            return run(&verbs[i], argc - 1, argv + 1);
        if (argc > 1 && strcmp(argv[1], verbs[i].object) == 0)
            return run(&verbs[i], argc - 2, argv + 2);
        snprintf(words, sizeof words, "%s %s", verbs[i].name, verbs[i].object);
        return pk_usage_error("the verb is", words);
    }
    return pk_usage_error("unknown verb", argv[0]);
}

int main(int argc, char **argv)
{
    umask(077); /* the database and what SQLite puts beside it */
    if (argc < 2)
        return pk_usage_error("a verb is missing", NULL);
    if (strcmp(argv[1], "--help") == 0) {
        pk_usage(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("passkey-cloud %s\n", PASSKEY_VERSION);
        return 0;
    }
    return choose(argc - 1, argv + 1);
}
