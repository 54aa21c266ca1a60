/* SPDX-License-Identifier: Apache-2.0
 *
 * The figures of C, beside which those of the other languages are read. The
 * options come from the environment, links from standard input, one a line.
 *
 *     bench_bindings < links
 *     {"trivial_ns":…,"open_close_ns":…,"list_ns":…,"bind_ms":…}
 */
#include <passkey/passkey.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TRIVIAL_CALLS = 1000000, CLIENTS = 10000, LISTS = 2000 };

static double now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void must(passkey_status status, passkey_error *error)
{
    if (status == PASSKEY_OK)
        return;
    fprintf(stderr, "bench_bindings: %s\n", passkey_error_text(error));
    exit(1);
}

static double trivial_ns(void)
{
    double start = now_ns();
    int num_true = 0;

    for (int i = 0; i < TRIVIAL_CALLS; i++)
        num_true += passkey_is_authenticate_url("https://example.com/bi-authenticate?request=x");
    if (num_true != TRIVIAL_CALLS)
        exit(1);
    return (now_ns() - start) / TRIVIAL_CALLS;
}

static double open_close_ns(void)
{
    double start = now_ns();

    for (int i = 0; i < CLIENTS; i++) {
        passkey_error *error = NULL;
        passkey_client *client = NULL;

        must(passkey_client_new(&client, &error), error);
        passkey_client_free(client);
    }
    return (now_ns() - start) / CLIENTS;
}

static double list_ns(passkey_client *client)
{
    double start = now_ns();

    for (int i = 0; i < LISTS; i++) {
        passkey_credential_list *list = NULL;
        passkey_error *error = NULL;

        must(passkey_client_list(client, &list, &error), error);
        passkey_credential_list_free(list);
    }
    return (now_ns() - start) / LISTS;
}

static double bind_ms(passkey_client *client)
{
    static char line[65536];
    double total = 0;
    int count = 0;

    while (fgets(line, sizeof line, stdin)) {
        passkey_bind_result *result = NULL;
        passkey_error *error = NULL;
        double start = now_ns();

        line[strcspn(line, "\n")] = '\0';
        must(passkey_client_bind(client, line, &result, &error), error);
        total += now_ns() - start;
        count++;
        passkey_bind_result_free(result);
    }
    return count ? total / count / 1e6 : 0;
}

int main(void)
{
    passkey_client *client = NULL;
    passkey_error *error = NULL;
    double trivial, open_close, list;

    must(passkey_client_new(&client, &error), error);
    trivial = trivial_ns();
    open_close = open_close_ns();
    list = list_ns(client);
    printf("{\"trivial_ns\":%.1f,\"open_close_ns\":%.0f,\"list_ns\":%.0f,\"bind_ms\":%.2f}\n",
           trivial, open_close, list, bind_ms(client));
    passkey_client_free(client);
    return 0;
}
