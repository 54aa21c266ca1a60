/* SPDX-License-Identifier: Apache-2.0
 * A web application that sets up passkeys for the computer it runs on, such as
 * the setup page of a device. README.md says how to run it.
 *
 *     main.c      settings, start, end
 *     server.c    libmicrohttpd: requests in, answers out
 *     site.c      what each address does
 *     guard.c     who may ask for what
 *     failure.c   errors, as a person wants them told
 *     pages.c     the pages, written with html.c
 */
#include "server.h"

#include <passkey/passkey.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static const char *setting(const char *name, const char *otherwise)
{
    const char *value = getenv(name);

    return value && *value ? value : otherwise;
}

static int serve(passkey_client *client, const char *identity_id)
{
    const char *port = setting("PORT", "8092");
    char own[64];
    sigset_t ends;
    int which;

    snprintf(own, sizeof own, "http://127.0.0.1:%s", port);
    site served = {client, identity_id, setting("ORIGIN", own)};

    /* Blocked before any thread starts, so that all of them leave these to us. */
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);

    server *running = server_start(&served, (unsigned short)atoi(port));
    if (!running) {
        fprintf(stderr, "port %s cannot be used\n", port);
        return 1;
    }
    printf("ready: %s\n", served.origin);
    fflush(stdout);
    sigwait(&ends, &which);
    server_stop(running);
    return 0;
}

int main(void)
{
    const char *identity_id = setting("IDENTITY_ID", NULL);
    passkey_client *client = NULL;
    passkey_error *error = NULL;
    int status = 1;

    if (!identity_id)
        fprintf(stderr, "set IDENTITY_ID: whose passkeys to set up\n");
    else if (passkey_client_new(&client, &error) != PASSKEY_OK)
        fprintf(stderr, "%s\n", passkey_error_text(error));
    else
        status = serve(client, identity_id);

    passkey_error_free(error);
    passkey_client_free(client);
    return status;
}
