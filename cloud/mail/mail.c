/* SPDX-License-Identifier: Apache-2.0
 * The options, and the way into the outbox. */
#include "mail/internal.h"

#include "base/memory.h"
#include "base/text.h"
#include "named_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FROM "no-reply@localhost"
#define TIMEOUT_MS 60000
#define PACE_TIMEOUT 50 /* with --mail-pace: of these, as a transfer may take */
#define MAX_PASSWORD 1024
#define MAX_PEM 1048576
#define PASSWORD_VARIABLE "PASSKEY_CLOUD_SMTP_PASSWORD"

/* ------------------------------------------------------------------ addresses */

static bool is_word_character(char c)
{
    return pk_is_alpha(c) || pk_is_digit(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

static bool is_label_character(char c)
{
    return pk_is_alpha(c) || pk_is_digit(c) || c == '-';
}

/* Words with single dots between them. */
static bool is_dotted(const char *text, size_t len, bool (*is_part)(char c))
{
    for (size_t i = 0; i < len; i++)
        if (text[i] == '.' ? i == 0 || i + 1 == len || text[i - 1] == '.' : !is_part(text[i]))
            return false;
    return len > 0;
}

/* The dot-atom form of RFC 5322; the lengths are those of RFC 5321. */
bool pk_mail_can_address(const char *address)
{
    const char *at = address ? strchr(address, '@') : NULL;
    size_t local_len = at ? (size_t)(at - address) : 0;

    return at && local_len <= 64 && strlen(address) <= 254 &&
           is_dotted(address, local_len, is_word_character) &&
           is_dotted(at + 1, strlen(at + 1), is_label_character);
}

/* -------------------------------------------------------------------- options */

/* Its first line. */
static int read_password(pk_arena *arena, const char *path, const char **out)
{
    const char *text = NULL;
    int failure = pk_named_file_read(arena, path, MAX_PASSWORD, &text);

    if (failure)
        return failure;
    *out = pk_arena_text_n(arena, text, strcspn(text, "\r\n"));
    return *out ? 0 : pk_say_failure("mail", "memory could not be allocated", NULL);
}

/* Only to say early that it cannot be read; libcurl reads it. */
static int check_authorities(pk_arena *arena, const char *path)
{
    const char *text;

    return path ? pk_named_file_read(arena, path, MAX_PEM, &text) : 0;
}

/* The command line is for everybody on the machine to see. */
static void hide_password(char *url)
{
    char *at = strrchr(url, '@');
    char *colon = strstr(url, "://");

    colon = colon ? strchr(colon + 3, ':') : NULL;
    if (at && colon && colon < at)
        memset(colon + 1, '*', (size_t)(at - colon - 1));
}

static int read_credentials(pk_arena *arena, const pk_options *options,
                            pk_smtp_settings *smtp)
{
    const char *variable = getenv(PASSWORD_VARIABLE);

    if (options->smtp_user && smtp->user)
        return pk_usage_error("--smtp has a user already: leave --smtp-user out", NULL);
    if (options->smtp_user)
        smtp->user = options->smtp_user;
    if (!smtp->user)
        return options->smtp_password_file
                   ? pk_usage_error("--smtp-password-file needs a user: --smtp-user", NULL)
                   : 0;
    if (options->smtp_password_file)
        return read_password(arena, options->smtp_password_file, &smtp->password);
    if (!smtp->password)
        smtp->password = pk_arena_text(arena, variable);
    return smtp->password ? 0
                          : pk_usage_error("the SMTP user has no password: name a file with "
                                           "--smtp-password-file, or set " PASSWORD_VARIABLE,
                                           NULL);
}

static int read_smtp(pk_arena *arena, const pk_options *options, pk_mail *mail)
{
    pk_smtp_settings *smtp = &mail->smtp;
    const char *fault;

    if (!options->smtp)
        return options->smtp_user || options->smtp_password_file || options->smtp_ca
                   ? pk_usage_error("--smtp-user, --smtp-password-file and --smtp-ca need --smtp",
                                    NULL)
                   : 0;
    fault = pk_smtp_read_url(arena, options->smtp, smtp);
    hide_password(options->smtp);
    if (fault)
        return pk_usage_error("--smtp is not like smtp://HOST:PORT or smtps://HOST:PORT", fault);
    if (!options->mail_from)
        return pk_usage_error("--smtp needs --mail-from, the address that messages come from", NULL);
    mail->has_smtp = true;
    smtp->ca_file = options->smtp_ca;
    smtp->require_tls = smtp->require_tls || options->smtp_ca;
    smtp->timeout_ms = mail->pace_ms ? (int)mail->pace_ms * PACE_TIMEOUT : TIMEOUT_MS;
    return check_authorities(arena, options->smtp_ca) == 0 ? read_credentials(arena, options, smtp)
                                                           : 1;
}

static int read_options(pk_arena *arena, const pk_options *options, pk_mail *mail)
{
    size_t pace_len = options->mail_pace ? strlen(options->mail_pace) : 0;

    mail->data = options->data;
    mail->from = options->mail_from ? options->mail_from : FROM;
    if (!pk_mail_can_address(mail->from))
        return pk_usage_error("--mail-from is not an address like no-reply@example.com", NULL);
    if (options->mail_pace && (pace_len == 0 || pace_len > 5 || *options->mail_pace == '0' ||
                          strspn(options->mail_pace, "0123456789") != pace_len))
        return pk_usage_error("--mail-pace is not a number of milliseconds", NULL);
    mail->pace_ms = options->mail_pace ? atoi(options->mail_pace) : 0;
    return read_smtp(arena, options, mail);
}

static int read_key(pk_arena *arena, pk_mail *mail)
{
    int failure = pk_seal_key_read(arena, mail->data, &mail->key);

    if (!failure)
        return 0;
    return pk_say_failure("the key that seals links (DIR/mail.key) cannot be used",
                          failure == EINVAL ? "it is no such key" : strerrordesc_np(failure),
                          "Without it nobody can read what waits in the outbox; once it is "
                          "removed, a new one is made.");
}

int pk_mail_open(pk_arena *arena, const pk_options *options, pk_mail **out_mail)
{
    pk_mail *mail = calloc(1, sizeof *mail);
    int code;

    if (!mail)
        return pk_say_failure("mail", "memory could not be allocated", NULL);
    code = read_options(arena, options, mail);
    if (code == 0)
        code = read_key(arena, mail);
    if (code == 0)
        *out_mail = mail;
    else
        pk_mail_close(mail);
    return code;
}

void pk_mail_close(pk_mail *mail)
{
    if (!mail)
        return;
    pk_wipe(&mail->key, sizeof mail->key);
    free(mail);
}

/* ------------------------------------------------------------- into the outbox */

static const char *address_of(pk_call *call, const pk_identity *identity)
{
    const pk_json *traits = pk_arena_json(
        &call->arena, pk_json_parse(identity->traits, strlen(identity->traits), NULL));
    const char *address = pk_json_text(traits, "primary_email_address");

    return pk_mail_can_address(address) ? address : NULL;
}

bool pk_mail_enqueue(pk_call *call, const pk_job *job, const pk_identity *identity,
                     const char *link)
{
    const pk_mail *mail = call->cloud->mail;
    pk_outgoing outgoing = {
        .job_id = job->id,
        .tenant_id = call->realm.tenant_id,
        .realm_id = job->realm_id,
        .identity_id = job->identity_id,
        .recipient = address_of(call, identity),
        .key_id = mail->key.id,
        .sealed_link = link ? pk_seal(&call->arena, &mail->key, job->id, link) : NULL,
        .create_ms = call->now_ms,
        .next_ms = call->now_ms,
        .expire_ms = job->expire_ms,
    };

    return outgoing.recipient && outgoing.sealed_link &&
           pk_store_add_outgoing(call->store, &outgoing) == PK_STORED_OK;
}
