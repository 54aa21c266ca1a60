/* SPDX-License-Identifier: Apache-2.0
 *
 * Codes of the TPM: TPM 2.0 Library, part 2, section 6.6; codes of the layers
 * above it: TSS 2.0 Overview and Common Structures, section 5. */
#include "key/tpm_error.h"

#include "base/error.h"
#include "key/channel.h"

#include <stddef.h>

#include <tss2/tss2_rc.h>
#include <tss2/tss2_tpm2_types.h>

/* A code of the layers ESYS, SYS, MU, TCTI means the same in each of them. */
#define ANY_LAYER(base) (TSS2_RC)(0xffff0000u | (base))

typedef struct row {
    TSS2_RC rc;
    passkey_status status;
    const char *what;
    const char *hint; /* NULL for the status's own */
} row;

#define NOT_A_TPM "the other side did not answer as a TPM does"
#define RESTART "Restart the machine; if it happens again, check for a firmware update."
#define NO_OPENSSL "OpenSSL could not compute"
#define HINT_OPENSSL                                                                               \
    "Free some memory and try again; if it happens again, check whether OpenSSL's configuration "  \
    "(a FIPS policy) forbids SHA-256, AES-128-CFB or P-256."
#define SOON "Try again in a moment; close other programs that keep the TPM busy."

