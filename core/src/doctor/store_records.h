/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PK_DOCTOR_STORE_RECORDS_H
#define PK_DOCTOR_STORE_RECORDS_H

#include "doctor/doctor.h"

/* The passkeys in a store, each with its key. */
void pk_doctor_records(pk_doctor *doctor, int home_fd);

/* Binds that are under way, or were when their process ended: how many. */
size_t pk_doctor_pending(pk_doctor *doctor, int home_fd);

#endif
