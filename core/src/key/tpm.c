/* SPDX-License-Identifier: Apache-2.0 */
#include "key/tpm.h"

#include "base/memory.h"
#include "key/plain.h"
#include "key/tpm_error.h"

#include <string.h>

/* ----------------------------------------------------- what we hold in the TPM */

static void hold(pk_tpm *tpm, TPM2_HANDLE handle)
{
    if (tpm->num_held < PK_TPM_MAX_HELD)
        tpm->held[tpm->num_held++] = handle;
}

/* Whether it was held at all. */
static bool let_go(pk_tpm *tpm, TPM2_HANDLE handle)
{
    size_t i, kept = 0, num_before = tpm->num_held;

    for (i = 0; i < tpm->num_held; i++)
        if (tpm->held[i] != handle)
            tpm->held[kept++] = tpm->held[i];
    tpm->num_held = kept;
    return kept < num_before;
}

static TPM2_HANDLE handle_of(pk_tpm *tpm, ESYS_TR object)
{
    TPM2_HANDLE handle = 0;

    return Esys_TR_GetTpmHandle(tpm->esys, object, &handle) ? 0 : handle;
}

bool pk_tpm_is_held(pk_tpm *tpm, ESYS_TR object)
{
    TPM2_HANDLE handle = tpm->esys && object != ESYS_TR_NONE ? handle_of(tpm, object) : 0;
    size_t i;

    for (i = 0; handle && i < tpm->num_held; i++)
        if (tpm->held[i] == handle)
            return true;
    return false;
}

static void flush_handle(pk_tpm *tpm, TPM2_HANDLE handle)
{
    if (let_go(tpm, handle) && !pk_tcti_is_dead(tpm->route.tcti))
        pk_plain_flush(tpm->route.tcti, handle);
}

/* At the close a resource manager does it. */
static void leave_handle(pk_tpm *tpm, TPM2_HANDLE handle)
{
    if (tpm->route.flushes_at_close)
        let_go(tpm, handle);
    else
        flush_handle(tpm, handle);
}

void pk_tpm_flush(pk_tpm *tpm, ESYS_TR *object)
{
    if (*object == ESYS_TR_NONE || !tpm->esys)
        return;
    leave_handle(tpm, handle_of(tpm, *object));
    Esys_TR_Close(tpm->esys, object);
    *object = ESYS_TR_NONE;
}

void pk_tpm_flush_held(pk_tpm *tpm)
{
    while (tpm->num_held)
        flush_handle(tpm, tpm->held[tpm->num_held - 1]);
}

/* -------------------------------------------------------- commands through ESYS */

/* ESYS copies the whole of what it is given over what it had. */
static void forget_owner_password(pk_tpm *tpm)
{
    static const TPM2B_AUTH NOTHING = {.size = 0};

    if (tpm->has_owner_password && tpm->esys)
        Esys_TR_SetAuth(tpm->esys, ESYS_TR_RH_OWNER, &NOTHING);
    tpm->has_owner_password = false;
}

static void discard_esys(pk_tpm *tpm)
{
    forget_owner_password(tpm);
    Esys_Finalize(&tpm->esys);
}

/* An ESYS context is of no more use once anything but the TPM itself has
 * failed: its next call would only say "wrong order". */
static TSS2_RC settle(pk_tpm *tpm, TSS2_RC rc)
{
    if (!pk_tpm_rc_is_of_tpm(rc))
        discard_esys(tpm);
    return rc;
}

/* Asked before ESYS is: it would report the refusal of our TCTI on stderr. */
#define REQUIRE_ESYS(tpm)                                                                          \
    do {                                                                                           \
        if (pk_tcti_is_canceled((tpm)->route.tcti))                                                \
            return PK_TCTI_RC_CANCELED;                                                            \
        if (!(tpm)->esys)                                                                          \
            return TSS2_TCTI_RC_IO_ERROR;                                                          \
    } while (0)

