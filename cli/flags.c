/* SPDX-License-Identifier: Apache-2.0
 * The flags: those of every verb, which are the library's options, and each
 * verb's own. */
#include "base/memory.h"
#include "cli.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum { FLAG_JSON = 1, FLAG_QUIET, FLAG_HELP, FLAG_VERSION, FLAG_TOKEN_FILE, FLAG_TOKEN };
enum { FIRST_OPTION = 256, FIRST_OWN = 512 };

/* Flag, kind of value for --help. The option's name is the flag's with _ for -. */
static const struct {
    const char *flag, *value, *meaning;
} options[] = {
    {"home", "DIR", "the store"},
    {"tpm", "WHICH", "hardware (default), swtpm, auto, or a TCTI such as device:/dev/tpmrm0"},
    {"allowed-domains", "LIST", "hosts that may be contacted, comma separated"},
    {"allow-loopback-http", NULL, "permit plain http to this machine"},
    {"ca-file", "FILE", "CA certificates instead of the system's"},
    {"proxy", "URL", "the HTTP proxy"},
    {"timeout-ms", "N", "time allowed for the network, in milliseconds"},
    {"log", "LEVEL", "off (default), error, warning, info or debug, on standard error"},
    {"api-base-url", "URL", "the cloud's API, for job and doctor"},
    {"tenant", "ID", "the tenant, for job"},
    {"realm", "ID", "the realm, for job"},
    {"authenticator-config", "ID", "the authenticator config, for job"},
};
#define NUM_OPTIONS (sizeof(options) / sizeof(options[0]))

static const struct option fixed[] = {
    {"json", no_argument, NULL, FLAG_JSON},       {"quiet", no_argument, NULL, FLAG_QUIET},
    {"help", no_argument, NULL, FLAG_HELP},       {"version", no_argument, NULL, FLAG_VERSION},
    {"api-token-file", required_argument, NULL, FLAG_TOKEN_FILE},
    {"api-token", optional_argument, NULL, FLAG_TOKEN}, /* only to be refused */
};
#define NUM_FIXED (sizeof(fixed) / sizeof(fixed[0]))
#define MAX_FLAGS (NUM_FIXED + NUM_OPTIONS + CLI_MAX_OWN_FLAGS + 1)

/* What the flags said, before the client exists. */
typedef struct settings {
    const char *values[NUM_OPTIONS];
    const char *token_file;
} settings;

void cli_flags_help(const cli_verb *verb)
{
    printf("usage: passkey %s %s[flags]\n\n%s\n\nflags:\n", verb->name, verb->usage,
           verb->description);
    for (size_t i = 0; i < NUM_OPTIONS; i++) {
        char flag[64] = {0};

        snprintf(flag, sizeof(flag), "--%s %s", options[i].flag,
                 options[i].value ? options[i].value : "");
        printf("  %-28s %s\n", flag, options[i].meaning);
    }
    puts("  --api-token-file FILE        the API token, for job; - is stdin. Never on the\n"
         "                               command line; or environment PASSKEY_API_TOKEN\n"
         "  --json                       data and errors as JSON\n"
         "  --quiet                      less text: data and errors, no hints\n"
         "  --help, --version");
}

static size_t list_flags(const cli_verb *verb, struct option out[MAX_FLAGS])
{
    size_t num = NUM_FIXED;

    memcpy(out, fixed, sizeof(fixed));
    for (size_t i = 0; i < NUM_OPTIONS; i++)
        out[num++] = (struct option){options[i].flag,
                                     options[i].value ? required_argument : optional_argument, NULL,
                                     FIRST_OPTION + (int)i};
    for (size_t i = 0; i < CLI_MAX_OWN_FLAGS && verb->own_flags[i]; i++)
        out[num++] =
            (struct option){verb->own_flags[i],
                            verb->is_switch[i] ? no_argument : required_argument, NULL,
                            FIRST_OWN + (int)i};
    out[num] = (struct option){0};
    return num;
}

/* Names the flag without what follows "=", which may be a secret. */
static int fail_unknown(const cli_call *call, const char *word)
{
    size_t len = strcspn(word, "=");

    if (optopt > ' ' && optopt < 0x7f) /* a short one; word may be another then */
        return cli_fail(call, PASSKEY_INVALID_ARGUMENT, "See passkey VERB --help for the flags.",
                        "the flag -%c is unknown", optopt);
    return cli_fail(call, PASSKEY_INVALID_ARGUMENT, "See passkey VERB --help for the flags.",
                    "the flag %.*s is unknown or ambiguous", (int)(len < 40 ? len : 40), word);
}

static int fail_token_flag(const cli_call *call)
{
    if (optarg)
        pk_wipe(optarg, strlen(optarg));
    return cli_fail(call, PASSKEY_INVALID_ARGUMENT,
                    "Put the token into the environment variable PASSKEY_API_TOKEN or a file for "
                    "--api-token-file.",
                    "a token on the command line is visible to every user of this machine");
}

