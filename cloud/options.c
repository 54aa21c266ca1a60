/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <string.h>

static const char usage[] =
    "Usage: passkey-cloud serve --listen ADDRESS:PORT --data DIR [options]\n"
    "       passkey-cloud token create --data DIR\n"
    "       passkey-cloud --help | --version\n"
    "\n"
    "A cloud for passkey creation on this machine: credential binding jobs, links,\n"
    "credentials.\n"
    "\n"
    "  --listen ADDRESS:PORT  where to listen, such as 127.0.0.1:8085; port 0 takes\n"
    "                         any free one\n"
    "  --data DIR             where everything is kept; made with mode 0700\n"
    "  --public-url URL       what links and api_base_url begin with; the default is\n"
    "                         http(s)://localhost:PORT when listening on loopback\n"
    "  --tls-cert FILE        serve https with this certificate chain (PEM)\n"
    "  --tls-key FILE         and this key (PEM)\n"
    "  --link-lifetime SECONDS\n"
    "                         for tests: how long links live instead of 7 days;\n"
    "                         0 makes links that have expired already\n"
    "\n"
    "serve prints one JSON line on stdout when it is ready; the log is on stderr.\n"
    "token create prints another API token on stdout. See docs/cloud.md.\n";

void pk_usage(FILE *out)
{
    fputs(usage, out);
}

int pk_usage_error(const char *message, const char *value)
{
    fprintf(stderr, "passkey-cloud: %s%s%s\npasskey-cloud: hint: See passkey-cloud --help.\n", message,
            value ? ": " : "", value ? value : "");
    return 2;
}

int pk_say_failure(const char *what, const char *reason, const char *hint)
{
    fprintf(stderr, "passkey-cloud: %s%s%s\n", what, reason ? ": " : "", reason ? reason : "");
    if (hint)
        fprintf(stderr, "passkey-cloud: hint: %s\n", hint);
    return 1;
}

static bool is_name(const char *argument, size_t len, const char *name)
{
    return strlen(name) == len && strncmp(argument, name, len) == 0;
}

static const char **value_of(pk_options *options, const char *name, size_t len)
{
    const struct {
        const char *name;
        const char **value;
    } all[] = {
        {"--listen", &options->listen},         {"--data", &options->data},
        {"--public-url", &options->public_url}, {"--tls-cert", &options->tls_cert},
        {"--tls-key", &options->tls_key},       {"--link-lifetime", &options->link_lifetime},
    };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (is_name(name, len, all[i].name))
            return all[i].value;
    return NULL;
}

static bool is_allowed(const char *allowed, const char *name, size_t len)
{
    while (*allowed) {
        size_t word_len = strcspn(allowed, " ");

        if (word_len == len && strncmp(allowed, name, len) == 0)
            return true;
        allowed += word_len;
        allowed += strspn(allowed, " ");
    }
    return false;
}

bool pk_options_read(pk_options *options, const char *allowed, int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        size_t len = strcspn(argv[i], "=");
        bool joined = argv[i][len] == '=';
        const char **value = value_of(options, argv[i], len);

        if (!value || !is_allowed(allowed, argv[i], len)) {
            pk_usage_error("unknown argument", argv[i]);
            return false;
        }
        if (*value || (!joined && i + 1 == argc)) {
            pk_usage_error(*value ? "given twice" : "needs a value", argv[i]);
            return false;
        }
        *value = joined ? argv[i] + len + 1 : argv[++i];
    }
    return true;
}
