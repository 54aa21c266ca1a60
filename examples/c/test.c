/* SPDX-License-Identifier: Apache-2.0
 * The application without a cloud: who may ask, and what is said when it fails. The
 * library is the real one; its store is empty and nobody answers for the cloud. */
#include "site.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ORIGIN "http://127.0.0.1:8092"
#define HOST "127.0.0.1:8092"

static int passed, failed;

static void expect(bool holds, const char *what, const answer *given)
{
    *(holds ? &passed : &failed) += 1;
    if (!holds)
        printf("FAILED: %s\n%u %s\n", what, given->status, given->body ? given->body : "");
}

/* ------------------------------------------------------------------ the situation */

static char nobody[64]; /* a cloud that is not there: its port is taken, and never listens */

static void take_port(void)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    int taken = socket(AF_INET, SOCK_STREAM, 0);

    if (bind(taken, (struct sockaddr *)&here, size) ||
        getsockname(taken, (struct sockaddr *)&here, &size))
        abort();
    snprintf(nobody, sizeof nobody, "http://localhost:%d", ntohs(here.sin_port));
}

static passkey_client *new_client(const char *folder)
{
    const char *const options[][2] = {
        {"home", folder},       {"tpm", "swtpm"},
        {"tenant", "t"},        {"realm", "r"},
        {"api_base_url", nobody},
        {"allowed_domains", "localhost"},
        {"allow_loopback_http", "1"},
        {"authenticator_config", "a"},
        {"api_token", "secret-of-the-api"},
    };
    passkey_client *client = NULL;

    if (passkey_client_new(&client, NULL) != PASSKEY_OK)
        abort();
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (passkey_client_set_option(client, options[i][0], options[i][1], NULL) != PASSKEY_OK)
            abort();
    return client;
}

static const char *link_for(const char *api, const char *identity)
{
    static char target[512];

    snprintf(target, sizeof target,
             "/bind?api_base_url=%s&tenant_id=t&realm_id=r&identity_id=%s&job_id=j"
             "&token=secret-of-the-link",
             api, identity);
    return target;
}

static request navigation(const char *target)
{
    return (request){.method = "GET", .target = target, .host = HOST, .fetch_site = "cross-site",
                     .fetch_mode = "navigate", .fetch_dest = "document"};
}

static request form(const char *target)
{
    return (request){.method = "POST", .target = target, .host = HOST, .fetch_site = "same-origin"};
}

/* ------------------------------------------------------------------------ the act */

static site here;

/* text NULL: any. No page ever holds a secret. */
static void asks(request asked, unsigned status, const char *text, const char *what)
{
    answer given;

    site_answer(&here, &asked, &given);
    expect(given.status == status && (!text || (given.body && strstr(given.body, text))), what,
           &given);
    expect(!given.body || !strstr(given.body, "secret-of"), "no secret is shown", &given);
    free(given.body);
    free(given.location);
}

/* ---------------------------------------------------------------------- the tests */

static void test_pages(void)
{
    asks(navigation("/"), 200, "action=\"/link\"", "the start offers Method 1");
    asks(navigation("/"), 200, "action=\"/email\"", "the start offers Method 2");
    asks(navigation("/?x"), 200, "No passkey yet", "there is none yet");
    asks(navigation("/style.css"), 200, "color-scheme", "the style sheet is there");
    asks(navigation("/passkeys/abc"), 404, "There is no such passkey", "an unknown passkey");
    asks(navigation("/<b>"), 404, "Nothing is here", "an unknown address");
    asks(navigation("/jobs/j"), 502, "Nothing is known", "a job, and no cloud");
}

static void test_forms(void)
{
    static const char *const targets[] = {"/link", "/email"};
    static const char *const sites[] = {"cross-site", "same-site", "none"};

    for (int i = 0; i < 2; i++) {
        request asked = form(targets[i]);

        asks(asked, 502, "The cloud gave no link", "a cloud that cannot be reached");
        asks(asked, 502, "network_error", "its code is shown");
        asks(asked, 502, "may be tried again", "and what to do");
        for (int each = 0; each < 3; each++) {
            asked.fetch_site = sites[each];
            asked.origin = ORIGIN;
            asks(asked, 403, "This is not taken", sites[each]);
        }
        asked.fetch_site = NULL;
        asks(asked, 502, NULL, "an old browser says by Origin whose form it is");
        asked.origin = "http://127.0.0.1:8093";
        asks(asked, 403, NULL, "a form of another port");
        asked.origin = NULL;
        asks(asked, 403, NULL, "who does not say who asks");
        asked = form(targets[i]);
        asked.method = "GET";
        asks(asked, 404, NULL, "a form by GET");
    }
}

static void test_bind(void)
{
    const request asked = navigation(link_for(nobody, "me"));
    request other = asked;

    asks(asked, 502, "network_error", "a navigation binds");
    other.fetch_dest = "iframe";
    asks(other, 403, "Nothing was done with it", "a frame does not");
    other = asked, other.fetch_mode = "no-cors", other.fetch_dest = "image";
    asks(other, 403, NULL, "an image does not");
    other = asked, other.fetch_mode = "cors", other.fetch_dest = "empty";
    asks(other, 403, NULL, "a fetch does not");
    other = asked, other.fetch_mode = other.fetch_dest = NULL;
    asks(other, 403, NULL, "who does not say what for does not");
    other = asked, other.origin = "http://evil.test";
    asks(other, 403, NULL, "a script does not");
    other = asked, other.is_ahead = true;
    asks(other, 403, NULL, "a prefetch does not");
    other = asked, other.method = "POST";
    asks(other, 405, NULL, "POST does not");
    other = asked, other.method = "HEAD";
    asks(other, 405, NULL, "HEAD does not");
}

static void test_links(void)
{
    asks(navigation("/bind"), 400, "invalid_link", "no link at all");
    asks(navigation("/bind?token=x"), 400, "What to do", "half a link");
    asks(navigation(link_for(nobody, "you")), 403, "for somebody else", "a foreign link");
    asks(navigation(link_for("https://evil.test", "me")), 403, "domain_not_allowed",
         "a foreign cloud");
}

static void test_host(void)
{
    static const char *const targets[] = {"/", "/bind", "/style.css", "/passkeys/abc"};

    for (int i = 0; i < 4; i++) {
        request asked = navigation(targets[i]);

        asked.host = "rebound.test:8092";
        asks(asked, 421, NULL, "another name for this machine");
        asked.host = NULL;
        asks(asked, 421, NULL, "no name");
    }
}

int main(int count, char **arguments)
{
    if (count != 2)
        return 2; /* a folder for the store */
    take_port();
    here = (site){new_client(arguments[1]), "me", ORIGIN};
    test_pages();
    test_forms();
    test_bind();
    test_links();
    test_host();
    passkey_client_free(here.client);
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
