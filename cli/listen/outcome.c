/* SPDX-License-Identifier: Apache-2.0
 * The page of a passkey that was created, and of one that was not. */
#include "listen/pages.h"

#include "web/page.h"
#include "web/uri.h"

#include <string.h>
#include <strings.h>

/* ------------------------------------------------------------------------ success */

static const char *protection_in_words(const char *protection)
{
    if (protection && strcmp(protection, "hardware") == 0)
        return "In this computer's TPM, a security chip. It cannot leave it.";
    if (protection && strcmp(protection, "swtpm") == 0)
        return "In a software TPM, for development only. Whoever can read your files can take it.";
    return "In a TPM that does not say what it is.";
}

/* A name, and below it what tells it from others of that name. */
static void write_who(pk_web_page *page, const char *label, const char *name, const char *more,
                      const char *id)
{
    const char *shown = name && *name ? name : id;

    pk_web_write(page, "<dt>%s</dt><dd>%s", label, shown);
    if (more && *more && strcmp(more, shown) != 0)
        pk_web_write(page, "<small>%s</small>", more);
    if (shown != id)
        pk_web_write(page, "<small>%s</small>", id);
    pk_web_write(page, "</dd>\n");
}

static void write_details(pk_web_page *page, const passkey_credential *passkey)
{
    const char *email = passkey_credential_identity_email_address(passkey);
    const char *username = passkey_credential_identity_username(passkey);

    pk_web_write(page, "<dl>\n");
    write_who(page, "Identity", passkey_credential_identity_display_name(passkey),
              email && *email ? email : username, passkey_credential_identity_id(passkey));
    write_who(page, "Realm", passkey_credential_realm_display_name(passkey), NULL,
              passkey_credential_realm_id(passkey));
    write_who(page, "Tenant", passkey_credential_tenant_display_name(passkey), NULL,
              passkey_credential_tenant_id(passkey));
    pk_web_write(page, "<dt>Private key</dt><dd>%s</dd>\n",
                 protection_in_words(passkey_credential_protection(passkey)));
    pk_web_write(page,
                 "<dt>Thumbprint</dt><dd><code>%s</code><small>The same is shown to those who "
                 "manage your account.</small></dd>\n</dl>\n",
                 passkey_credential_thumbprint(passkey));
}

static bool is_web(const char *uri)
{
    return strncasecmp(uri, "http://", 7) == 0 || strncasecmp(uri, "https://", 8) == 0;
}

/* Never followed by itself: only when the person clicks. What could run in this
 * page's place, or is no whole address, is not even a link. */
static void write_next(pk_web_page *page, const char *uri)
{
    if (uri && *uri && !pk_uri_redirect_fault(uri))
        pk_web_write(page,
                     "<p><a class=\"button\" href=\"%s\" rel=\"noreferrer\">%s</a></p>\n"
                     "<p class=\"beside\">This leads to %s</p>\n",
                     uri, is_web(uri) ? "Continue" : "Continue in the application", uri);
    else
        pk_web_write(page, "<p>You can close this window and sign in.</p>\n");
}

static pk_web_look look_of(const passkey_credential *passkey)
{
    const char *name = passkey_credential_realm_display_name(passkey);

    return (pk_web_look){
        .name = name && *name ? name : passkey_credential_realm_id(passkey),
        .logo_light = passkey_credential_theme_logo_url_light(passkey),
        .logo_dark = passkey_credential_theme_logo_url_dark(passkey),
    };
}

static bool is_help(const char *url)
{
    return url && !pk_uri_fault(url) && (is_web(url) || strncasecmp(url, "mailto:", 7) == 0);
}

static void write_help(pk_web_page *page, const char *url)
{
    if (is_help(url))
        pk_web_write(page, "<p class=\"reference\"><a href=\"%s\" rel=\"noreferrer\">Get help</a>"
                           "</p>\n",
                     url);
}

void handler_page_passkey(const passkey_bind_result *result, handler_answer *out)
{
    static const char title[] = "Your passkey is ready";
    const passkey_credential *passkey = passkey_bind_result_passkey(result);
    const pk_web_look look = look_of(passkey);
    pk_web_page page;

    pk_web_begin(&page, title, &look);
    pk_web_html(&page, HANDLER_SIGN_GOOD);
    pk_web_write(&page, "<h1>%s</h1>\n<p>It was created on this computer, for this account:</p>\n",
                 title);
    write_details(&page, passkey);
    write_next(&page, passkey_bind_result_post_binding_redirect_uri(result));
    write_help(&page, passkey_credential_theme_support_url(passkey));
    out->shows_outcome = true;
    handler_page_finish(&page, 200, out);
}

