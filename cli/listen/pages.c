/* SPDX-License-Identifier: Apache-2.0
 * The pages that are about no link's outcome: waiting, asking, refusing. */
#include "listen/pages.h"

#include "base/memory.h"
#include "web/page.h"

#include <string.h>

/* Drawings in a field of 24 by 24; the words beside them say the same. */
const char HANDLER_SIGN_GOOD[] =
    "<svg class=\"sign good\" viewBox=\"0 0 24 24\" aria-hidden=\"true\">"
    "<circle cx=\"12\" cy=\"12\" r=\"10\"/><path d=\"m7.5 12.5 3 3 6-6.5\"/></svg>\n";
const char HANDLER_SIGN_BAD[] =
    "<svg class=\"sign bad\" viewBox=\"0 0 24 24\" aria-hidden=\"true\">"
    "<circle cx=\"12\" cy=\"12\" r=\"10\"/><path d=\"M12 7v6M12 16.5v.1\"/></svg>\n";
const char HANDLER_SIGN_KEY[] =
    "<svg class=\"sign\" viewBox=\"0 0 24 24\" aria-hidden=\"true\">"
    "<circle cx=\"8\" cy=\"12\" r=\"5\"/><path d=\"M13 12h9m-3 0v4m-3-4v3\"/></svg>\n";

void handler_page_finish(struct pk_web_page *page, unsigned status, handler_answer *out)
{
    out->status = status;
    pk_web_end(page);
    if (!pk_web_take(page, &out->html, &out->policy))
        out->status = 503;
}

/* ------------------------------------------------------------------------ sayings */

typedef struct saying {
    unsigned status;
    const char *sign;
    const char *title;
    const char *what;
    const char *then;
} saying;

static void show(const saying *said, handler_answer *out)
{
    pk_web_page page;

    pk_web_begin(&page, said->title, NULL);
    pk_web_html(&page, said->sign);
    pk_web_write(&page, "<h1>%s</h1>\n<p>%s</p>\n<p>%s</p>\n", said->title, said->what,
                 said->then);
    handler_page_finish(&page, said->status, out);
}

void handler_page_said(handler_saying which, handler_answer *out)
{
    static const saying sayings[] = {
        [HANDLER_SAYS_WAITING] =
            {200, HANDLER_SIGN_KEY, "Ready for your passkey link",
             "The passkey handler of this computer is waiting.",
             "Open the link that you were sent, in this browser. It leads here, and the passkey "
             "is created."},
        [HANDLER_SAYS_NOT_FOUND] =
            {404, HANDLER_SIGN_KEY, "Nothing is here",
             "This is the passkey handler of this computer; it has no page at this address.",
             "To create a passkey, open the link that you were sent."},
        [HANDLER_SAYS_GONE] =
            {404, HANDLER_SIGN_KEY, "This page is gone",
             "The handler forgets its results when it ends.",
             "The passkeys of this computer are shown by the command: passkey list"},
        [HANDLER_SAYS_BUSY] =
            {503, HANDLER_SIGN_BAD, "The handler takes no link now",
             "It has its passkey already and is about to end, or has too many links at once.",
             "Nothing was done with this link. Start passkey listen again if need be, then open "
             "the link once more."},
    };

    show(&sayings[which], out);
}

/* A page that nobody was taken to is seen by few; it is for who looks why. */
void handler_page_refused(handler_verdict verdict, handler_answer *out)
{
    static const saying sayings[] = {
        {HANDLER_FOREIGN_HOST, HANDLER_SIGN_BAD, "Not by this name",
         "The handler answers to 127.0.0.1, localhost and [::1] with its own port, and to no "
         "other host name.",
         "Nothing was done."},
        {HANDLER_NOT_NAVIGATION, HANDLER_SIGN_BAD, "Only you can open this",
         "The handler creates a passkey when a person opens a link, not when a page loads it as "
         "a part, a script asks, or a browser fetches ahead.",
         "Nothing was done. Open the link directly from the message that it came in."},
        {HANDLER_NOT_GET, HANDLER_SIGN_BAD, "Only links are taken",
         "The handler takes what a browser sends when a link is opened (GET), and nothing else.",
         "Nothing was done."},
        {HANDLER_TOO_LONG, HANDLER_SIGN_BAD, "This link is too long",
         "A passkey creation link has less than 16384 characters.",
         "Nothing was done. Open the link directly from the message that it came in."},
    };
    static const saying otherwise = {HANDLER_BAD, HANDLER_SIGN_BAD, "This is not a link",
                                     "The request is not one that a browser sends for a link.",
                                     "Nothing was done."};
    const saying *said = &otherwise;

    for (size_t i = 0; i < sizeof sayings / sizeof *sayings; i++)
        if (sayings[i].status == (unsigned)verdict)
            said = &sayings[i];
    show(said, out);
}

/* ----------------------------------------------------------------------- question */

static void write_row(pk_web_page *page, const char *name, const char *text)
{
    if (text && *text)
        pk_web_write(page, "<dt>%s</dt><dd>%s</dd>\n", name, text);
}

static void write_link(pk_web_page *page, const passkey_link *link)
{
    pk_web_write(page, "<dl>\n");
    write_row(page, "Cloud", passkey_link_origin(link));
    write_row(page, "Identity", passkey_link_identity_id(link));
    write_row(page, "Realm", passkey_link_realm_id(link));
    write_row(page, "Tenant", passkey_link_tenant_id(link));
    pk_web_write(page, "</dl>\n");
}

/* Like any link that cannot be followed, one that the library does not take says
 * why once it is begun. */
void handler_page_question(passkey_client *client, const handler_attempt *attempt,
                           handler_answer *out)
{
    static const char title[] = "Create a passkey on this computer?";
    passkey_link *link = NULL;
    pk_web_page page;

    pk_web_begin(&page, title, NULL);
    pk_web_html(&page, HANDLER_SIGN_KEY);
    pk_web_write(&page,
                 "<h1>%s</h1>\n<p>Your browser did not say whether it was you who opened this "
                 "link. If it was, go on.</p>\n",
                 title);
    if (passkey_client_check(client, attempt->link, &link, NULL) == PASSKEY_OK)
        write_link(&page, link);
    pk_web_write(&page,
                 "<p><a class=\"button\" href=\"/begin/%s\" rel=\"noreferrer\">Create the "
                 "passkey</a></p>\n<p class=\"beside\">If it was not, close this window; nothing "
                 "has been done.</p>\n",
                 attempt->id);
    passkey_link_free(link);
    handler_page_finish(&page, 200, out);
}
