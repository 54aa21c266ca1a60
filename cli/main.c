/* SPDX-License-Identifier: Apache-2.0
 * passkey VERB …: finds the verb and runs it. */
#include "cli.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static const cli_verb *const verbs[] = {
    &cli_bind,       &cli_listen,  &cli_check,    &cli_info,       &cli_resume,
    &cli_list,       &cli_show,    &cli_delete,   &cli_doctor,     &cli_job_create,
    &cli_job_get,    &cli_job_list, &cli_job_revoke, &cli_job_wait,
    &cli_tpm_provision,
};
static const size_t num_verbs = sizeof(verbs) / sizeof(verbs[0]);

static void print_help(void)
{
    puts("usage: passkey VERB [flags]\n\n"
         "Turns a passkey creation link into a private key inside the TPM.\n\nverbs:");
    for (size_t i = 0; i < num_verbs; i++)
        printf("  %-13s %s\n", verbs[i]->name, verbs[i]->summary);
    puts("\n  passkey VERB --help   the verb's flags\n"
         "  passkey --version     the version\n\n"
         "exit codes: 0 ok, 1 other, 2 usage or option, 3 the link was refused,\n"
         "  4 cloud or network, 5 TPM, 6 store, 7 the job ended without a passkey,\n"
         "  130 canceled");
}

/* The number of words of the verb's name that argv begins with; 0 if it is
 * another verb. */
static int words_matched(const cli_verb *verb, int argc, char **argv)
{
    const char *space = strchr(verb->name, ' ');
    size_t first_len = space ? (size_t)(space - verb->name) : strlen(verb->name);

    if (argc < 1 || strlen(argv[0]) != first_len || memcmp(argv[0], verb->name, first_len) != 0)
        return 0;
    if (!space)
        return 1;
    return argc >= 2 && strcmp(argv[1], space + 1) == 0 ? 2 : 0;
}

static const cli_verb *find_verb(int argc, char **argv, int *out_num_words)
{
    for (size_t i = 0; i < num_verbs; i++) {
        *out_num_words = words_matched(verbs[i], argc, argv);
        if (*out_num_words)
            return verbs[i];
    }
    return NULL;
}

static int run_verb(cli_call *call, int argc, char **argv)
{
    int exit_code = cli_flags_read(call, argc, argv);

    if (exit_code < 0)
        exit_code = call->verb->run(call);
    passkey_client_free(call->client);
    return exit_code;
}

static bool is_one_of(const char *word, const char *a, const char *b)
{
    return word && (strcmp(word, a) == 0 || strcmp(word, b) == 0);
}

/* The second word that a verb of two begins with this one; NULL for none. */
static const char *second_word(const char *first)
{
    size_t len = first ? strlen(first) : 0;

    for (size_t i = 0; len && i < num_verbs; i++)
        if (strncmp(verbs[i]->name, first, len) == 0 && verbs[i]->name[len] == ' ')
            return verbs[i]->name + len + 1;
    return NULL;
}

static int run(cli_call *call, int argc, char **argv)
{
    int num_words = 0;

    call->verb = find_verb(argc - 1, argv + 1, &num_words);
    if (call->verb) /* argv[0] for getopt is the verb's last word */
        return run_verb(call, argc - num_words, argv + num_words);
    if (is_one_of(argv[1], "--help", "-h") || is_one_of(argv[1], "help", "help") ||
        (second_word(argv[1]) && is_one_of(argv[2], "--help", "-h"))) {
        print_help();
        return CLI_EXIT_OK;
    }
    if (second_word(argv[1]))
        return cli_fail(call, PASSKEY_INVALID_ARGUMENT, "passkey --help lists the verbs",
                        "%s needs a second word, such as %s", argv[1], second_word(argv[1]));
    if (is_one_of(argv[1], "--version", "version")) {
        printf("passkey %s\n", passkey_version());
        return CLI_EXIT_OK;
    }
    /* what was typed is not repeated: it may be a link without its verb */
    return cli_fail(call, PASSKEY_INVALID_ARGUMENT,
                    "passkey --help lists the verbs; a link comes after one: passkey bind LINK",
                    argc < 2 ? "a verb is missing" : "there is no such verb");
}

/* Links and tokens pass through this process: no core file, no debugger of the
 * same user. A write to a pipe that nobody reads is an error, not the end. */
static void harden(void)
{
    struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    signal(SIGPIPE, SIG_IGN);
    setenv("TSS2_LOG", "all+none", 0); /* the TPM software stack would write to our stderr */
}

int main(int argc, char **argv)
{
    cli_call call = {0};

    harden();
    cli_output_begin();
    return cli_output_end(&call, run(&call, argc, argv));
}
