/* SPDX-License-Identifier: Apache-2.0
 * Whether the keys of the passkeys are of the TPM in use, and whether it still
 * takes them. */
#ifndef PK_DOCTOR_STORE_KEYS_H
#define PK_DOCTOR_STORE_KEYS_H

#include "doctor/doctor.h"
#include "store/inspect.h"

#include <stdint.h>

typedef enum pk_key_origin {
    PK_KEY_OF_UNKNOWN_TPM, /* one of both does not say */
    PK_KEY_OF_THIS_TPM,
    PK_KEY_OF_OTHER_TPM
} pk_key_origin;

/* By the Name of the storage root key, hexadecimal, that the record holds. */
pk_key_origin pk_doctor_key_origin(const pk_doctor *doctor, const char *srk_name);

/* A few seconds are enough to know whether keys load: a hardware TPM needs a
 * tenth of a second for each. */
#define PK_DOCTOR_KEYS_MS 3000

/* All zero but the doctor before the first key. */
typedef struct pk_doctor_keys {
    pk_doctor *doctor;
    pk_tpm *tpm; /* opened for the first key */
    bool has_failed; /* to open */
    int64_t end_ms;
    size_t num_loaded, num_refused, num_left;
} pk_doctor_keys;

/* Loads the key of a record that is fine. */
void pk_doctor_key(pk_doctor_keys *keys, int keys_fd, const pk_record_looks *looks);

/* What there is to say of all of them. */
void pk_doctor_keys_conclude(pk_doctor_keys *keys);

void pk_doctor_keys_end(pk_doctor_keys *keys);

#endif
