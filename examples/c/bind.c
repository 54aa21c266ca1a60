/* SPDX-License-Identifier: Apache-2.0
 * Reads a passkey creation link from standard input and binds it.
 *
 *     cc bind.c $(pkg-config --cflags --libs passkey) -o bind
 */
#include <passkey/passkey.h>

#include <stdio.h>
#include <string.h>

int main(void)
{
    char link[4096];
    passkey_client *client = NULL;
    passkey_bind_result *result = NULL;
    passkey_error *error = NULL;

    if (!fgets(link, sizeof link, stdin))
        return 2;
    link[strcspn(link, "\n")] = '\0';

    if (passkey_client_new(&client, &error) == PASSKEY_OK &&
        passkey_client_bind(client, link, &result, &error) == PASSKEY_OK) {
        const passkey_credential *passkey = passkey_bind_result_passkey(result);

        printf("%s %s\n", passkey_credential_id(passkey),
               passkey_credential_thumbprint(passkey));
    } else {
        fprintf(stderr, "failed to create passkey because %s\n", passkey_error_text(error));
    }

    int status = error ? 1 : 0;
    passkey_error_free(error);
    passkey_bind_result_free(result);
    passkey_client_free(client);
    return status;
}
