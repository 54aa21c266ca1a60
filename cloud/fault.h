/* SPDX-License-Identifier: Apache-2.0
 * Failures on request, for the tests of clients: which calls fail, and how. Off
 * unless --fault or --fault-control asks for it. */
#ifndef PK_FAULT_H
#define PK_FAULT_H

#include "call.h"

typedef enum pk_fault_action {
    PK_FAULT_NONE,
    PK_FAULT_DELAY,       /* answered later, and rightly */
    PK_FAULT_LOSE_ANSWER, /* done, but the connection ends without an answer */
    PK_FAULT_HALF_ANSWER, /* done, but the connection ends within the answer */
    PK_FAULT_CUT,         /* not done, and the connection ends */
    PK_FAULT_STATUS,      /* not done, and an error is answered */
    PK_FAULT_GARBAGE      /* not done, and 200 with what is no JSON is answered */
} pk_fault_action;

typedef struct pk_fault {
    pk_fault_action action;
    const char *name; /* of the action, for the log */
    int number;       /* DELAY: milliseconds; STATUS: the status */
    int retry_after;  /* seconds; -1: no such header */
    int skip;         /* so many calls are let through first */
    int times;        /* then so many fail; -1: all */
    char method[8];   /* "": any */
    char route[128];  /* what the path must contain; "": any */
} pk_fault;

typedef struct pk_faults pk_faults;

pk_faults *pk_faults_new(void);
void pk_faults_free(pk_faults *faults);

/* Adds one: route=TEXT, method=NAME, skip=N, times=N, do=ACTION, retry-after=N,
 * separated by commas; only do is needed. NULL, or what is wrong (static). */
const char *pk_faults_add(pk_faults *faults, const char *spec);
void pk_faults_clear(pk_faults *faults);

/* The fault that this call meets, action NONE when it meets none. faults may be
 * NULL. The control endpoint itself never fails. */
pk_fault pk_faults_take(pk_faults *faults, const pk_call *call);

/* The answer of STATUS and GARBAGE. */
void pk_fault_answer(pk_call *call, const pk_fault *fault);

/* POST /_fault {"fault":SPEC} and DELETE /_fault: from loopback, with an API
 * token. */
void pk_fault_post(pk_call *call);
void pk_fault_delete(pk_call *call);

#endif