static const row ROWS[] = {
    /* the way to the TPM */
    {TSS2_TCTI_RC_NOT_SUPPORTED, PASSKEY_INVALID_OPTION, "there is no such TCTI module",
     "Check the name before the first colon of the option tpm; each module is a package of its "
     "own, such as libtss2-tcti-tabrmd0."},
    {TSS2_TCTI_RC_BAD_VALUE, PASSKEY_INVALID_OPTION, "the TCTI does not take its configuration",
     "Check what stands behind the first colon of the option tpm."},
    {ANY_LAYER(TSS2_BASE_RC_IO_ERROR), PASSKEY_TPM_GONE, "the TPM stopped answering", NULL},
    {ANY_LAYER(TSS2_BASE_RC_NO_CONNECTION), PASSKEY_NO_TPM, "there is no connection to a TPM",
     "Check that the TPM service named by the option tpm runs."},
    /* a Name that is wrong, or that OpenSSL could not compute */
    {TSS2_ESYS_RC_MALFORMED_RESPONSE, PASSKEY_TPM_GONE,
     "the TPM's answer is not right, or memory ran out while it was checked",
     "Free some memory and try again; if it happens again, restart the machine."},
    {ANY_LAYER(TSS2_BASE_RC_MALFORMED_RESPONSE), PASSKEY_TPM_GONE, NOT_A_TPM, NULL},
    {ANY_LAYER(TSS2_BASE_RC_INSUFFICIENT_RESPONSE), PASSKEY_TPM_GONE, NOT_A_TPM, NULL},
    {ANY_LAYER(TSS2_BASE_RC_INSUFFICIENT_BUFFER), PASSKEY_TPM_GONE, NOT_A_TPM, NULL},
    {ANY_LAYER(TSS2_BASE_RC_RSP_AUTH_FAILED), PASSKEY_TPM_TAMPERED,
     "the TPM's answer was changed on its way", NULL},
    {ANY_LAYER(TSS2_BASE_RC_MEMORY), PASSKEY_OUT_OF_MEMORY, "memory ran out", NULL},
    /* so says ESYS when OpenSSL refuses, which it does for want of memory */
    {TSS2_ESYS_RC_GENERAL_FAILURE, PASSKEY_OUT_OF_MEMORY, NO_OPENSSL, HINT_OPENSSL},
    {TSS2_ESYS_RC_NOT_IMPLEMENTED, PASSKEY_OUT_OF_MEMORY, NO_OPENSSL, HINT_OPENSSL},
    /* the TPM itself */
    {TPM2_RC_INITIALIZE, PASSKEY_TPM_FAILED, "the TPM could not be started", NULL},
    {TPM2_RC_FAILURE, PASSKEY_TPM_FAILED, "the TPM is in failure mode", RESTART},
    {TPM2_RC_UPGRADE, PASSKEY_TPM_FAILED, "the TPM is in field upgrade mode",
     "Let the firmware update finish, then restart the machine."},
    {TPM2_RC_REBOOT, PASSKEY_TPM_FAILED, "the TPM waits for a restart", NULL},
    {TPM2_RC_NEEDS_TEST, PASSKEY_TPM_FAILED, "the TPM has not passed its self-test", RESTART},
    {TPM2_RC_LOCKOUT, PASSKEY_TPM_LOCKOUT, "the TPM is in dictionary attack lockout", NULL},
    {TPM2_RC_COMMAND_CODE, PASSKEY_TPM_UNSUPPORTED, "the TPM does not have this command", NULL},
    {TPM2_RC_DISABLED, PASSKEY_TPM_DISABLED, "the TPM has this command disabled", NULL},
    {TPM2_RC_HIERARCHY, PASSKEY_TPM_DISABLED, "the TPM's owner hierarchy is disabled", NULL},
    /* its persistent memory */
    {TPM2_RC_NV_SPACE, PASSKEY_TPM_ERROR, "the TPM's persistent memory is full",
     "Remove persistent objects that are no longer used (tpm2_getcap handles-persistent, "
     "tpm2_evictcontrol)."},
    {TPM2_RC_NV_DEFINED, PASSKEY_TPM_ERROR, "the TPM's persistent handle is taken",
     "Another program took it in this moment: try again."},
    {TPM2_RC_HANDLE, PASSKEY_TPM_ERROR, "the TPM has nothing at this handle",
     "The TPM was cleared in this moment, or another program took our object: try again."},
    {TPM2_RC_TYPE, PASSKEY_TPM_ERROR, "the TPM's storage root key is none",
     "Another program replaced it in this moment: try again."},
    {TPM2_RC_RANGE, PASSKEY_TPM_ERROR, "the TPM does not permit this handle",
     "The TPM's maker has limited the owner's handles: look for a firmware update."},
    /* no room */
    {TPM2_RC_CONTEXT_GAP, PASSKEY_TPM_BUSY, "the TPM cannot begin a session beside old ones",
     "Drop sessions that other programs left behind (tpm2_flushcontext -s), or restart the "
     "machine; then try again."},
    {TPM2_RC_OBJECT_MEMORY, PASSKEY_TPM_BUSY, "the TPM has no room for another key",
     "Use the resource manager /dev/tpmrm0, or drop keys that other programs left behind "
     "(tpm2_flushcontext -t); then try again."},
    {TPM2_RC_SESSION_MEMORY, PASSKEY_TPM_BUSY, "the TPM has no room for another session",
     "Use the resource manager /dev/tpmrm0, or drop sessions that other programs left behind "
     "(tpm2_flushcontext -l); then try again."},
    {TPM2_RC_SESSION_HANDLES, PASSKEY_TPM_BUSY, "the TPM knows as many sessions as it can",
     "Drop sessions that other programs left behind (tpm2_flushcontext -s); then try again."},
    {TPM2_RC_OBJECT_HANDLES, PASSKEY_TPM_BUSY, "the TPM knows as many keys as it can",
     "Drop keys that other programs left behind (tpm2_flushcontext -t); then try again."},
    {TPM2_RC_MEMORY, PASSKEY_TPM_BUSY, "the TPM has no room for keys or sessions", NULL},
    /* no time */
    {TPM2_RC_YIELDED, PASSKEY_TPM_BUSY, "the TPM has put the command off", SOON},
    {TPM2_RC_TESTING, PASSKEY_TPM_BUSY, "the TPM is testing itself",
     "The test may take a minute: try again then."},
    {TPM2_RC_RETRY, PASSKEY_TPM_BUSY, "the TPM is busy and could not begin", SOON},
    {TPM2_RC_CANCELED, PASSKEY_TPM_BUSY, "another program canceled the command",
     "Find out which program cancels the commands of the TPM, then try again."},
    {TPM2_RC_NV_RATE, PASSKEY_TPM_BUSY, "the TPM slows writes to its memory down",
     "It wears out less so: wait a minute, then try again."},
    {TPM2_RC_NV_UNAVAILABLE, PASSKEY_TPM_BUSY, "the TPM's memory is not accessible now",
     "Try again; if it happens again, restart the machine."},
    /* authorization: nothing of ours has a password, so it is another's */
    {TPM2_RC_BAD_AUTH, PASSKEY_TPM_OWNER_AUTH_REQUIRED, "the TPM asks for an owner password", NULL},
    {TPM2_RC_AUTH_FAIL, PASSKEY_TPM_OWNER_AUTH_REQUIRED,
     "the TPM asks for a password, and counts each wrong one", NULL},
    {TPM2_RC_AUTH_UNAVAILABLE, PASSKEY_TPM_OWNER_AUTH_REQUIRED,
     "the TPM allows this only to its owner", NULL},
    /* what the TPM cannot do */
    {TPM2_RC_ASYMMETRIC, PASSKEY_TPM_UNSUPPORTED, "the TPM does not have this kind of key", NULL},
    {TPM2_RC_HASH, PASSKEY_TPM_UNSUPPORTED, "the TPM does not have SHA-256", NULL},
    {TPM2_RC_KEY_SIZE, PASSKEY_TPM_UNSUPPORTED, "the TPM does not have keys of this size", NULL},
    {TPM2_RC_SCHEME, PASSKEY_TPM_UNSUPPORTED, "the TPM does not have ECDSA", NULL},
    {TPM2_RC_SYMMETRIC, PASSKEY_TPM_UNSUPPORTED, "the TPM does not have AES-128-CFB", NULL},
    {TPM2_RC_CURVE, PASSKEY_TPM_UNSUPPORTED, "the TPM does not have the curve P-256", NULL},
    /* the key's data */
    {TPM2_RC_INTEGRITY, PASSKEY_KEY_UNUSABLE, "the TPM does not know the key as its own", NULL},
    {TPM2_RC_SIZE, PASSKEY_KEY_FILE_DAMAGED, "the key's data has a wrong size in it", NULL},
    {TPM2_RC_INSUFFICIENT, PASSKEY_KEY_FILE_DAMAGED, "the key's data ends too early", NULL},
};

