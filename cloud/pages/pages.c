/* SPDX-License-Identifier: Apache-2.0 */
#include "pages/pages.h"

#include "accept.h"
#include "answer.h"
#include "pages/look.h"
#include "web/page.h"

#include <string.h>

/* ----------------------------------------------------------------- what is said */

typedef struct saying {
    int status;
    const char *code; /* NULL: any */
    const char *title;
    const char *what;
    const char *then;
} saying;

static const saying sayings[] = {
    {400, NULL, "This link is not complete",
     "A part of it is there twice, so it cannot be recognized.",
     "Open it directly from the message that it came in. If you copied it, copy it once, up to "
     "its last character."},
    {401, NULL, "This link is not complete",
     "A part of it seems to be missing or changed, so it cannot be recognized.",
     "Open it directly from the message that it came in. If you copied it, copy all of it, up to "
     "its last character."},
    {403, NULL, "This account is suspended",
     "No passkey can be set up for it at the moment.",
     "Ask the people who manage your account."},
    {404, NULL, "This link is not known",
     "It may have been copied incompletely, or it belongs to an account that has been removed.",
     "Open it directly from the message that it came in, or ask for a new one."},
    {409, NULL, "This link was used already",
     "A passkey has been set up with it; a link makes one passkey only.",
     "If that was you, you can sign in with it. For another device, ask for another link. If it "
     "was not you, tell the people who manage your account at once."},
    {410, "link_expired", "This link has expired",
     "Links for setting up a passkey work for a few days only.", "Ask for a new one."},
    {410, "link_revoked", "This link was withdrawn",
     "The people who manage your account have made it invalid.",
     "If you still need a passkey, ask them for a new link."},
    {422, NULL, "This link is for an application",
     "It cannot be opened in a browser.",
     "Copy it into the application that is to keep the passkey."},
    {429, NULL, "Too many requests", "This address has asked too often.",
     "Wait a minute, then open the link again."},
    {500, NULL, "Something went wrong", "It is not your fault, and the link is as good as before.",
     "Open it again in a few minutes."},
    {503, NULL, "Something went wrong", "It is not your fault, and the link is as good as before.",
     "Open it again in a few minutes."},
};

static const saying otherwise = {
    0, NULL, "This is not a link that can be opened", "The address is not one that leads anywhere.",
    "Open the link directly from the message that it came in."};

static const saying *saying_for(pk_call *call)
{
    const pk_json *error =
        pk_arena_json(&call->arena, pk_json_parse(call->text, strlen(call->text), NULL));
    const char *code = pk_json_text(error, "code");

    for (size_t i = 0; i < sizeof sayings / sizeof *sayings; i++)
        if (sayings[i].status == call->status &&
            (!sayings[i].code || (code && strcmp(code, sayings[i].code) == 0)))
            return &sayings[i];
    return &otherwise;
}

/* ---------------------------------------------------------------------- the page */

static void write_body(pk_web_page *page, const pk_call *call, const pk_look *look,
                       const saying *said)
{
    pk_web_write(page, "<h1>%s</h1>\n<p>%s</p>\n<p>%s</p>\n", said->title, said->what,
                  said->then);
    if (look->support_url)
        pk_web_write(page, "<p><a class=\"button\" href=\"%s\">Get help</a></p>\n",
                      look->support_url);
    pk_web_write(page, "<p class=\"reference\">Reference: %s</p>\n", call->correlation_id);
}

static bool write_page(pk_call *call, const pk_look *look, const saying *said, char **out_html,
                       char **out_policy)
{
    const char *css = pk_arena_printf(&call->arena,
                                      ":root { --button: %s; --button-text: %s; }\n",
                                      look->button_color, look->button_text_color);
    const pk_web_look frame = {look->name, look->logo_light, look->logo_dark, css};
    pk_web_page page;

    pk_web_begin(&page, said->title, &frame);
    page.failed = page.failed || !css;
    write_body(&page, call, look, said);
    pk_web_end(&page);
    return pk_web_take(&page, out_html, out_policy);
}

static bool is_for_a_person(const pk_call *call)
{
    int html = pk_accept_quality(call->accept, "text/html");

    return html > 0 && html >= pk_accept_quality(call->accept, "application/json");
}

void pk_pages_show(pk_call *call)
{
    char *html = NULL, *allowed = NULL;
    pk_look look;

    if (call->status < 400 || !call->text || !is_for_a_person(call))
        return;
    if (!pk_look_read(&call->arena, call->realm.id ? &call->realm : NULL, &look) ||
        !write_page(call, &look, saying_for(call), &html, &allowed))
        return;
    html = pk_arena_take(&call->arena, html);
    allowed = pk_arena_take(&call->arena, allowed);
    if (!html || !allowed)
        return;
    call->text = html;
    call->content_type = "text/html; charset=utf-8";
    pk_answer_header(call, "Content-Security-Policy", allowed);
    pk_answer_header(call, "Referrer-Policy", "no-referrer");
}
