/* SPDX-License-Identifier: Apache-2.0
 * Whether the cloud can be had: one request without any secret, and how far it
 * came. */
#include "base/clock.h"
#include "base/memory.h"
#include "doctor/doctor.h"
#include "link/link.h"
#include "registration/http_trace.h"

#include <stdlib.h>
#include <string.h>

#define MAX_SKEW_S 60
#define SOON_S (14 * 86400)

/* ---------------------------------------------------------------- before it is asked */

void pk_doctor_cloud_url(pk_doctor *this, char **out_url)
{
    const pk_url_policy policy = {this->allowed_domains, this->allow_loopback_http};
    passkey_error *error = NULL;

    *out_url = NULL;
    if (!this->api_base_url)
        pk_ok(this->found, PK_CHECK_CLOUD_URL, "No cloud is named by the option api_base_url: none "
              "was asked.");
    else if (pk_base_url_judge(this->api_base_url, "the option api_base_url", &policy, out_url,
                               &error))
        pk_problem_of_error(this->found, PK_CHECK_CLOUD_URL, error);
    else
        pk_ok(this->found, PK_CHECK_CLOUD_URL, "The cloud's URL may be contacted: %s.", *out_url);
}

/* --------------------------------------------------------------- how far it came */

static void judge_proxy(pk_doctor *this, const pk_http_trace *trace, const passkey_error *error)
{
    const char *of_environment = secure_getenv("https_proxy");

    if (!of_environment)
        of_environment = secure_getenv("HTTPS_PROXY");
    if (trace->failed_at_proxy) {
        pk_problem(this->found, PK_CHECK_CLOUD_PROXY, "The proxy does not lead to the cloud [%s].",
                   passkey_error_cause(error) ? passkey_error_cause(error)
                                              : passkey_error_message(error));
        pk_remedy(this->found, "Check the option proxy (PASSKEY_PROXY): its host, port and "
                               "password, and that it permits CONNECT to the cloud's host.");
    } else if (this->proxy) {
        pk_ok(this->found, PK_CHECK_CLOUD_PROXY, "The proxy of the option proxy is used.");
    } else if (of_environment && *of_environment && trace->reached < PK_REACHED_HOST) {
        pk_warn(this->found, PK_CHECK_CLOUD_PROXY, "The environment has https_proxy, which "
                "libpasskey does not look at.");
        pk_remedy(this->found, "If the cloud can only be reached through it: export "
                               "PASSKEY_PROXY=\"$https_proxy\"");
    }
}

static void judge_name(pk_doctor *this, const pk_http_trace *trace)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): it is there, and judged */
    const char *host = strstr(this->api_base_url, "://") + 3;
    int len = (int)strcspn(host, ":/");

    if (trace->reached > PK_REACHED_NOTHING)
        return;
    pk_problem(this->found, PK_CHECK_CLOUD_DNS, "No address was found for the cloud's host %.*s.",
               len, host);
    pk_remedy(this->found, "Check how it is spelled in api_base_url, and the name server: getent "
                           "hosts %.*s; cat /etc/resolv.conf", len, host);
}

static void judge_connection(pk_doctor *this, const pk_http_trace *trace,
                             const passkey_error *error)
{
    if (trace->reached > PK_REACHED_ADDRESS) {
        pk_ok(this->found, PK_CHECK_CLOUD_CONNECTION, "%s is reached at %s.",
              this->proxy ? "The proxy" : "The cloud", trace->address);
    } else if (trace->reached == PK_REACHED_ADDRESS) {
        pk_problem(this->found, PK_CHECK_CLOUD_CONNECTION, "No connection could be made%s%s [%s].",
                   *trace->address ? " to " : "", trace->address,
                   passkey_error_cause(error) ? passkey_error_cause(error) : "timeout");
        pk_remedy(this->found, "Check host and port in api_base_url, that the cloud runs, and that "
                               "no firewall is between; where only a proxy leads out, set the "
                               "option proxy.");
    }
}

static const struct {
    const char *message, *remedy;
} VERDICTS[] = {
    [PK_CERTIFICATE_EXPIRED] = {"has expired",
                                "Check this machine's clock (timedatectl); if it is right, the "
                                "cloud has to renew its certificate."},
    [PK_CERTIFICATE_OF_THE_FUTURE] = {"is not valid yet",
                                      "Check this machine's clock: timedatectl"},
    [PK_CERTIFICATE_UNKNOWN_CA] = {"is signed by an authority that is not known here",
                                   "If that authority is yours, set the option ca_file "
                                   "(PASSKEY_CA_FILE) to its certificate in PEM; else somebody "
                                   "sits between here and the cloud. Are the system's "
                                   "certificates there (package ca-certificates)?"},
    [PK_CERTIFICATE_OTHER_HOST] = {"is that of another host",
                                   "Check the host in api_base_url; else something answers for "
                                   "the cloud."},
    [PK_CERTIFICATE_REFUSED] = {"was refused", "See the reason in brackets; the cloud has to "
                                               "repair its certificate."},
};

