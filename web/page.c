/* SPDX-License-Identifier: Apache-2.0 */
#include "web/page.h"

#include "base/crypto.h"
#include "base/text.h"
#include "web/html.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#define NONCE_SIZE 16

/* ---------------------------------------------------------------------- writing */

static void append(pk_web_page *page, const char *text, size_t len)
{
    if (!page->failed && !pk_buffer_append(&page->html, text, len))
        page->failed = true;
}

void pk_web_html(pk_web_page *page, const char *html)
{
    append(page, html, strlen(html));
}

static void append_escaped(pk_web_page *page, const char *text)
{
    if (!page->failed && !pk_html_append(&page->html, text))
        page->failed = true;
}

void pk_web_write(pk_web_page *page, const char *format, ...)
{
    const char *next;
    va_list texts;

    va_start(texts, format);
    while ((next = strstr(format, "%s"))) {
        append(page, format, (size_t)(next - format));
        append_escaped(page, va_arg(texts, const char *));
        format = next + 2;
    }
    va_end(texts);
    pk_web_html(page, format);
}

/* ------------------------------------------------------------------------- frame */

static char *new_nonce(void)
{
    uint8_t random[NONCE_SIZE];

    return pk_random(random, sizeof random) ? pk_base64url_encode(random, sizeof random) : NULL;
}

/* What the policy cannot name would not be shown. */
static const char *usable(const char *logo)
{
    return pk_web_origin_len(logo) ? logo : NULL;
}

static void write_brand(pk_web_page *page)
{
    const pk_web_look *look = &page->look;

    if (!look->name || !*look->name)
        return;
    if (!look->logo_light) {
        pk_web_write(page, "<p class=\"brand\">%s</p>\n", look->name);
        return;
    }
    pk_web_html(page, "<p class=\"brand\"><picture>\n");
    if (look->logo_dark)
        pk_web_write(page,
                      "<source media=\"(prefers-color-scheme: dark)\" srcset=\"%s\">\n",
                      look->logo_dark);
    pk_web_write(page, "<img src=\"%s\" alt=\"%s\">\n</picture></p>\n", look->logo_light,
                  look->name);
}

void pk_web_begin(pk_web_page *page, const char *title, const pk_web_look *look)
{
    *page = (pk_web_page){.nonce = new_nonce()};
    page->failed = !page->nonce;
    if (look)
        page->look = *look;
    page->look.logo_dark = usable(page->look.logo_dark);
    page->look.logo_light = usable(page->look.logo_light);
    if (!page->look.logo_light)
        page->look.logo_light = page->look.logo_dark;
    pk_web_write(page,
                  "<!DOCTYPE html>\n"
                  "<html lang=\"en\">\n"
                  "<head>\n"
                  "<meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<meta name=\"color-scheme\" content=\"light dark\">\n"
                  "<meta name=\"robots\" content=\"noindex\">\n"
                  "<title>%s</title>\n"
                  "<style nonce=\"%s\">\n",
                  title, page->nonce);
    pk_web_html(page, pk_web_style);
    pk_web_html(page, page->look.css ? page->look.css : "");
    pk_web_html(page, "</style>\n</head>\n<body>\n<main>\n");
    write_brand(page);
}

void pk_web_end(pk_web_page *page)
{
    pk_web_html(page, "</main>\n</body>\n</html>\n");
}

/* ------------------------------------------------------------------------ policy */

static bool add_source(pk_buffer *policy, const char *logo)
{
    return !logo || (pk_buffer_append_text(policy, " ") &&
                     pk_buffer_append(policy, logo, pk_web_origin_len(logo)));
}

static char *make_policy(const pk_web_page *page)
{
    const pk_web_look *look = &page->look;
    pk_buffer policy = {0};

    if (pk_buffer_printf(&policy, "default-src 'none'; style-src 'nonce-%s'; img-src",
                         page->nonce) &&
        (look->logo_light ? add_source(&policy, look->logo_light)
                          : pk_buffer_append_text(&policy, " 'none'")) &&
        add_source(&policy, look->logo_dark) &&
        pk_buffer_append_text(&policy, "; base-uri 'none'; form-action 'none';"
                                       " frame-ancestors 'none'"))
        return pk_buffer_take(&policy);
    pk_buffer_free(&policy);
    return NULL;
}

bool pk_web_take(pk_web_page *page, char **out_html, char **out_policy)
{
    char *policy = page->failed ? NULL : make_policy(page);
    char *html = policy ? pk_buffer_take(&page->html) : NULL;

    pk_buffer_free(&page->html);
    pk_text_free(page->nonce);
    *page = (pk_web_page){0};
    if (!html) {
        pk_text_free(policy);
        return false;
    }
    *out_html = html;
    *out_policy = policy;
    return true;
}
