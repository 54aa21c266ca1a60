/* SPDX-License-Identifier: Apache-2.0 */
#include "pages/pages.h"

#include "accept.h"
#include "answer.h"
#include "base/memory.h"
#include "names.h"
#include "pages/html.h"
#include "pages/look.h"

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

/* scheme://host:port, as the policy names where images may come from; "" for
 * what could be read as anything else there. */
static const char *origin_of(pk_arena *arena, const char *url)
{
    const char *host = url ? strstr(url, "://") : NULL;
    size_t len = host ? strcspn(host + 3, "/?#") : 0;

    if (!len || strspn(host + 3, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "0123456789.-:[]") < len)
        return "";
    return pk_arena_text_n(arena, url, (size_t)(host - url) + 3 + len);
}

static const char *policy(pk_arena *arena, const pk_look *look, const char *nonce)
{
    const char *light = origin_of(arena, look->logo_light);
    const char *dark = origin_of(arena, look->logo_dark);

    if (!light || !dark)
        return NULL;
    return pk_arena_printf(arena,
                           "default-src 'none'; style-src 'nonce-%s'; img-src %s %s;"
                           " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
                           nonce, *light || *dark ? light : "'none'", dark);
}

static bool write_head(pk_arena *arena, const pk_look *look, const saying *said, const char *nonce,
                       pk_buffer *out)
{
    const char *title = pk_html(arena, said->title);

    return title && pk_buffer_printf(out,
                                     "<!DOCTYPE html>\n"
                                     "<html lang=\"en\">\n"
                                     "<head>\n"
                                     "<meta charset=\"utf-8\">\n"
                                     "<meta name=\"viewport\" content=\"width=device-width,"
                                     " initial-scale=1\">\n"
                                     "<meta name=\"color-scheme\" content=\"light dark\">\n"
                                     "<meta name=\"robots\" content=\"noindex\">\n"
                                     "<title>%s</title>\n"
                                     "<style nonce=\"%s\">\n"
                                     "%s:root { --button: %s; --button-text: %s; }\n"
                                     "</style>\n"
                                     "</head>\n",
                                     title, nonce, pk_page_style, look->button_color,
                                     look->button_text_color);
}

static bool write_brand(pk_arena *arena, const pk_look *look, pk_buffer *out)
{
    const char *name = pk_html(arena, look->name);
    const char *light = pk_html(arena, look->logo_light);
    const char *dark = pk_html(arena, look->logo_dark);

    if (!name || !light || !dark)
        return false;
    if (!*name)
        return true;
    if (!*light)
        return pk_buffer_printf(out, "<p class=\"brand\">%s</p>\n", name);
    return pk_buffer_append_text(out, "<p class=\"brand\"><picture>\n") &&
           (!*dark || pk_buffer_printf(out,
                                       "<source media=\"(prefers-color-scheme: dark)\""
                                       " srcset=\"%s\">\n",
                                       dark)) &&
           pk_buffer_printf(out, "<img src=\"%s\" alt=\"%s\">\n</picture></p>\n", light, name);
}

static bool write_body(pk_call *call, const pk_look *look, const saying *said, pk_buffer *out)
{
    pk_arena *arena = &call->arena;
    const char *support = pk_html(arena, look->support_url);
    const char *reference = pk_html(arena, call->correlation_id);

    return support && reference && pk_buffer_append_text(out, "<body>\n<main>\n") &&
           write_brand(arena, look, out) &&
           pk_buffer_printf(out, "<h1>%s</h1>\n<p>%s</p>\n<p>%s</p>\n", said->title, said->what,
                            said->then) &&
           (!*support ||
            pk_buffer_printf(out, "<p><a class=\"button\" href=\"%s\">Get help</a></p>\n",
                             support)) &&
           pk_buffer_printf(out,
                            "<p class=\"reference\">Reference: %s</p>\n"
                            "</main>\n</body>\n</html>\n",
                            reference);
}

static bool is_for_a_person(const pk_call *call)
{
    int html = pk_accept_quality(call->accept, "text/html");

    return html > 0 && html >= pk_accept_quality(call->accept, "application/json");
}

void pk_pages_show(pk_call *call)
{
    const char *nonce = pk_new_uuid(&call->arena);
    const char *allowed = NULL;
    const char *text = NULL;
    pk_buffer page = {0};
    const saying *said;
    pk_look look;

    if (call->status < 400 || !call->text || !is_for_a_person(call))
        return;
    said = saying_for(call);
    if (nonce && pk_look_read(&call->arena, call->realm.id ? &call->realm : NULL, &look))
        allowed = policy(&call->arena, &look, nonce);
    if (allowed && write_head(&call->arena, &look, said, nonce, &page) &&
        write_body(call, &look, said, &page))
        text = pk_arena_take(&call->arena, pk_buffer_take(&page));
    pk_buffer_free(&page);
    if (text) {
        call->text = text;
        call->content_type = "text/html; charset=utf-8";
        pk_answer_header(call, "Content-Security-Policy", allowed);
        pk_answer_header(call, "Referrer-Policy", "no-referrer");
    }
}
