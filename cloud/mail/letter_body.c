/* SPDX-License-Identifier: Apache-2.0
 * What the message says, as text and as HTML. */
#include "mail/letter.h"

#include "pages/html.h"

#include <time.h>

/* 30 November 2026, 20:34 UTC */
static const char *day_and_time(pk_arena *arena, int64_t ms)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    time_t seconds = (time_t)(ms / 1000);
    struct tm utc;

    return gmtime_r(&seconds, &utc)
               ? pk_arena_printf(arena, "%d %s %d, %02d:%02d UTC", utc.tm_mday, months[utc.tm_mon],
                                 utc.tm_year + 1900, utc.tm_hour, utc.tm_min)
               : NULL;
}

bool pk_letter_text(pk_arena *arena, const pk_letter *letter, pk_buffer *out)
{
    const char *until = day_and_time(arena, letter->expire_ms);
    const char *support = letter->look.support_url;

    return until &&
           pk_buffer_printf(out,
                            "Hello %s,\n\n"
                            "you are invited to set up a passkey for %s. With it you sign in\n"
                            "without a password. Open this link on the device that is to keep it:\n\n"
                            "%s\n\n"
                            "The link makes one passkey, and works until %s.\n"
                            "Whoever opens it can have that passkey: do not pass this message on.\n\n"
                            "You did not expect this message? Then do nothing: without the link\n"
                            "being opened, nothing happens.\n",
                            letter->person, letter->look.name, letter->link, until) &&
           (!support || pk_buffer_printf(out, "\nHelp: %s\n", support));
}

/* -------------------------------------------------------------------- as HTML */

/* Mail programs differ in what they leave of a style sheet, so what must be is
 * at the elements; the sheet only darkens. */
static const char head[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<title>Set up your passkey</title>\n"
    "<style>\n"
    ":root { color-scheme: light dark; }\n"
    "@media (prefers-color-scheme: dark) {\n"
    "  body, .sheet { background: #16181d !important; color: #e8eaed !important; }\n"
    "  .small { color: #b5bac1 !important; }\n"
    "  .link, .help { color: #8ab4f8 !important; }\n"
    "}\n"
    "</style>\n"
    "</head>\n"
    "<body style=\"margin: 0; background: #ffffff; color: #1f2328;\n"
    "  font: 16px/1.5 system-ui, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif;\">\n"
    "<div class=\"sheet\" style=\"max-width: 34em; margin: 0 auto; padding: 24px 16px;\">\n";

static bool write_logo(pk_arena *arena, const pk_look *look, pk_buffer *out)
{
    const char *light = pk_html(arena, look->logo_light);
    const char *dark = pk_html(arena, look->logo_dark);
    const char *name = pk_html(arena, look->name);

    if (!light || !dark || !name)
        return false;
    if (!look->logo_light)
        return true;
    return pk_buffer_append_text(out, "<p><picture>\n") &&
           (!look->logo_dark ||
            pk_buffer_printf(out,
                             "<source media=\"(prefers-color-scheme: dark)\"\n srcset=\"%s\">\n",
                             dark)) &&
           pk_buffer_printf(out,
                            "<img src=\"%s\"\n alt=\"%s\" height=\"48\""
                            " style=\"height: 48px; max-width: 100%%;\">\n</picture></p>\n",
                            light, name);
}

static bool write_invitation(pk_arena *arena, const pk_letter *letter, pk_buffer *out)
{
    const char *person = pk_html(arena, letter->person);
    const char *name = pk_html(arena, letter->look.name);
    const char *link = pk_html(arena, letter->link);

    return person && name && link &&
           pk_buffer_printf(
               out,
               "<h1 style=\"font-size: 24px; line-height: 1.25;\">Set up your passkey</h1>\n"
               "<p>Hello %s,</p>\n"
               "<p>you are invited to set up a passkey for <strong>%s</strong>.\n"
               "With it you sign in without a password. Open this link on the device that is\n"
               "to keep it:</p>\n"
               "<p style=\"margin: 24px 0;\">\n"
               "<a href=\"%s\"\n style=\"display: inline-block; padding: 12px 24px;"
               " border-radius: 6px; font-weight: 600;\n"
               "  text-decoration: none; background: %s; color: %s;\">Set up the passkey</a></p>\n"
               "<p class=\"small\" style=\"font-size: 14px; color: #59636e;\">"
               "If the button does not work, copy this into a browser:<br>\n"
               "<a class=\"link\" href=\"%s\"\n style=\"color: #1f5fbf; overflow-wrap: anywhere;"
               " word-break: break-all;\">%s</a></p>\n",
               person, name, link, letter->look.button_color, letter->look.button_text_color, link,
               link);
}

static bool write_advice(pk_arena *arena, const pk_letter *letter, pk_buffer *out)
{
    const char *until = day_and_time(arena, letter->expire_ms);
    const char *support = pk_html(arena, letter->look.support_url);

    return until && support &&
           pk_buffer_printf(
               out,
               "<p>The link makes one passkey, and works until %s. Whoever opens it can have\n"
               "that passkey: do not pass this message on.</p>\n"
               "<p class=\"small\" style=\"font-size: 14px; color: #59636e;\">"
               "You did not expect this message? Then do\n"
               "nothing: without the link being opened, nothing happens.</p>\n",
               until) &&
           (!letter->look.support_url ||
            pk_buffer_printf(out,
                             "<p><a class=\"help\" href=\"%s\"\n style=\"color: #1f5fbf;\">"
                             "Get help</a></p>\n",
                             support)) &&
           pk_buffer_append_text(out, "</div>\n</body>\n</html>\n");
}

bool pk_letter_html(pk_arena *arena, const pk_letter *letter, pk_buffer *out)
{
    return pk_buffer_append_text(out, head) && write_logo(arena, &letter->look, out) &&
           write_invitation(arena, letter, out) && write_advice(arena, letter, out);
}
