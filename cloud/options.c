/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include "base/memory.h"

#include <string.h>

static const char usage[] =
    "Usage: passkey-cloud serve --listen ADDRESS:PORT --data DIR [options]\n"
    "       passkey-cloud init --data DIR [--database URL] [--public-url URL]\n"
    "       passkey-cloud token create --data DIR [--database URL]\n"
    "       passkey-cloud identity create --data DIR [--database URL] --username NAME\n"
    "                     [--display-name NAME] [--email ADDRESS]\n"
    "       passkey-cloud --help | --version\n"
    "\n"
    "A cloud for passkey creation on this machine: credential binding jobs, links,\n"
    "credentials.\n"
    "\n"
    "  --listen ADDRESS:PORT  where to listen, such as 127.0.0.1:8085; port 0 takes\n"
    "                         any free one\n"
    "  --data DIR             where everything is kept; made with mode 0700\n"
    "  --database URL         keep it in PostgreSQL instead, which several servers may\n"
    "                         share: postgresql://HOST/NAME (password: PGPASSFILE)\n"
    "  --public-url URL       what links and api_base_url begin with; the default is\n"
    "                         http(s)://localhost:PORT when listening on loopback\n"
    "  --tls-cert FILE        serve https with this certificate chain (PEM)\n"
    "  --tls-key FILE         and this key (PEM); both are read again on SIGHUP\n"
    "  --rate-limit N         requests per second that one address may make (100 by\n"
    "                         default, 0: any number); loopback may make any number\n"
    "  --smtp URL             send mail through smtp://[USER@]HOST[:PORT] (with\n"
    "                         STARTTLS, but on loopback) or smtps://; without it,\n"
    "                         messages become files in DIR/outbox\n"
    "  --smtp-user NAME       log in so; the password is in the file of\n"
    "  --smtp-password-file   FILE or in PASSKEY_CLOUD_SMTP_PASSWORD\n"
    "  --smtp-ca FILE         trust these authorities (PEM); STARTTLS on loopback too\n"
    "  --mail-from ADDRESS    the sender of messages\n"
    "\n"
    "For tests:\n"
    "  --link-lifetime SECONDS\n"
    "                         how long links live instead of 7 days; 0 makes links\n"
    "                         that have expired already\n"
    "  --mail-pace MILLISECONDS\n"
    "                         how long to wait before mail is tried again\n"
    "  --rate-limit-loopback  count loopback addresses too\n"
    "  --fault SPEC           let chosen requests fail, such as\n"
    "                         route=:bind,times=1,do=lose-answer; may be repeated\n"
    "  --fault-control        take such SPECs from POST /_fault on loopback\n"
    "\n"
    "init makes what the first start makes, without serving. serve and init print one\n"
    "JSON line on stdout when they are ready; the log is on stderr. token create prints\n"
    "another API token, identity create the id of a new identity. See docs/cloud.md.\n";

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

/* -------------------------------------------------------------------- reading */

static bool is_name(const char *argument, size_t len, const char *name)
{
    return strlen(name) == len && strncmp(argument, name, len) == 0;
}

/* The place of the next one; of the last one when there is no more room. */
static char **next_fault(pk_options *options)
{
    char **place = options->faults;

    while (*place && place < options->faults + PK_MAX_FAULTS - 1)
        place++;
    return place;
}

static char **value_of(pk_options *options, const char *name, size_t len)
{
    const struct {
        const char *name;
        char **value;
    } all[] = {
        {"--listen", &options->listen},
        {"--data", &options->data},
        {"--database", &options->database},
        {"--public-url", &options->public_url},
        {"--tls-cert", &options->tls_cert},
        {"--tls-key", &options->tls_key},
        {"--link-lifetime", &options->link_lifetime},
        {"--smtp", &options->smtp},
        {"--smtp-user", &options->smtp_user},
        {"--smtp-password-file", &options->smtp_password_file},
        {"--smtp-ca", &options->smtp_ca},
        {"--mail-from", &options->mail_from},
        {"--mail-pace", &options->mail_pace},
        {"--rate-limit", &options->rate_limit},
        {"--username", &options->username},
        {"--display-name", &options->display_name},
        {"--email", &options->email},
        {"--fault", next_fault(options)},
    };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (is_name(name, len, all[i].name))
            return all[i].value;
    return NULL;
}

/* Those that have no value. */
static bool *switch_of(pk_options *options, const char *argument)
{
    if (strcmp(argument, "--rate-limit-loopback") == 0)
        return &options->rate_limit_loopback;
    return strcmp(argument, "--fault-control") == 0 ? &options->fault_control : NULL;
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

/* Only the name is repeated: a value may be a secret. */
static bool refuse(const char *message, char *argument)
{
    if (strncmp(argument, "--", 2) == 0)
        argument[strcspn(argument, "=")] = '\0';
    pk_usage_error(message, argument);
    return false;
}

static bool has_all(pk_options *options, const char *needed)
{
    const char *name = strstr(needed, "--");

    for (; name; name = strstr(name + 2, "--")) {
        char **value = value_of(options, name, strcspn(name, " "));

        if (!value || !*value)
            return false;
    }
    return true;
}

bool pk_options_read(pk_options *options, const char *needed, const char *others, int argc,
                     char **argv)
{
    for (int i = 0; i < argc; i++) {
        size_t len = strcspn(argv[i], "=");
        bool joined = argv[i][len] == '=';
        bool *on = switch_of(options, argv[i]);
        char **value = value_of(options, argv[i], len);

        if ((!value && !on) ||
            (!is_allowed(needed, argv[i], len) && !is_allowed(others, argv[i], len)))
            return refuse("unknown argument", argv[i]);
        if (on ? *on : *value != NULL)
            return refuse("given twice", argv[i]);
        if (!on && !joined && i + 1 == argc)
            return refuse("needs a value", argv[i]);
        if (on)
            *on = true;
        else
            *value = joined ? argv[i] + len + 1 : argv[++i];
    }
    if (!has_all(options, needed))
        return pk_usage_error("missing: the verb needs", needed) == 0;
    return true;
}

/* -------------------------------------------------------------------- secrets */

bool pk_options_hide(pk_options *options)
{
    char *given = options->database;
    char *rest = given ? strstr(given, "://") : NULL;

    options->database = pk_text_copy(given);
    if (rest)
        memset(rest + 3, 'x', strlen(rest + 3));
    return options->database || !given;
}

void pk_options_free(pk_options *options)
{
    pk_text_free(options->database);
    options->database = NULL;
}
