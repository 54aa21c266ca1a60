/* SPDX-License-Identifier: Apache-2.0
 * The options of a client: names, environment variables, defaults, rules. */
#ifndef PK_OPTIONS_H
#define PK_OPTIONS_H

#include <passkey/passkey.h>

/* name, environment variable, default (NULL: none, or worked out when used) */
#define PK_OPTIONS(X)                                                                              \
    X(home, "PASSKEY_HOME", NULL)                                                                  \
    X(tpm, "PASSKEY_TPM", "hardware")                                                              \
    X(allowed_domains, "PASSKEY_ALLOWED_DOMAINS",                                                  \
      "beyondidentity.com,byndid.com,beyondidentity-gov.com")                                      \
    X(allow_loopback_http, "PASSKEY_ALLOW_LOOPBACK_HTTP", "0")                                     \
    X(ca_file, "PASSKEY_CA_FILE", NULL)                                                            \
    X(proxy, "PASSKEY_PROXY", NULL)                                                                \
    X(timeout_ms, "PASSKEY_TIMEOUT_MS", "30000")                                                   \
    X(log, "PASSKEY_LOG", "off")                                                                   \
    X(api_base_url, "PASSKEY_API_BASE_URL", NULL)                                                  \
    X(tenant, "PASSKEY_TENANT", NULL)                                                              \
    X(realm, "PASSKEY_REALM", NULL)                                                                \
    X(authenticator_config, "PASSKEY_AUTHENTICATOR_CONFIG", NULL)                                  \
    X(api_token, "PASSKEY_API_TOKEN", NULL)

typedef struct pk_options {
#define MEMBER(name, variable, initial) char *name;
    PK_OPTIONS(MEMBER)
#undef MEMBER
} pk_options;

/* The defaults, overridden by the environment. */
passkey_status pk_options_init(pk_options *options, passkey_error **out_error);

passkey_status pk_options_set(pk_options *options, const char *name, const char *value,
                              passkey_error **out_error);

/* A copy that later pk_options_set calls do not change; its home is worked
 * out, and NULL when there is no place for one. */
passkey_status pk_options_copy(const pk_options *options, pk_options *out_copy,
                               passkey_error **out_error);

/* INVALID_OPTION when there is no home. */
passkey_status pk_options_need_home(const pk_options *options, passkey_error **out_error);

void pk_options_clear(pk_options *options);

bool pk_options_allow_loopback_http(const pk_options *options);
int pk_options_timeout_ms(const pk_options *options);
passkey_log_level pk_options_log_level(const pk_options *options);

#endif
