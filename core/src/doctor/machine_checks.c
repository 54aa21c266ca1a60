/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "doctor/doctor.h"
#include "registration/http_trace.h"

#include <string.h>
#include <unistd.h>

/* Before this nothing of libpasskey was there: 2025-01-01. */
#define FIRST_DAY_S 1735689600
#define NAME_SIZE 64

/* ---------------------------------------------------------------- the environment */

static bool is_known(const pk_doctor *this, const char *name)
{
    size_t i;

    for (i = 0; this->variables[i]; i++)
        if (!strcmp(this->variables[i], name))
            return true;
    return !strncmp(name, "PASSKEY_CLOUD_", 14); /* passkey-cloud's */
}

/* A variable that is spelled wrongly is one that nobody reads. */
static void check_environment(pk_doctor *this)
{
    size_t before = passkey_examination_count(this->found);
    char **entry;

    for (entry = environ; entry && *entry; entry++) {
        char name[NAME_SIZE];
        size_t len = strcspn(*entry, "=");

        if (strncmp(*entry, "PASSKEY_", 8) != 0 || len >= sizeof name)
            continue;
        memcpy(name, *entry, len);
        name[len] = '\0';
        if (is_known(this, name))
            continue;
        pk_warn(this->found, PK_CHECK_ENVIRONMENT, "The variable %s means nothing to libpasskey.",
                name);
        pk_remedy(this->found, "Check how it is spelled; docs/options.md lists the variables.");
    }
    if (passkey_examination_count(this->found) == before)
        pk_ok(this->found, PK_CHECK_ENVIRONMENT, "All PASSKEY_ variables are known.");
}

/* ------------------------------------------------------------------- the clock */

static void check_clock(pk_doctor *this)
{
    char now[PK_RFC3339_SIZE] = "";

    pk_rfc3339_format(pk_clock_now_ms() / 1000 * 1000, now);
    if (pk_clock_now_ms() / 1000 >= FIRST_DAY_S) {
        pk_ok(this->found, PK_CHECK_CLOCK, "The clock says %s.", now);
        return;
    }
    pk_problem(this->found, PK_CHECK_CLOCK, "The clock says %s, which is long past: certificates "
               "are not valid yet then.", now);
    pk_remedy(this->found, "Set it: sudo timedatectl set-ntp true");
}

/* --------------------------------------------------------------- the libraries */

static void check_library(pk_doctor *this, const char *name, const char *version,
                          const char *weakness)
{
    if (weakness) {
        pk_warn(this->found, PK_CHECK_LIBRARIES, "%s %s: %s.", name, version, weakness);
        pk_remedy(this->found, "Update %s, or build libpasskey with the one that is installed.",
                  name);
    }
}

static void check_libraries(pk_doctor *this)
{
    size_t before = passkey_examination_count(this->found);
    const char *curl_weakness, *openssl_weakness, *cjson_weakness;
    const char *curl = pk_http_library(&curl_weakness);
    const char *openssl = pk_crypto_library(&openssl_weakness);
    const char *cjson = pk_json_library(&cjson_weakness);

    check_library(this, "libcurl", curl, curl_weakness);
    check_library(this, "OpenSSL", openssl, openssl_weakness);
    check_library(this, "cJSON", cjson, cjson_weakness);
    if (passkey_examination_count(this->found) == before)
        pk_ok(this->found, PK_CHECK_LIBRARIES, "libpasskey " PASSKEY_VERSION " with libcurl %s, "
              "OpenSSL %s, cJSON %s; built with tpm2-tss " PASSKEY_TSS2_VERSION ".", curl, openssl,
              cjson);
}

void pk_doctor_machine(pk_doctor *this)
{
    check_environment(this);
    check_clock(this);
    check_libraries(this);
}