/* -1 to go on, else the exit code. */
static int take_flag(cli_call *call, settings *said, int flag, const char *word)
{
    switch (flag) {
    case FLAG_JSON:
        call->json = true;
        return -1;
    case FLAG_QUIET:
        call->quiet = true;
        return -1;
    case FLAG_HELP:
        cli_flags_help(call->verb);
        return CLI_EXIT_OK;
    case FLAG_VERSION:
        printf("passkey %s\n", passkey_version());
        return CLI_EXIT_OK;
    case FLAG_TOKEN_FILE:
        said->token_file = optarg;
        return -1;
    case FLAG_TOKEN:
        return fail_token_flag(call);
    case ':':
        return cli_fail(call, PASSKEY_INVALID_ARGUMENT, "See passkey VERB --help for the flags.",
                        "the flag %s needs a value", word);
    case '?':
        return fail_unknown(call, word);
    default:
        if (flag >= FIRST_OWN)
            call->own[flag - FIRST_OWN] = optarg ? optarg : "true";
        else
            said->values[flag - FIRST_OPTION] = optarg ? optarg : "true";
        return -1;
    }
}

/* Errors are shown as JSON if --json stands anywhere, also behind the mistake. */
static bool asks_for_json(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--json") == 0)
            return true;
    return false;
}

static int read_flags(cli_call *call, settings *said, int argc, char **argv)
{
    struct option flags[MAX_FLAGS];
    int flag, exit_code = -1;

    list_flags(call->verb, flags);
    opterr = 0; /* we report in our own words */
    optind = 1;
    while (exit_code < 0 && (flag = getopt_long(argc, argv, ":", flags, NULL)) != -1)
        exit_code = take_flag(call, said, flag, argv[optind - 1]);
    return exit_code;
}

static int fail_operand(const cli_call *call, int num)
{
    const char *name = call->verb->operand_name;

    if (num == 0 && name)
        return cli_fail(call, PASSKEY_INVALID_ARGUMENT, "See passkey VERB --help.",
                        "the %s is missing", name);
    if (num == 0)
        return cli_fail(call, PASSKEY_INVALID_ARGUMENT,
                        "Pass the link in quotes, or - to read it from standard input.",
                        "the link is missing");
    return cli_fail(call, PASSKEY_INVALID_ARGUMENT,
                    name ? "See passkey VERB --help."
                         : "Put a link in quotes: the shell takes & as the end of a command.",
                    "there are more words than passkey %s takes", call->verb->name);
}

static int read_operand(cli_call *call, int argc, char **argv)
{
    const cli_verb *verb = call->verb;
    int num = argc - optind;
    bool fits = verb->takes_several ? num > 0 : num == (verb->takes_operand ? 1 : 0);

    call->operand = num ? argv[optind] : NULL;
    call->operands = argv + optind;
    call->num_operands = num;
    return fits ? -1 : fail_operand(call, num);
}

static passkey_status set_option(cli_call *call, const char *flag, const char *value,
                                 passkey_error **out_error)
{
    char name[32] = {0};

    for (size_t i = 0; i < sizeof(name) - 1 && flag[i]; i++)
        name[i] = flag[i] == '-' ? '_' : flag[i];
    return passkey_client_set_option(call->client, name, value, out_error);
}

static int set_token(cli_call *call, const char *path)
{
    passkey_error *error = NULL;
    int exit_code = -1;
    char *token = cli_secret_read(call, path, "API token", &exit_code);

    if (!token)
        return exit_code;
    if (passkey_client_set_option(call->client, "api_token", token, &error) != PASSKEY_OK)
        exit_code = cli_fail_error(call, error);
    pk_text_free(token);
    return exit_code;
}

static void show_log(void *user, passkey_log_level level, const char *message)
{
    static const char *const NAMES[] = {"off", "error", "warning", "info", "debug"};

    (void)user;
    cli_progress_log(NAMES[level], message);
}

static int make_client(cli_call *call, const settings *said)
{
    passkey_error *error = NULL;

    if (passkey_client_new(&call->client, &error) != PASSKEY_OK ||
        passkey_client_set_log(call->client, show_log, NULL, NULL, &error) != PASSKEY_OK)
        return cli_fail_error(call, error);
    for (size_t i = 0; i < NUM_OPTIONS; i++)
        if (said->values[i] &&
            set_option(call, options[i].flag, said->values[i], &error) != PASSKEY_OK)
            return cli_fail_error(call, error);
    return said->token_file ? set_token(call, said->token_file) : -1;
}

int cli_flags_read(cli_call *call, int argc, char **argv)
{
    settings said = {0};
    int exit_code;

    call->json = asks_for_json(argc, argv);
    exit_code = read_flags(call, &said, argc, argv);
    if (exit_code < 0)
        exit_code = read_operand(call, argc, argv);
    if (exit_code < 0 && call->verb->before_client)
        call->verb->before_client(call);
    return exit_code < 0 ? make_client(call, &said) : exit_code;
}