static void find_bad_certificate(pk_doctor *this, pk_http_verdict verdict,
                                 const passkey_error *error)
{
    const char *cause = passkey_error_cause(error);

    pk_problem(this->found, PK_CHECK_CLOUD_CERTIFICATE, "The cloud's certificate %s [%s].",
               VERDICTS[verdict].message, cause ? cause : "");
    pk_remedy(this->found, "%s", VERDICTS[verdict].remedy);
}

static void judge_certificate_end(pk_doctor *this, int64_t end_s)
{
    int64_t left_s = end_s - pk_clock_now_ms() / 1000;

    if (end_s < 0) {
        pk_ok(this->found, PK_CHECK_CLOUD_CERTIFICATE, "The cloud's certificate is accepted.");
    } else if (left_s < SOON_S) {
        pk_warn(this->found, PK_CHECK_CLOUD_CERTIFICATE,
                "The cloud's certificate ends in %lld days.", (long long)(left_s / 86400));
        pk_remedy(this->found, "The cloud has to renew it.");
    } else {
        pk_ok(this->found, PK_CHECK_CLOUD_CERTIFICATE, "The cloud's certificate is accepted; it "
              "ends in %lld days.", (long long)(left_s / 86400));
    }
}

static void judge_tls(pk_doctor *this, const pk_http_trace *trace, const passkey_error *error,
                      bool plain)
{
    if (plain && trace->reached >= PK_REACHED_TLS) {
        pk_ok(this->found, PK_CHECK_CLOUD_TLS, "Plain http to this machine, as "
              "allow_loopback_http permits.");
    } else if (trace->verdict != PK_CERTIFICATE_FINE) {
        find_bad_certificate(this, trace->verdict, error);
    } else if (trace->reached == PK_REACHED_HOST && !trace->failed_at_proxy) { /* https */
        pk_problem(this->found, PK_CHECK_CLOUD_TLS, "%s [%s]", passkey_error_message(error),
                   passkey_error_cause(error) ? passkey_error_cause(error) : "");
        pk_remedy(this->found, "TLS 1.2 or newer is needed. Check that the port in api_base_url is "
                               "one of https%s.", this->ca_file ? ", and the file ca_file" : "");
    } else if (!plain && trace->reached >= PK_REACHED_TLS) {
        pk_ok(this->found, PK_CHECK_CLOUD_TLS, "TLS works.");
        judge_certificate_end(this, trace->certificate_end_s);
    }
}

/* ------------------------------------------------------------------- its answer */

static void judge_clock(pk_doctor *this, int64_t date_s)
{
    int64_t ahead_s = pk_clock_now_ms() / 1000 - date_s;

    if (date_s < 0)
        return;
    if (ahead_s >= -MAX_SKEW_S && ahead_s <= MAX_SKEW_S) {
        pk_ok(this->found, PK_CHECK_CLOUD_CLOCK, "This machine's clock agrees with the cloud's.");
        return;
    }
    pk_warn(this->found, PK_CHECK_CLOUD_CLOCK, "This machine's clock is %lld seconds %s the "
            "cloud's: certificates and links may seem expired, or not valid yet.",
            (long long)llabs((long long)ahead_s), ahead_s > 0 ? "ahead of" : "behind");
    pk_remedy(this->found, "Set the clock: sudo timedatectl set-ntp true");
}

static void judge_answer(pk_doctor *this, const pk_http_trace *trace, long status,
                         const passkey_error *error)
{
    if (error && trace->reached == PK_REACHED_TLS) {
        pk_problem(this->found, PK_CHECK_CLOUD_ANSWER, "%s [%s]", passkey_error_message(error),
                   passkey_error_cause(error) ? passkey_error_cause(error) : "");
        pk_remedy(this->found, "%s", passkey_error_hint(error));
    } else if (!error && status >= 500) {
        pk_problem(this->found, PK_CHECK_CLOUD_ANSWER, "The cloud answers, but with HTTP %ld.",
                   status);
        pk_remedy(this->found, "Try again later; if it stays so, tell who runs the cloud.");
    } else if (!error) {
        pk_ok(this->found, PK_CHECK_CLOUD_ANSWER, "The cloud answers (HTTP %ld).", status);
    }
}

void pk_doctor_cloud(pk_doctor *this, pk_http *http)
{
    bool plain = this->api_base_url && !strncasecmp(this->api_base_url, "http:", 5);
    passkey_error *error = NULL;
    pk_http_answer answer = {0};
    pk_http_trace trace;

    pk_http_trace_read(http, &trace);
    if (pk_http_take(http, &answer, &error) == PASSKEY_OUT_OF_MEMORY)
        pk_examination_no_memory(this->found);
    if (plain) /* to this machine: no proxy is asked */
        this->proxy = NULL;
    else
        judge_proxy(this, &trace, error);
    if (!trace.failed_at_proxy) {
        judge_name(this, &trace);
        judge_connection(this, &trace, error);
    }
    judge_tls(this, &trace, error, plain);
    judge_answer(this, &trace, answer.status, error);
    if (!error)
        judge_clock(this, trace.date_s);
    pk_http_answer_free(&answer);
    passkey_error_free(error);
}
