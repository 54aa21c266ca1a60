/* SPDX-License-Identifier: Apache-2.0 */
#include "registration/http_trace.h"

#include "registration/http_internal.h"

#include <stdio.h>
#include <string.h>

#include <openssl/x509_vfy.h> /* the numbers that libcurl passes on */

bool pk_http_trace_begin(pk_http *http)
{
    return curl_easy_setopt(http->easy, CURLOPT_CERTINFO, 1L) == CURLE_OK &&
           curl_easy_setopt(http->easy, CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK;
}

/* ------------------------------------------------------------------ how far */

static bool took_time(const pk_http *http, CURLINFO what)
{
    curl_off_t us = 0;

    return curl_easy_getinfo(http->easy, what, &us) == CURLE_OK && us > 0;
}

static bool is_https(const pk_http *http)
{
    return !strncmp(http->origin, "https:", 6);
}

static bool has_answer(const pk_http *http)
{
    return !http->why && http->code == CURLE_OK;
}

/* While it was made safe: somebody was there. */
static bool is_of_tls(CURLcode code)
{
    return code == CURLE_SSL_CONNECT_ERROR || code == CURLE_PEER_FAILED_VERIFICATION ||
           code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_ISSUER_ERROR ||
           code == CURLE_SSL_CIPHER;
}

static bool has_peer(const pk_http *http)
{
    char *address = NULL;

    return took_time(http, CURLINFO_CONNECT_TIME_T) ||
           (curl_easy_getinfo(http->easy, CURLINFO_PRIMARY_IP, &address) == CURLE_OK && address &&
            *address);
}

/* What the code does not tell, a timeout for instance, is told by the times
 * that libcurl notes for what it has done. */
static pk_http_reached how_far(const pk_http *http)
{
    if (has_answer(http))
        return PK_REACHED_ANSWER;
    if (is_of_tls(http->code))
        return PK_REACHED_HOST;
    if (http->code == CURLE_COULDNT_RESOLVE_HOST || http->code == CURLE_COULDNT_RESOLVE_PROXY ||
        !took_time(http, CURLINFO_NAMELOOKUP_TIME_T))
        return PK_REACHED_NOTHING;
    if (http->code == CURLE_COULDNT_CONNECT || !has_peer(http))
        return PK_REACHED_ADDRESS;
    return is_https(http) && !took_time(http, CURLINFO_APPCONNECT_TIME_T) ? PK_REACHED_HOST
                                                                         : PK_REACHED_TLS;
}

static bool is_at_proxy(const pk_http *http, pk_http_reached reached)
{
    long connect_status = 0;

    if (!http->proxy || !is_https(http))
        return false;
    curl_easy_getinfo(http->easy, CURLINFO_HTTP_CONNECTCODE, &connect_status);
    return reached < PK_REACHED_HOST ||
           (reached == PK_REACHED_HOST && (connect_status < 200 || connect_status > 299));
}

/* ------------------------------------------------------------- the certificate */

static pk_http_verdict verdict_of(long verify_result)
{
    switch (verify_result) {
    case X509_V_OK: /* libcurl compares the names itself, and first */
    case X509_V_ERR_UNSPECIFIED:
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return PK_CERTIFICATE_OTHER_HOST;
    case X509_V_ERR_CERT_HAS_EXPIRED: return PK_CERTIFICATE_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID: return PK_CERTIFICATE_OF_THE_FUTURE;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE: return PK_CERTIFICATE_UNKNOWN_CA;
    default: return PK_CERTIFICATE_REFUSED;
    }
}

static pk_http_verdict judge_certificate(const pk_http *http)
{
    long verify_result = 0;

    if (http->why || http->code != CURLE_PEER_FAILED_VERIFICATION)
        return PK_CERTIFICATE_FINE;
    curl_easy_getinfo(http->easy, CURLINFO_SSL_VERIFYRESULT, &verify_result);
    return verdict_of(verify_result);
}

/* The first certificate is the cloud's own. */
static int64_t certificate_end(const pk_http *http)
{
    static const char NAME[] = "Expire date:";
    struct curl_certinfo *certificates = NULL;
    const struct curl_slist *line;

    if (curl_easy_getinfo(http->easy, CURLINFO_CERTINFO, &certificates) != CURLE_OK ||
        !certificates || certificates->num_of_certs < 1)
        return -1;
    for (line = certificates->certinfo[0]; line; line = line->next)
        if (!strncmp(line->data, NAME, sizeof NAME - 1))
            return curl_getdate(line->data + sizeof NAME - 1, NULL);
    return -1;
}

/* ------------------------------------------------------------------- the rest */

static int64_t date_of(const pk_http *http)
{
    struct curl_header *header = NULL;

    if (curl_easy_header(http->easy, "Date", 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return -1;
    return curl_getdate(header->value, NULL);
}

void pk_http_trace_read(const pk_http *http, pk_http_trace *out)
{
    char *address = NULL;

    *out = (pk_http_trace){.reached = how_far(http),
                           .verdict = judge_certificate(http),
                           .date_s = has_answer(http) ? date_of(http) : -1,
                           .certificate_end_s = certificate_end(http)};
    out->failed_at_proxy = is_at_proxy(http, out->reached);
    if (curl_easy_getinfo(http->easy, CURLINFO_PRIMARY_IP, &address) == CURLE_OK && address)
        snprintf(out->address, sizeof out->address, "%s", address);
}

const char *pk_http_library(const char **out_weakness)
{
    const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);

    *out_weakness = NULL;
    if (!(info->features & CURL_VERSION_SSL))
        *out_weakness = "it was built without TLS";
    else if (info->version_num < LIBCURL_VERSION_NUM)
        *out_weakness = "it is older than the one that libpasskey was built with "
                        "(" LIBCURL_VERSION ")";
    else if (!(info->features & CURL_VERSION_ASYNCHDNS))
        *out_weakness = "it was built without asynchronous name lookups: a slow name server stops "
                        "all operations";
    return info->version;
}
