/* SPDX-License-Identifier: Apache-2.0 */
#include "pages/look.h"

#include "base/text.h"
#include "pages/contrast.h"

#include <string.h>
#include <strings.h>

#define BUTTON_COLOR "#1f5fbf"
#define BUTTON_TEXT_COLOR "#ffffff"
#define LEAST_CONTRAST 4.5 /* WCAG 2.2, 1.4.3 */

/* #rgb or #rrggbb: what else CSS takes could break out of where we put it. */
static const char *color(const pk_json *theme, const char *name, const char *otherwise)
{
    const char *text = pk_json_text(theme, name);
    size_t len = text ? strlen(text) : 0;

    if ((len != 4 && len != 7) || text[0] != '#')
        return otherwise;
    for (size_t i = 1; i < len; i++)
        if (pk_hex_value(text[i]) < 0)
            return otherwise;
    return text;
}

/* Colors that nobody can read are not used. */
static void check_contrast(pk_look *look)
{
    if (pk_contrast(look->button_color, look->button_text_color) >= LEAST_CONTRAST)
        return;
    look->button_color = BUTTON_COLOR;
    look->button_text_color = BUTTON_TEXT_COLOR;
}

static bool begins(const char *text, const char *scheme)
{
    return strncasecmp(text, scheme, strlen(scheme)) == 0 && text[strlen(scheme)] != '\0';
}

static const char *url(const pk_json *theme, const char *name, bool mail_too)
{
    const char *text = pk_json_text(theme, name);

    if (!text || strpbrk(text, " \"'<>\\") || pk_has_control(text, strlen(text)))
        return NULL;
    return begins(text, "https://") || begins(text, "http://") ||
                   (mail_too && begins(text, "mailto:"))
               ? text
               : NULL;
}

bool pk_look_read(pk_arena *arena, const pk_realm *realm, pk_look *out)
{
    const char *text = realm && realm->theme ? realm->theme : "{}";
    const pk_json *theme = pk_arena_json(arena, pk_json_parse(text, strlen(text), NULL));
    const char *name = pk_json_text(theme, "email_realm_name");

    *out = (pk_look){
        .name = name && *name ? name : realm ? realm->display_name : NULL,
        .logo_light = url(theme, "logo_url_light", false),
        .logo_dark = url(theme, "logo_url_dark", false),
        .support_url = url(theme, "support_url", true),
        .button_color = color(theme, "button_color", BUTTON_COLOR),
        .button_text_color = color(theme, "button_text_color", BUTTON_TEXT_COLOR),
    };
    if (!out->logo_light)
        out->logo_light = out->logo_dark;
    check_contrast(out);
    return theme != NULL;
}