TSS2_RC pk_tpm_use_persistent(pk_tpm *tpm, TPM2_HANDLE handle, const TPM2B_NAME *name,
                              ESYS_TR *out_object)
{
    TPM2B_NAME seen = {.size = 0};
    TSS2_RC rc;

    REQUIRE_ESYS(tpm);
    pk_tcti_answer_again(tpm->route.tcti);
    rc = Esys_TR_FromTPMPublic(tpm->esys, handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                               out_object);
    if (!rc)
        rc = pk_tpm_name(tpm, *out_object, &seen);
    if (!rc && (seen.size != name->size || memcmp(seen.name, name->name, seen.size) != 0))
        rc = TSS2_ESYS_RC_RSP_AUTH_FAILED;
    return settle(tpm, rc);
}

TSS2_RC pk_tpm_create_primary(pk_tpm *tpm, ESYS_TR hierarchy, ESYS_TR authorization,
                              const TPM2B_PUBLIC *template, ESYS_TR *out_object,
                              TPM2B_PUBLIC *out_public)
{
    static const TPM2B_SENSITIVE_CREATE NO_SECRET = {.size = 0};
    static const TPM2B_DATA NO_DATA = {.size = 0};
    static const TPML_PCR_SELECTION NO_PCR = {.count = 0};
    TPM2B_PUBLIC *made = NULL;
    TSS2_RC rc;

    REQUIRE_ESYS(tpm);
    rc = Esys_CreatePrimary(tpm->esys, hierarchy, authorization, ESYS_TR_NONE, ESYS_TR_NONE,
                            &NO_SECRET, template, &NO_DATA, &NO_PCR, out_object, &made, NULL,
                            NULL, NULL);
    if (!rc) {
        *out_public = *made;
        hold(tpm, handle_of(tpm, *out_object));
    }
    Esys_Free(made);
    return settle(tpm, rc);
}

TSS2_RC pk_tpm_persist(pk_tpm *tpm, ESYS_TR authorization, TPM2_HANDLE handle, ESYS_TR *object)
{
    ESYS_TR persistent = ESYS_TR_NONE;
    TSS2_RC rc;

    REQUIRE_ESYS(tpm);
    rc = Esys_EvictControl(tpm->esys, ESYS_TR_RH_OWNER, *object, authorization, ESYS_TR_NONE,
                           ESYS_TR_NONE, handle, &persistent);
    if (!rc) {
        pk_tpm_flush(tpm, object);
        *object = persistent;
    }
    return settle(tpm, rc);
}

TSS2_RC pk_tpm_set_owner_password(pk_tpm *tpm, const void *password, size_t password_len)
{
    TPM2B_AUTH auth = {.size = (uint16_t)password_len};
    TSS2_RC rc;

    REQUIRE_ESYS(tpm);
    if (password_len > sizeof auth.buffer)
        return TSS2_ESYS_RC_BAD_SIZE;
    memcpy(auth.buffer, password, password_len);
    rc = Esys_TR_SetAuth(tpm->esys, ESYS_TR_RH_OWNER, &auth);
    pk_wipe(&auth, sizeof auth);
    tpm->has_owner_password = true;
    return settle(tpm, rc);
}

TSS2_RC pk_tpm_stop_encryption(pk_tpm *tpm, ESYS_TR session)
{
    REQUIRE_ESYS(tpm);
    return settle(tpm, Esys_TRSess_SetAttributes(tpm->esys, session, 0,
                                                 TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT));
}

TSS2_RC pk_tpm_start_session(pk_tpm *tpm, ESYS_TR salt_key, ESYS_TR *out_session)
{
    static const TPMT_SYM_DEF AES_CFB = {
        .algorithm = TPM2_ALG_AES, .keyBits.aes = 128, .mode.aes = TPM2_ALG_CFB};
    TPMA_SESSION both = TPMA_SESSION_CONTINUESESSION | TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT;
    TSS2_RC rc;

    REQUIRE_ESYS(tpm);
    rc = Esys_StartAuthSession(tpm->esys, salt_key, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                               ESYS_TR_NONE, NULL, TPM2_SE_HMAC, &AES_CFB, TPM2_ALG_SHA256,
                               out_session);
    if (!rc) {
        hold(tpm, handle_of(tpm, *out_session));
        rc = Esys_TRSess_SetAttributes(tpm->esys, *out_session, both, 0xff);
    }
    return settle(tpm, rc);
}

