/* SPDX-License-Identifier: Apache-2.0
 * A TPM from its opening to its close. */
#include "base/error.h"
#include "key/plain.h"
#include "key/protection.h"
#include "key/tpm.h"
#include "key/tpm_error.h"

#include <stdlib.h>

/* ----------------------------------------------------------------- the failures */

/* No firmware and no restart of the machine mends a software TPM. */
#define HINT_SWTPM                                                                                 \
    "Try again; if it happens again, check the free memory and disk space, and the limits of "     \
    "this process (ulimit -a)."

passkey_status pk_tpm_explain(const pk_tpm *tpm, TSS2_RC rc, const char *doing,
                              passkey_error **out_error)
{
    passkey_status status = PASSKEY_OK;

    if (tpm->route.swtpm && rc == TPM2_RC_FAILURE)
        status = pk_swtpm_check_room(tpm->route.swtpm, out_error);
    if (status)
        return status;
    status = pk_tpm_fail(out_error, rc, doing);
    if (tpm->route.swtpm && (status == PASSKEY_TPM_FAILED || status == PASSKEY_TPM_GONE))
        pk_error_set_hint(out_error, HINT_SWTPM);
    return status;
}

/* ------------------------------------------------------------- open and close */

/* The first command: is anybody there, is it started, and what is it? */
static TSS2_RC greet(pk_tpm *tpm)
{
    static TPMS_CAPABILITY_DATA const NOTHING = {.capability = 0};
    TPMS_CAPABILITY_DATA identity = NOTHING;
    TSS2_RC rc = pk_plain_identity(tpm->route.tcti, &identity);

    if (rc == TPM2_RC_INITIALIZE) { /* a TPM that no firmware or kernel has started */
        rc = pk_plain_startup(tpm->route.tcti);
        if (!rc || rc == TPM2_RC_INITIALIZE) /* another user was faster */
            rc = pk_plain_identity(tpm->route.tcti, &identity);
    }
    if (!rc)
        tpm->protection = pk_tpm_protection(&identity);
    return rc;
}

static passkey_status open_route(pk_tpm *tpm, passkey_error **out_error)
{
    TSS2_RC rc;

    tpm->crypto_before = pk_crypto_enter();
    if (!tpm->crypto_before)
        return pk_fail_memory(out_error);
    rc = greet(tpm);
    if (rc && rc != PK_TCTI_RC_CANCELED && tpm->route.swtpm && pk_tcti_is_dead(tpm->route.tcti)) {
        pk_swtpm *silent = tpm->route.swtpm;

        tpm->route.swtpm = NULL;
        return pk_swtpm_stop_silent(silent, out_error);
    }
    if (!rc)
        rc = pk_tpm_begin(tpm);
    return rc ? pk_tpm_explain(tpm, rc, "opening the TPM", out_error) : PASSKEY_OK;
}

/* Takes the route over, also on failure. */
static passkey_status tpm_new(pk_route *route, pk_tpm **out_tpm, passkey_error **out_error)
{
    pk_tpm *tpm = calloc(1, sizeof *tpm);
    passkey_status status;

    if (!tpm) {
        pk_route_close(route);
        return pk_fail_memory(out_error);
    }
    tpm->route = *route;
    tpm->key = ESYS_TR_NONE;
    status = open_route(tpm, out_error);
    if (status)
        pk_tpm_close(tpm);
    else
        *out_tpm = tpm;
    return status;
}

static passkey_status open_once(const char *tpm_option, const char *home, const char *device_path,
                                const atomic_bool *canceled, pk_tpm **out_tpm,
                                passkey_error **out_error)
{
    pk_route route = PK_ROUTE_CLOSED;
    passkey_status status =
        pk_route_open(tpm_option, home, device_path, canceled, &route, out_error);

    return status ? status : tpm_new(&route, out_tpm, out_error);
}

/* A software TPM that will not start is tried once more: one left behind by a
 * host that was killed may have taken the state just before ours. */
passkey_status pk_tpm_open_device(const char *tpm_option, const char *home, const char *device_path,
                                  const atomic_bool *canceled, pk_tpm **out_tpm,
                                  passkey_error **out_error)
{
    passkey_error *error = NULL;
    passkey_status status = open_once(tpm_option, home, device_path, canceled, out_tpm, &error);

    if (status == PASSKEY_TPM_STATE_CORRUPT) {
        passkey_error_free(error);
        error = NULL;
        status = open_once(tpm_option, home, device_path, canceled, out_tpm, &error);
    }
    if (status && out_error)
        *out_error = error;
    else
        passkey_error_free(error);
    return status;
}

passkey_status pk_tpm_open(const char *tpm_option, const char *home, const atomic_bool *canceled,
                           pk_tpm **out_tpm, passkey_error **out_error)
{
    return pk_tpm_open_device(tpm_option, home, PK_TPM_DEVICE, canceled, out_tpm, out_error);
}

passkey_status pk_tpm_open_tcti(TSS2_TCTI_CONTEXT *tcti, const atomic_bool *canceled,
                                pk_tpm **out_tpm, passkey_error **out_error)
{
    pk_route route = PK_ROUTE_CLOSED;

    route.tcti = pk_tcti_over(tcti, canceled);
    return route.tcti ? tpm_new(&route, out_tpm, out_error) : pk_fail_memory(out_error);
}

void pk_tpm_close(pk_tpm *tpm)
{
    if (!tpm)
        return;
    pk_tpm_end(tpm);
    pk_route_close(&tpm->route);
    pk_crypto_leave(tpm->crypto_before);
    free(tpm);
}

unsigned pk_tpm_num_commands(const pk_tpm *tpm)
{
    return pk_tcti_num_commands(tpm->route.tcti);
}
