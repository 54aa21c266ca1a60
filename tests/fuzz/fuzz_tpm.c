/* SPDX-License-Identifier: Apache-2.0
 * What a TPM answers. The first byte says which work; then come the answers, one
 * after the other, each behind two bytes of its length. Where they end the
 * transport fails. An HMAC session cannot be guessed, so signing begins with a
 * key at a persistent handle. Time passes by the call, so nobody waits. */
#include "fuzz.h"

#include "base/clock.h"
#include "key/examine.h"
#include "key/plain.h"
#include "key/tpm.h"

#include <time.h>

int64_t __wrap_pk_clock_monotonic_ms(void);
int __wrap_nanosleep(const struct timespec *pause, struct timespec *left);

int64_t __wrap_pk_clock_monotonic_ms(void)
{
    static int64_t now_ms;

    return now_ms += 500;
}

int __wrap_nanosleep(const struct timespec *pause, struct timespec *left)
{
    (void)pause;
    (void)left;
    return 0;
}

/* ------------------------------------------------------------- the other side */

typedef struct tpm_script {
    TSS2_TCTI_CONTEXT_COMMON_V1 common;
    const uint8_t *x;
    size_t x_len;
} tpm_script;

static TSS2_RC transmit(TSS2_TCTI_CONTEXT *context, size_t size, const uint8_t *command)
{
    (void)context;
    REQUIRE(size >= 10 && pk_tpm_get32(command + 2) == size);
    return TSS2_RC_SUCCESS;
}

static TSS2_RC receive(TSS2_TCTI_CONTEXT *context, size_t *size, uint8_t *response,
                       int32_t timeout)
{
    tpm_script *script = (tpm_script *)(void *)context;
    size_t len = script->x_len >= 2 ? pk_tpm_get16(script->x) : 0;

    (void)timeout;
    if (script->x_len < 2 || len > script->x_len - 2 || len > *size)
        return TSS2_TCTI_RC_IO_ERROR;
    memcpy(response, script->x + 2, len);
    *size = len;
    script->x += 2 + len;
    script->x_len -= 2 + len;
    return TSS2_RC_SUCCESS;
}

/* -------------------------------------------------------------------- the work */

static passkey_status create(pk_tpm *tpm, passkey_error **out_error)
{
    uint8_t signature[PK_ES256_SIZE];
    pk_key key = {.pem = NULL};
    passkey_status status = pk_key_create(tpm, &key, out_error);

    if (!status)
        status = pk_key_sign(tpm, &key, "message", 7, signature, out_error);
    pk_key_free(&key);
    return status;
}

static passkey_status examine(pk_tpm *tpm, passkey_error **out_error)
{
    pk_tpm_facts facts;
    passkey_status status = pk_tpm_examine(tpm, &facts, out_error);

    if (!status)
        REQUIRE(memchr(facts.manufacturer, 0, sizeof facts.manufacturer) &&
                memchr(facts.vendor, 0, sizeof facts.vendor) &&
                memchr(facts.srk_type, 0, sizeof facts.srk_type) && facts.protection);
    return status;
}

static passkey_status sign(pk_tpm *tpm, passkey_error **out_error)
{
    TPM2B_PUBLIC public_area = {.size = 0};
    TPM2B_NAME name = {.size = 0};
    uint8_t signature[PK_ES256_SIZE];
    pk_key key = {.pem = NULL};
    TSS2_RC rc = pk_plain_read_public(tpm->route.tcti, 0x81000001u, &public_area, &name);

    if (!rc)
        rc = pk_tpm_use_persistent(tpm, 0x81000001u, &name, &tpm->key);
    if (rc)
        return pk_tpm_explain(tpm, rc, "reading", out_error);
    memcpy(key.x, public_area.publicArea.unique.ecc.x.buffer, PK_P256_SIZE);
    memcpy(key.y, public_area.publicArea.unique.ecc.y.buffer, PK_P256_SIZE);
    return pk_key_sign(tpm, &key, "message", 7, signature, out_error);
}

int LLVMFuzzerTestOneInput(const uint8_t *x, size_t x_len)
{
    static passkey_status (*const WORK[])(pk_tpm *, passkey_error **) = {create, examine, sign};
    tpm_script script = {.common = {.magic = 1, .version = 1, .transmit = transmit,
                                    .receive = receive},
                         .x = x + (x_len > 0), .x_len = x_len ? x_len - 1 : 0};
    pk_tpm *tpm = NULL;
    passkey_error *error = NULL;
    passkey_status status;

    setenv("TSS2_LOG", "all+NONE", 1);
    status = pk_tpm_open_tcti((TSS2_TCTI_CONTEXT *)(void *)&script, NULL, &tpm, &error);
    if (!status)
        status = WORK[x[0] % 3](tpm, &error);
    REQUIRE(status ? passkey_error_status(error) == status : !error);
    REQUIRE(status != PASSKEY_INVALID_ARGUMENT && status != PASSKEY_CANCELED);
    passkey_error_free(error);
    pk_tpm_close(tpm);
    return 0;
}
