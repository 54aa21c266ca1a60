/* SPDX-License-Identifier: Apache-2.0
 * Which requests may make passkey listen bind. */
#include "unit.h"

#include "listen/judge.h"

#define CHROME "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120 Safari/537.36"
#define PORT 8092

static handler_header header(const char *value)
{
    return (handler_header){value, value != NULL};
}

/* What a browser sends when a link is clicked. */
static handler_request click(void)
{
    return (handler_request){.method = "GET",
                             .target = "/bind?token=x",
                             .host = header("127.0.0.1:8092"),
                             .fetch_mode = header("navigate"),
                             .fetch_dest = header("document"),
                             .fetch_site = header("cross-site"),
                             .agent = header(CHROME)};
}

static handler_request program(void)
{
    return (handler_request){.method = "GET",
                             .target = "/bind?token=x",
                             .host = header("127.0.0.1:8092"),
                             .agent = header("curl/7.88.1")};
}

static handler_verdict judge(handler_request request)
{
    return handler_judge(&request, PORT);
}

#define assert_judged(request, field, given, verdict)                                              \
    do {                                                                                           \
        handler_request changed = (request);                                                       \
        changed.field = given;                                                                     \
        assert_int_equal(judge(changed), (verdict));                                               \
    } while (0)

static void test_a_click_is_taken(void **state)
{
    (void)state;
    assert_int_equal(judge(click()), HANDLER_TAKE);
    assert_judged(click(), fetch_site, header("none"), HANDLER_TAKE);
    assert_judged(click(), fetch_site, header("same-origin"), HANDLER_TAKE);
}

static void test_a_program_is_taken(void **state)
{
    (void)state;
    assert_int_equal(judge(program()), HANDLER_TAKE);
    assert_judged(program(), origin, header("http://127.0.0.1:8092"), HANDLER_NOT_NAVIGATION);
    assert_judged(program(), origin, header("null"), HANDLER_NOT_NAVIGATION);
    assert_judged(program(), origin, header(""), HANDLER_NOT_NAVIGATION);
}

static void test_a_browser_that_does_not_say_who_asks(void **state)
{
    (void)state;
    assert_judged(program(), agent, header(CHROME), HANDLER_ASK);
    assert_judged(program(), agent, header("Opera/9.80 (X11; Linux) Presto"), HANDLER_ASK);
    assert_judged(program(), agent, header(NULL), HANDLER_ASK);
    assert_judged(program(), agent, ((handler_header){"curl/7.88.1", 2}), HANDLER_ASK);
}

static void test_what_is_not_a_top_level_navigation(void **state)
{
    static const char *const modes[] = {"cors", "no-cors", "same-origin", "websocket", "", "Navigate",
                                        "navigate, cors", "nested-navigate"};
    static const char *const places[] = {"iframe", "frame", "embed", "object", "fencedframe", "image",
                                         "script", "style", "empty", "worker", "serviceworker", "",
                                         "Document", "report", "webidentity", "manifest", "audio"};
    (void)state;

    for (size_t i = 0; i < NUM(modes); i++)
        assert_judged(click(), fetch_mode, header(modes[i]), HANDLER_NOT_NAVIGATION);
    for (size_t i = 0; i < NUM(places); i++)
        assert_judged(click(), fetch_dest, header(places[i]), HANDLER_NOT_NAVIGATION);
    assert_judged(click(), fetch_mode, header(NULL), HANDLER_NOT_NAVIGATION);
    assert_judged(click(), fetch_dest, header(NULL), HANDLER_NOT_NAVIGATION);
    assert_judged(click(), fetch_mode, ((handler_header){"navigate", 2}), HANDLER_NOT_NAVIGATION);
    assert_judged(click(), fetch_dest, ((handler_header){"document", 2}), HANDLER_NOT_NAVIGATION);
    assert_judged(program(), fetch_site, header("none"), HANDLER_NOT_NAVIGATION);
    assert_judged(click(), origin, header("https://evil.test"), HANDLER_NOT_NAVIGATION);
    assert_judged(click(), origin, header("null"), HANDLER_NOT_NAVIGATION);
    assert_judged(click(), ahead, header("prefetch"), HANDLER_NOT_NAVIGATION);
    assert_judged(click(), ahead, header("prefetch;prerender"), HANDLER_NOT_NAVIGATION);
    assert_judged(program(), ahead, header("preview"), HANDLER_NOT_NAVIGATION);
}