/* ------------------------------------------------------------------------ failure */

/* What it is called to a person; message and hint of the error say the rest. */
static const struct {
    passkey_status from, to;
    unsigned http_status;
    const char *title;
} titles[] = {
    {PASSKEY_LINK_EXPIRED, PASSKEY_LINK_EXPIRED, 410, "This link has expired"},
    {PASSKEY_LINK_REVOKED, PASSKEY_LINK_REVOKED, 410, "This link was withdrawn"},
    {PASSKEY_CONFLICT, PASSKEY_CONFLICT, 409, "This link was used already"},
    {PASSKEY_UNAUTHORIZED, PASSKEY_UNAUTHORIZED, 400, "This link is not complete"},
    {PASSKEY_NOT_FOUND, PASSKEY_NOT_FOUND, 404, "This link is not known"},
    {PASSKEY_FORBIDDEN, PASSKEY_FORBIDDEN, 403, "This account may not have a passkey now"},
    {PASSKEY_RATE_LIMITED, PASSKEY_RATE_LIMITED, 503, "The cloud is busy"},
    {PASSKEY_DOMAIN_NOT_ALLOWED, PASSKEY_DOMAIN_NOT_ALLOWED, 403,
     "This link leads to a cloud that is not trusted here"},
    {PASSKEY_INSECURE_URL, PASSKEY_INSECURE_URL, 403, "This link is not safe to follow"},
    {PASSKEY_UNSUPPORTED_LINK, PASSKEY_UNSUPPORTED_LINK, 400, "This is another kind of link"},
    {PASSKEY_INVALID_LINK, PASSKEY_INVALID_LINK, 400, "This is not a whole passkey link"},
    {PASSKEY_CANCELED, PASSKEY_CANCELED, 503, "The handler was stopped"},
    {PASSKEY_NO_TPM, PASSKEY_NO_TPM, 500, "This computer has no TPM to use"},
    {PASSKEY_TPM_PERMISSION, PASSKEY_TPM_PERMISSION, 500, "The TPM may not be used"},
    {PASSKEY_TPM_LOCKOUT, PASSKEY_TPM_LOCKOUT, 500, "The TPM is locked for a while"},
    {PASSKEY_BAD_REQUEST, (passkey_status)299, 502, "The cloud did not take the link"},
    {PASSKEY_NETWORK_ERROR, (passkey_status)399, 502, "The cloud could not be reached"},
    {PASSKEY_NO_TPM, (passkey_status)499, 500, "The TPM could not make the key"},
    {PASSKEY_STORE_UNWRITABLE, (passkey_status)599, 500, "The passkey could not be kept"},
};
#define NUM_TITLES (sizeof titles / sizeof *titles)

static const char *title_of(const handler_attempt *attempt, unsigned *out_http_status)
{
    passkey_status status = passkey_error_status(attempt->error);

    *out_http_status = attempt->is_foreign ? 403 : 500;
    if (attempt->is_foreign)
        return "This link is for somebody else";
    for (size_t i = 0; i < NUM_TITLES; i++)
        if (status >= titles[i].from && status <= titles[i].to) {
            *out_http_status = titles[i].http_status;
            return titles[i].title;
        }
    return "The passkey could not be created";
}

static void write_reference(pk_web_page *page, const passkey_error *error)
{
    const char *cause = passkey_error_cause(error);
    const char *correlation_id = passkey_error_correlation_id(error);

    pk_web_write(page, "<p class=\"reference\">Error: <code>%s</code>", passkey_error_code(error));
    if (cause)
        pk_web_write(page, "<br>Cause: %s", cause);
    if (correlation_id)
        pk_web_write(page, "<br>Reference: %s", correlation_id);
    pk_web_write(page, "</p>\n");
}

void handler_page_failure(const handler_attempt *attempt, handler_answer *out)
{
    const passkey_error *error = attempt->error;
    const char *hint = passkey_error_hint(error);
    unsigned http_status;
    const char *title = title_of(attempt, &http_status);
    pk_web_page page;

    pk_web_begin(&page, title, NULL);
    pk_web_html(&page, HANDLER_SIGN_BAD);
    pk_web_write(&page, "<h1>%s</h1>\n<p>%s</p>\n", title, passkey_error_message(error));
    pk_web_write(&page, "<h2>What to do</h2>\n<p>%s</p>\n",
                 *hint ? hint : "Open the link again, directly from the message that it came in.");
    if (passkey_error_retryable(error))
        pk_web_write(&page, "<p>The link is as good as before: when this is mended, open it "
                            "again.</p>\n");
    write_reference(&page, error);
    out->shows_outcome = true;
    handler_page_finish(&page, http_status, out);
}
