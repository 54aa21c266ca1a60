/* SPDX-License-Identifier: Apache-2.0
 * The TPM's commands as the key needs them. Only tpm.c calls Esys_*.
 *
 * What makes an object or a session in the TPM also notes its handle: what is
 * still there when the TPM is closed, after a failure too, is flushed then. */
#ifndef PK_TPM_H
#define PK_TPM_H

#include "key/key.h"
#include "key/route.h"

#include <tss2/tss2_esys.h>

#define PK_TPM_MAX_HELD 4

struct pk_tpm {
    pk_route route;
    ESYS_CONTEXT *esys;     /* NULL once it is of no more use */
    void *crypto_before;    /* for pk_crypto_leave */
    const char *protection; /* "hardware", "swtpm" or "unknown" */
    TPM2_HANDLE held[PK_TPM_MAX_HELD];
    size_t num_held;
    bool has_owner_password; /* ESYS has it in its memory */
    /* the key that pk_key_create left loaded, and which one it is */
    ESYS_TR key;
    uint8_t key_name[PK_TPM_NAME_SIZE];
};

/* As pk_tpm_open, with another path for the device: a seam for tests. */
passkey_status pk_tpm_open_device(const char *tpm_option, const char *home, const char *device_path,
                                  const atomic_bool *canceled, pk_tpm **out_tpm,
                                  passkey_error **out_error);

/* Over a TCTI that stays the caller's: a seam for tests. */
passkey_status pk_tpm_open_tcti(TSS2_TCTI_CONTEXT *tcti, const atomic_bool *canceled,
                                pk_tpm **out_tpm, passkey_error **out_error);

/* As pk_tpm_fail; where the TPM is our own software TPM, more can be said. */
passkey_status pk_tpm_explain(const pk_tpm *tpm, TSS2_RC rc, const char *doing,
                              passkey_error **out_error);

/* For the opening and the close: ESYS over the route; what is still held is
 * flushed, and our own TPM shut down in order: without that, each use would
 * count as a failed attempt against keys that have a password. */
TSS2_RC pk_tpm_begin(pk_tpm *tpm);
void pk_tpm_end(pk_tpm *tpm);

/* Each returns the code of the TPM or of the layer that failed. After a
 * failure of any layer but the TPM, only pk_tpm_close is left to do. */

/* Takes what pk_plain_read_public just read into use, without asking the TPM again. */
TSS2_RC pk_tpm_use_persistent(pk_tpm *tpm, TPM2_HANDLE handle, const TPM2B_NAME *name,
                              ESYS_TR *out_object);

/* authorization, here and below: ESYS_TR_PASSWORD where the hierarchy has an
 * empty password, else a session that knows it. */
TSS2_RC pk_tpm_create_primary(pk_tpm *tpm, ESYS_TR hierarchy, ESYS_TR authorization,
                              const TPM2B_PUBLIC *template, ESYS_TR *out_object,
                              TPM2B_PUBLIC *out_public);

/* Writes an object to the TPM's own memory and drops the transient one. */
TSS2_RC pk_tpm_persist(pk_tpm *tpm, ESYS_TR authorization, TPM2_HANDLE handle, ESYS_TR *object);

/* The owner's password for the sessions to come; it is not sent anywhere, and
 * pk_tpm_end overwrites it. */
TSS2_RC pk_tpm_set_owner_password(pk_tpm *tpm, const void *password, size_t password_len);

/* The session from now on only authorizes: for commands that have nothing which
 * could be encrypted. */
TSS2_RC pk_tpm_stop_encryption(pk_tpm *tpm, ESYS_TR session);

/* An HMAC session salted to a key, both directions encrypted with AES-128-CFB. */
TSS2_RC pk_tpm_start_session(pk_tpm *tpm, ESYS_TR salt_key, ESYS_TR *out_session);

TSS2_RC pk_tpm_create(pk_tpm *tpm, ESYS_TR parent, ESYS_TR session, const TPM2B_PUBLIC *template,
                      TPM2B_PUBLIC *out_public, TPM2B_PRIVATE *out_private);

/* Ends the session with it: that saves the command to flush it. */
TSS2_RC pk_tpm_load(pk_tpm *tpm, ESYS_TR parent, ESYS_TR session, const TPM2B_PUBLIC *public_area,
                    const TPM2B_PRIVATE *private_area, ESYS_TR *out_object);

/* By the key's own scheme, with its empty password: there is nothing to hide
 * in a digest, and the signature is verified by the caller. */
TSS2_RC pk_tpm_sign(pk_tpm *tpm, ESYS_TR key, const uint8_t digest[PK_SHA256_SIZE],
                    TPMT_SIGNATURE *out_signature);

/* The Name of an object as the TPM said when it was made. */
TSS2_RC pk_tpm_name(pk_tpm *tpm, ESYS_TR object, TPM2B_NAME *out_name);

/* Whether the object is one that we made and that must be flushed. */
bool pk_tpm_is_held(pk_tpm *tpm, ESYS_TR object);

/* Drops a transient object and sets *object to ESYS_TR_NONE, for which it does
 * nothing. Not sent to a device whose resource manager does it at the close. */
void pk_tpm_flush(pk_tpm *tpm, ESYS_TR *object);

/* Drops all that is held, sessions too, also behind a resource manager: there is
 * to be another attempt. */
void pk_tpm_flush_held(pk_tpm *tpm);

#endif
