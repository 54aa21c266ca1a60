/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PK_DOCTOR_TPM_FACTS_H
#define PK_DOCTOR_TPM_FACTS_H

#include "doctor/doctor.h"
#include "key/examine.h"

/* What a TPM says of itself, judged. */
void pk_doctor_tpm_facts(pk_doctor *doctor, const pk_tpm_facts *facts);

#endif
