/* SPDX-License-Identifier: Apache-2.0
 * Looks whether bind can work here. One file for each group of checks; each
 * group is a table of short functions in the order of their findings. */
#ifndef PK_DOCTOR_H
#define PK_DOCTOR_H

#include "doctor/examination.h"
#include "key/key.h"
#include "registration/http.h"

#include <stdatomic.h>

/* The case: the options, and what one group learns for the next. */
typedef struct pk_doctor {
    passkey_examination *found;
    const atomic_bool *canceled;

    const char *home; /* NULL: there is no place for one */
    const char *tpm;
    const char *api_base_url; /* NULL: no cloud is configured */
    const char *proxy;        /* NULL: none */
    const char *ca_file;      /* NULL: the system's */
    const char *allowed_domains;
    bool allow_loopback_http;
    const char *const *variables; /* of the environment that have a meaning; NULL ends them */

    /* of the TPM, for the store */
    size_t num_srk_names;
    bool has_all_srk_names;
    uint8_t srk_names[PK_TPM_MAX_SRK][PK_TPM_NAME_SIZE];
} pk_doctor;

/* This machine: its clock, the environment, the libraries. */
void pk_doctor_machine(pk_doctor *doctor);

void pk_doctor_tpm(pk_doctor *doctor);

void pk_doctor_store(pk_doctor *doctor);

/* Judges the cloud's URL; *out_url is what to ask, for pk_text_free, NULL when
 * there is nothing to ask. */
void pk_doctor_cloud_url(pk_doctor *doctor, char **out_url);

/* Judges what became of a request to it that was begun with pk_http_trace_begin. */
void pk_doctor_cloud(pk_doctor *doctor, pk_http *http);

/* The longest that is waited for others who keep a lock. */
#define PK_DOCTOR_LOCK_MS 3000

#endif
