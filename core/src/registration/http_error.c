/* SPDX-License-Identifier: Apache-2.0 */
#include "registration/http_error.h"

#include "base/error.h"

#include <curl/curl.h>
#include <stddef.h>

static const struct {
    CURLcode code;
    passkey_status status;
    const char *message;
    const char *hint; /* NULL: the status's own */
} FAILURES[] = {
    {CURLE_COULDNT_RESOLVE_HOST, PASSKEY_NETWORK_ERROR,
     "The cloud's host name could not be resolved.", NULL},
    {CURLE_COULDNT_RESOLVE_PROXY, PASSKEY_NETWORK_ERROR,
     "The proxy's host name could not be resolved.", "Check the option proxy."},
    {CURLE_COULDNT_CONNECT, PASSKEY_NETWORK_ERROR, "No connection to the cloud could be made.",
     NULL},
    {CURLE_PEER_FAILED_VERIFICATION, PASSKEY_TLS_ERROR, "The cloud's certificate was not accepted.",
     NULL},
    {CURLE_SSL_ISSUER_ERROR, PASSKEY_TLS_ERROR, "The cloud's certificate was not accepted.", NULL},
    {CURLE_SSL_CACERT_BADFILE, PASSKEY_TLS_ERROR, "The CA certificates could not be read.",
     "Check the file that the option ca_file names."},
    {CURLE_SSL_CONNECT_ERROR, PASSKEY_TLS_ERROR, "No TLS connection to the cloud could be made.",
     NULL},
    {CURLE_SSL_CIPHER, PASSKEY_TLS_ERROR, "No TLS connection to the cloud could be made.", NULL},
    {CURLE_OPERATION_TIMEDOUT, PASSKEY_TIMEOUT, "The cloud did not answer in time.", NULL},
    {CURLE_UNSUPPORTED_PROTOCOL, PASSKEY_BAD_RESPONSE, "What answered does not speak HTTP.", NULL},
    {CURLE_WEIRD_SERVER_REPLY, PASSKEY_BAD_RESPONSE, "What answered does not speak HTTP.", NULL},
    {CURLE_HTTP2, PASSKEY_BAD_RESPONSE, "What answered does not speak HTTP.", NULL},
    {CURLE_HTTP2_STREAM, PASSKEY_BAD_RESPONSE, "What answered does not speak HTTP.", NULL},
};

passkey_status pk_http_fail(int curl_code, const char *detail, passkey_error **out_error)
{
    passkey_status status = PASSKEY_NETWORK_ERROR;
    const char *message = "The connection broke before the cloud's answer was complete.";
    const char *hint = NULL;
    size_t i;

    if (curl_code == CURLE_OUT_OF_MEMORY)
        return pk_fail_memory(out_error);
    for (i = 0; i < sizeof FAILURES / sizeof *FAILURES; i++) {
        if ((int)FAILURES[i].code != curl_code)
            continue;
        status = FAILURES[i].status;
        message = FAILURES[i].message;
        hint = FAILURES[i].hint;
    }
    pk_fail(out_error, status, "%s", message);
    if (hint)
        pk_error_set_hint(out_error, "%s", hint);
    pk_error_set_cause(out_error, "libcurl %d: %s", curl_code, detail);
    return status;
}
