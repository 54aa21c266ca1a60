/* SPDX-License-Identifier: Apache-2.0 */
#include "pages.h"

#include "html.h"

#include <string.h>

static void begin(FILE *out, const char *title)
{
    html_write(out,
               "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
               "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
               "<meta name=\"color-scheme\" content=\"light dark\">\n<title>%s</title>\n"
               "<link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n<main>\n"
               "<h1>%s</h1>\n",
               title, title);
}

static void end(FILE *out)
{
    html_write(out, "</main>\n</body>\n</html>\n");
}

static const char *either(const char *name, const char *id)
{
    return name && *name ? name : id;
}

/* ------------------------------------------------------------------------- start */

static void write_list(FILE *out, const passkey_credential_list *passkeys)
{
    const size_t count = passkey_credential_list_count(passkeys);

    html_write(out, count ? "<ul>\n" : "<p>No passkey yet.</p>\n");
    for (size_t i = 0; i < count; i++) {
        const passkey_credential *each = passkey_credential_list_at(passkeys, i);

        html_write(out, "<li><a href=\"/passkeys/%s\">%s</a> <small>%s</small></li>\n",
                   passkey_credential_id(each),
                   either(passkey_credential_identity_display_name(each),
                          passkey_credential_identity_id(each)),
                   either(passkey_credential_realm_display_name(each),
                          passkey_credential_realm_id(each)));
    }
    html_write(out, count ? "</ul>\n" : "");
    for (size_t i = 0; i < passkey_credential_list_num_damaged(passkeys); i++)
        html_write(out, "<p>This record cannot be read: %s</p>\n",
                   passkey_credential_list_damaged(passkeys, i));
}

void page_start(FILE *out, const char *identity_id, const passkey_credential_list *passkeys)
{
    begin(out, "Passkeys of this computer");
    html_write(out,
               "<p>A passkey is a private key that stays in this computer's TPM. The cloud "
               "knows its public half.</p>\n"
               "<p class=\"beside\">Identity: <code>%s</code></p>\n"
               "<h2>Create it now</h2>\n"
               "<p>The application asks the cloud for a link and uses it at once.</p>\n"
               "<form method=\"post\" action=\"/link\"><button>Create a passkey</button></form>\n"
               "<h2>Get a message first</h2>\n"
               "<p>The cloud sends a link to your address. It works when it is opened on this "
               "computer.</p>\n"
               "<form method=\"post\" action=\"/email\"><button>Send me the link</button></form>\n"
               "<h2>What is here</h2>\n",
               identity_id);
    write_list(out, passkeys);
    end(out);
}

/* ----------------------------------------------------------------------- passkey */

static const char *protection_in_words(const char *protection)
{
    if (protection && strcmp(protection, "hardware") == 0)
        return "In this computer's TPM, a security chip. It cannot leave it.";
    if (protection && strcmp(protection, "swtpm") == 0)
        return "In a software TPM, for development only. Whoever can read your files can take it.";
    return "In a TPM that does not say what it is.";
}

void page_passkey(FILE *out, const passkey_credential *passkey)
{
    begin(out, "Your passkey is ready");
    html_write(out,
               "<p>It was created on this computer, for this account:</p>\n<dl>\n"
               "<dt>Identity</dt><dd>%s <small>%s</small></dd>\n"
               "<dt>Realm</dt><dd>%s</dd>\n<dt>Tenant</dt><dd>%s</dd>\n"
               "<dt>Private key</dt><dd>%s</dd>\n"
               "<dt>Thumbprint</dt><dd><code>%s</code></dd>\n</dl>\n"
               "<p><a href=\"/\">All passkeys of this computer</a></p>\n",
               either(passkey_credential_identity_display_name(passkey),
                      passkey_credential_identity_id(passkey)),
               either(passkey_credential_identity_email_address(passkey),
                      passkey_credential_identity_username(passkey)),
               either(passkey_credential_realm_display_name(passkey),
                      passkey_credential_realm_id(passkey)),
               either(passkey_credential_tenant_display_name(passkey),
                      passkey_credential_tenant_id(passkey)),
               protection_in_words(passkey_credential_protection(passkey)),
               passkey_credential_thumbprint(passkey));
    end(out);
}

/* --------------------------------------------------------------------------- job */

static const struct {
    const char *state, *title, *text;
} states[] = {
    {"LINK_SENT", "A message is on its way",
     "Open the link in it on this computer, in this browser."},
    {"LINK_OPENED", "The link was opened", "If no passkey came of it, open the link once more."},
    {"REQUEST_DELIVERED", "The link was opened",
     "If no passkey came of it, open the link once more."},
    {"COMPLETE", "The link has made its passkey", "There is nothing left to do with the message."},
    {"EXPIRED", "The link has expired", "Ask for another one."},
    {"REVOKED", "The link was withdrawn", "Ask for another one."},
    {"FAILED_TO_SEND", "The message could not be sent",
     "The address of this identity may be wrong. Tell whoever manages it."},
};

void page_job(FILE *out, const passkey_job *job)
{
    const char *title = passkey_job_state(job), *text = "";
    const char *until = passkey_job_expire_time(job);

    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (title && strcmp(states[i].state, title) == 0) {
            text = states[i].text;
            title = states[i].title;
            break;
        }
    begin(out, title);
    html_write(out, "<p>%s</p>\n", text);
    if (until)
        html_write(out, "<p>The link works until <time datetime=\"%s\">%s</time>.</p>\n", until,
                   until);
    html_write(out,
               "<p><a href=\"/jobs/%s\">Look again</a> · <a href=\"/\">Back to the start</a></p>\n",
               passkey_job_id(job));
    end(out);
}

/* ----------------------------------------------------------------------- failure */

static void write_reference(FILE *out, const passkey_error *error)
{
    const char *cause = passkey_error_cause(error);
    const char *correlation_id = passkey_error_correlation_id(error);

    html_write(out, "<p class=\"reference\">Error: <code>%s</code>", passkey_error_code(error));
    if (cause)
        html_write(out, "<br>Cause: %s", cause);
    if (correlation_id)
        html_write(out, "<br>Reference: %s", correlation_id);
    html_write(out, "</p>\n");
}

void page_failure(FILE *out, const failure *told)
{
    begin(out, told->title);
    if (told->text)
        html_write(out, "<p>%s</p>\n", told->text);
    html_write(out, "<h2>What to do</h2>\n<p>%s</p>\n", told->hint);
    if (passkey_error_retryable(told->error))
        html_write(out, "<p>Nothing is lost: the same may be tried again.</p>\n");
    html_write(out, "<p><a href=\"/\">Back to the start</a></p>\n");
    if (told->error)
        write_reference(out, told->error);
    end(out);
}
