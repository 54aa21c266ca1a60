/* SPDX-License-Identifier: Apache-2.0
 * Links of any size and of any bytes. */
#include "unit_link.h"

#include <time.h>

/* before, as many of unit as fit into len bytes, after */
static char *long_text(const char *before, const char *unit, const char *after, size_t len)
{
    char *text = calloc(1, len + 1), *to = text;
    const size_t rest = len - strlen(before) - strlen(after);

    to = stpcpy(to, before);
    while ((size_t)(to - text) + strlen(unit) <= strlen(before) + rest)
        to = stpcpy(to, unit);
    while ((size_t)(to - text) < strlen(before) + rest)
        *to++ = 'x';
    strcpy(to, after);
    return text;
}

static void longest_links(void **state)
{
    char *text = long_text("https://example.com" INVOKE "&x=", "a", "", PK_LINK_MAX);
    pk_link link = parse(text, &EXAMPLE);
    (void)state;

    assert_true(passkey_is_bind_passkey_url(text));
    assert_string_equal(link.invoke_url, text);
    pk_link_free(&link);
    free(text);
    text = long_text("https://example.com" INVOKE "&x=", "a", "", PK_LINK_MAX + 1);
    assert_false(passkey_is_bind_passkey_url(text));
    expect_refused(text, &EXAMPLE, INVALID, "longer");
    free(text);
}

static void long_links_take_linear_time(void **state)
{
    static const char *const rows[][3] = {
        {"https://example.com/", "../", "bind?" Q},
        {"https://example.com/", "a/../", "bind?" Q},
        {"https://example.com", "/", "/bind?" Q},
        {"https://example.com/", "%2e/", "bind?" Q},
        {"https://example.com/bind?" Q, "&a", ""},
        {"https://example.com/bind?" Q, "&aaaaaa", ""},
        {"https://example.com/bind?", "%74oken&", Q},
        {"https://example.com/bind?", "=&", Q},
        {"https://", "a.", "example.com/bind?" Q},
        {"https://", "a@", "example.com/bind?" Q},
        {"https://", "1.", "1/bind?" Q},
        {"https://0x", "0", "/bind?" Q},
        {"https://example.com:", "0", "/bind?" Q},
        {"", " ", "https://example.com/bind?" Q},
        {"ht", "\n", "tps://example.com/bind?" Q},
        {"a", "b", "://bind?" Q},
        {"https://[", ":", "]/bind?" Q},
        {"https://example.com/bind?" Q, "#", ""},
        {"https://example.com/a", "/..", INVOKE},
        {"https://example.com", "/", INVOKE},
        {"https://example.com" INVOKE, "&token=", ""},
        {"https://example.com" INVOKE, "%41", ""},
        {"https://h/bind?api_base_url=https://example.com/", "../", Q_BUT_BASE},
        {"https://h/bind?api_base_url=https://", "a.", "example.com" Q_BUT_BASE},
    };
    clock_t start = clock();
    size_t i;
    (void)state;

    for (i = 0; i < NUM(rows); i++) {
        char *text = long_text(rows[i][0], rows[i][1], rows[i][2], PK_LINK_MAX);
        passkey_error *error = NULL;
        pk_link link = {0};

        passkey_is_bind_passkey_url(text);
        pk_link_parse(text, &EXAMPLE, &link, &error);
        pk_link_free(&link);
        passkey_error_free(error);
        free(text);
    }
    /* Milliseconds each; anything quadratic takes minutes. */
    assert_in_range((clock() - start) * 1000 / CLOCKS_PER_SEC, 0, 10000);
}

static void any_byte_anywhere(void **state)
{
    static const char *const links[] = {"https://example.com" INVOKE, "acme://bind?" Q,
                                        "https://[::1]:8" INVOKE, "http://127.0.0.1" INVOKE};
    size_t i, at;
    int byte;
    (void)state;

    for (i = 0; i < NUM(links); i++) {
        for (at = 0; links[i][at]; at++) {
            for (byte = 1; byte < 256; byte++) {
                char *text = strdup(links[i]);
                passkey_error *error = NULL;
                pk_link link = {0};

                text[at] = (char)byte;
                if (!pk_link_parse(text, &LOOPBACK, &link, &error))
                    assert_true(passkey_is_bind_passkey_url(text));
                else
                    assert_null(strstr(passkey_error_json(error), SECRET));
                pk_link_free(&link);
                passkey_error_free(error);
                free(text);
            }
        }
    }
}

/* Changes, drops and doubles bytes; the same sequence in every run. */
static void broken_links_break_nothing(void **state)
{
    static const char bits[] = "/\\.%:@?#&=[]2eE0x \t\n\xc3\xa9-";
    uint32_t random = 1;
    int round;
    (void)state;

    for (round = 0; round < 20000; round++) {
        char text[512];
        size_t len = (size_t)snprintf(text, sizeof text, "%s",
                                      round & 1 ? "https://a.example.com:80/x/../bind?" Q
                                                : "https://a.example.com" INVOKE "#f");
        passkey_error *error = NULL;
        pk_link link = {0};
        int edits;

        for (edits = 0; edits < 4; edits++) {
            size_t at = (random = random * 1664525 + 1013904223) >> 8, what = random >> 4;

            at %= len;
            if (what % 3 == 0)
                text[at] = bits[what % (sizeof bits - 1)];
            else if (what % 3 == 1)
                memmove(text + at, text + at + 1, len-- - at);
            else
                memmove(text + at + 1, text + at, ++len - at);
        }
        if (!pk_link_parse(text, &EXAMPLE, &link, &error) && link.kind == PK_LINK_INVOKE)
            assert_true(!strncmp(link.invoke_url, "https://", 8));
        pk_link_free(&link);
        passkey_error_free(error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(longest_links),
        cmocka_unit_test(long_links_take_linear_time),
        cmocka_unit_test(any_byte_anywhere),
        cmocka_unit_test(broken_links_break_nothing),
    };

    return cmocka_run_group_tests_name("link_bytes", tests, NULL, NULL);
}