TSS2_RC pk_tpm_create(pk_tpm *tpm, ESYS_TR parent, ESYS_TR session, const TPM2B_PUBLIC *template,
                      TPM2B_PUBLIC *out_public, TPM2B_PRIVATE *out_private)
{
    static const TPM2B_SENSITIVE_CREATE NO_SECRET = {.size = 0};
    static const TPM2B_DATA NO_DATA = {.size = 0};
    static const TPML_PCR_SELECTION NO_PCR = {.count = 0};
    TPM2B_PUBLIC *made_public = NULL;
    TPM2B_PRIVATE *made_private = NULL;
    TSS2_RC rc;

    REQUIRE_ESYS(tpm);
    rc = Esys_Create(tpm->esys, parent, session, ESYS_TR_NONE, ESYS_TR_NONE, &NO_SECRET, template,
                     &NO_DATA, &NO_PCR, &made_private, &made_public, NULL, NULL, NULL);
    if (!rc) {
        *out_public = *made_public;
        *out_private = *made_private;
    }
    Esys_Free(made_public);
    Esys_Free(made_private);
    return settle(tpm, rc);
}

TSS2_RC pk_tpm_load(pk_tpm *tpm, ESYS_TR parent, ESYS_TR session, const TPM2B_PUBLIC *public_area,
                    const TPM2B_PRIVATE *private_area, ESYS_TR *out_object)
{
    TPM2_HANDLE session_handle;
    TSS2_RC rc;

    REQUIRE_ESYS(tpm);
    session_handle = handle_of(tpm, session);
    rc = Esys_TRSess_SetAttributes(tpm->esys, session, 0, TPMA_SESSION_CONTINUESESSION);
    if (!rc)
        rc = Esys_Load(tpm->esys, parent, session, ESYS_TR_NONE, ESYS_TR_NONE, private_area,
                       public_area, out_object);
    if (!rc) {
        let_go(tpm, session_handle);
        hold(tpm, handle_of(tpm, *out_object));
    }
    return settle(tpm, rc);
}

TSS2_RC pk_tpm_sign(pk_tpm *tpm, ESYS_TR key, const uint8_t digest[PK_SHA256_SIZE],
                    TPMT_SIGNATURE *out_signature)
{
    static const TPMT_SIG_SCHEME OF_THE_KEY = {.scheme = TPM2_ALG_NULL};
    /* "not hashed by this TPM", which an unrestricted key does not mind */
    static const TPMT_TK_HASHCHECK NO_TICKET = {.tag = TPM2_ST_HASHCHECK,
                                                .hierarchy = TPM2_RH_NULL};
    TPM2B_DIGEST signed_digest = {.size = PK_SHA256_SIZE};
    TPMT_SIGNATURE *made = NULL;
    TSS2_RC rc;

    REQUIRE_ESYS(tpm);
    memcpy(signed_digest.buffer, digest, PK_SHA256_SIZE);
    rc = Esys_Sign(tpm->esys, key, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &signed_digest,
                   &OF_THE_KEY, &NO_TICKET, &made);
    if (!rc)
        *out_signature = *made;
    Esys_Free(made);
    return settle(tpm, rc);
}

TSS2_RC pk_tpm_name(pk_tpm *tpm, ESYS_TR object, TPM2B_NAME *out_name)
{
    TPM2B_NAME *name = NULL;
    TSS2_RC rc;

    REQUIRE_ESYS(tpm);
    rc = Esys_TR_GetName(tpm->esys, object, &name);
    if (!rc)
        *out_name = *name;
    Esys_Free(name);
    return rc;
}

/* ------------------------------------------------------------- begin and end */

TSS2_RC pk_tpm_begin(pk_tpm *tpm)
{
    return Esys_Initialize(&tpm->esys, pk_tcti_context(tpm->route.tcti), NULL);
}

void pk_tpm_end(pk_tpm *tpm)
{
    while (tpm->num_held)
        leave_handle(tpm, tpm->held[tpm->num_held - 1]);
    if (tpm->route.swtpm && !pk_tcti_is_dead(tpm->route.tcti))
        pk_plain_shutdown(tpm->route.tcti);
    discard_esys(tpm);
}