static void test_only_get(void **state)
{
    static const char *const methods[] = {"HEAD", "POST", "PUT", "OPTIONS", "DELETE", "PATCH", "TRACE",
                                          "CONNECT", "get", "GETX", ""};
    (void)state;

    for (size_t i = 0; i < NUM(methods); i++)
        assert_judged(click(), method, methods[i], HANDLER_NOT_GET);
    assert_judged(click(), body, header("0"), HANDLER_BAD);
    assert_judged(click(), body, header("chunked"), HANDLER_BAD);
}

static void test_own_names(void **state)
{
    static const char *const own[] = {"127.0.0.1:8092", "localhost:8092", "LocalHost:8092",
                                      "[::1]:8092"};
    static const char *const foreign[] = {
        "127.0.0.1", "localhost", "[::1]", "::1:8092", "127.0.0.1:8093", "127.0.0.1:80920",
        "127.0.0.1:08092", "127.0.0.1:8092 ", " 127.0.0.1:8092", "localhost.:8092",
        "localhost:8092.evil.test", "evil.test:8092", "evil.test", "127.0.0.1.evil.test:8092",
        "x@127.0.0.1:8092", "127.1:8092", "0.0.0.0:8092", "127.0.0.2:8092", "2130706433:8092",
        "[::ffff:127.0.0.1]:8092", "[0:0:0:0:0:0:0:1]:8092", "a.localhost:8092", "", ":8092",
        "127.0.0.1:8092, evil.test", "ip6-localhost:8092"};
    (void)state;

    for (size_t i = 0; i < NUM(own); i++)
        assert_judged(click(), host, header(own[i]), HANDLER_TAKE);
    for (size_t i = 0; i < NUM(foreign); i++)
        assert_judged(click(), host, header(foreign[i]), HANDLER_FOREIGN_HOST);
    assert_judged(click(), host, header(NULL), HANDLER_FOREIGN_HOST);
    assert_judged(click(), host, ((handler_header){"127.0.0.1:8092", 2}), HANDLER_FOREIGN_HOST);
}

static void test_port_80_needs_not_be_named(void **state)
{
    handler_request request = click();
    (void)state;

    request.host = header("localhost");
    assert_int_equal(handler_judge(&request, 80), HANDLER_TAKE);
    request.host = header("localhost:80");
    assert_int_equal(handler_judge(&request, 80), HANDLER_TAKE);
    request.host = header("localhost:8092");
    assert_int_equal(handler_judge(&request, 80), HANDLER_FOREIGN_HOST);
}

static void test_targets(void **state)
{
    static char longest[HANDLER_MAX_TARGET + 2];
    (void)state;

    assert_judged(click(), target, "http://127.0.0.1:8092/bind?token=x", HANDLER_BAD);
    assert_judged(click(), target, "*", HANDLER_BAD);
    assert_judged(click(), target, "", HANDLER_BAD);
    assert_judged(click(), target, "bind?token=x", HANDLER_BAD);
    memset(longest, 'x', sizeof longest - 1);
    longest[0] = '/';
    assert_judged(click(), target, longest, HANDLER_TOO_LONG);
    longest[HANDLER_MAX_TARGET] = '\0';
    assert_judged(click(), target, longest, HANDLER_TAKE);
}

/* What comes first decides, so a page that is refused learns nothing of the rest. */
static void test_a_foreign_host_is_refused_whatever_it_asks(void **state)
{
    handler_request request = click();
    (void)state;

    request.host = header("evil.test:8092");
    request.method = "POST";
    request.target = "*";
    assert_int_equal(judge(request), HANDLER_FOREIGN_HOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_click_is_taken),
        cmocka_unit_test(test_a_program_is_taken),
        cmocka_unit_test(test_a_browser_that_does_not_say_who_asks),
        cmocka_unit_test(test_what_is_not_a_top_level_navigation),
        cmocka_unit_test(test_only_get),
        cmocka_unit_test(test_own_names),
        cmocka_unit_test(test_port_80_needs_not_be_named),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_a_foreign_host_is_refused_whatever_it_asks),
    };

    return cmocka_run_group_tests_name("listen_judge", tests, NULL, NULL);
}