static const row ROW_OF_ESYS = {0, PASSKEY_INTERNAL, "the TPM software stack refused", NULL};
static const row ROW_OF_PARSER = {0, PASSKEY_TPM_GONE, NOT_A_TPM, NULL};
static const row ROW_OF_REST = {0, PASSKEY_TPM_ERROR, "the TPM answered with an error", NULL};

bool pk_tpm_rc_is_of_tpm(TSS2_RC rc)
{
    TSS2_RC layer = rc & TSS2_RC_LAYER_MASK;

    return layer == TSS2_TPM_RC_LAYER || layer == TSS2_RESMGR_RC_LAYER ||
           layer == TSS2_RESMGR_TPM_RC_LAYER;
}

/* What we send is always well made: these layers only stumble over answers. */
static bool is_from_parser(TSS2_RC rc)
{
    TSS2_RC layer = rc & TSS2_RC_LAYER_MASK;

    return layer == TSS2_SYS_RC_LAYER || layer == TSS2_MU_RC_LAYER;
}

/* Without the number of the handle, parameter or session that it concerns. */
static TSS2_RC without_place(TSS2_RC rc)
{
    TSS2_RC code = rc & 0xffff;

    return (code & TPM2_RC_FMT1) != 0 ? (code & (TPM2_RC_FMT1 | 0x3f)) : code;
}

static const row *find_row(TSS2_RC rc)
{
    bool from_tpm = pk_tpm_rc_is_of_tpm(rc);
    TSS2_RC code = from_tpm ? without_place(rc) : ANY_LAYER(rc & 0xffff);
    size_t i;

    for (i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (ROWS[i].rc == code || (!from_tpm && ROWS[i].rc == rc))
            return &ROWS[i];
    if (from_tpm)
        return &ROW_OF_REST;
    return is_from_parser(rc) ? &ROW_OF_PARSER : &ROW_OF_ESYS;
}

void pk_tpm_set_cause(passkey_error **out_error, TSS2_RC rc)
{
    /* Tss2_RC_Decode answers in memory of the calling thread. */
    pk_error_set_cause(out_error, "TSS2_RC 0x%08x %s", rc, Tss2_RC_Decode(rc));
}

passkey_status pk_tpm_fail(passkey_error **out_error, TSS2_RC rc, const char *doing)
{
    const row *found = find_row(rc);

    if (rc == PK_TCTI_RC_CANCELED)
        return pk_fail(out_error, PASSKEY_CANCELED, "The operation was canceled.");
    pk_fail(out_error, found->status, "While %s: %s.", doing, found->what);
    if (found->hint)
        pk_error_set_hint(out_error, "%s", found->hint);
    pk_tpm_set_cause(out_error, rc);
    return found->status;
}
