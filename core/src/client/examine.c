/* SPDX-License-Identifier: Apache-2.0
 * passkey_client_examine: the doctor's groups of checks as steps. What they
 * find is the result; only want of memory and a cancel are failures. */
#include "base/error.h"
#include "base/memory.h"
#include "client/client.h"
#include "doctor/doctor.h"
#include "registration/http_trace.h"

#include <stdlib.h>

/* The variables that options come from. */
static const char *const VARIABLES[] = {
#define VARIABLE(name, variable, initial) variable,
    PK_OPTIONS(VARIABLE)
#undef VARIABLE
    NULL};

static void read_options(pk_call *call, pk_doctor *doctor)
{
    const pk_options *options = &call->options;

    doctor->canceled = &call->canceled;
    doctor->variables = VARIABLES;
    doctor->home = options->home;
    doctor->tpm = options->tpm;
    doctor->api_base_url = options->api_base_url;
    doctor->proxy = options->proxy;
    doctor->ca_file = options->ca_file;
    doctor->allowed_domains = options->allowed_domains;
    doctor->allow_loopback_http = pk_options_allow_loopback_http(options);
}

static passkey_status ask(pk_call *call, const char *url, passkey_error **out_error)
{
    const pk_http_request request = {.method = "GET", .url = url, .accept = "*/*"};
    passkey_status status = pk_call_open_http(call, out_error);

    if (!status)
        status = pk_http_prepare(call->http, &request, out_error);
    if (!status && !pk_http_trace_begin(call->http))
        status = pk_fail_memory(out_error);
    return status;
}

/* With a URL that is not to be followed, nothing is asked. */
static passkey_status ask_cloud(pk_call *call, pk_doctor *doctor, passkey_error **out_error)
{
    passkey_status status = PASSKEY_OK;
    char *url = NULL;

    pk_doctor_cloud_url(doctor, &url);
    if (url)
        status = ask(call, url, out_error);
    pk_text_free(url);
    return status;
}

static passkey_status conclude(pk_call *call, pk_doctor *doctor, passkey_error **out_error)
{
    if (call->http)
        pk_doctor_cloud(doctor, call->http);
    if (atomic_load(&call->canceled)) /* then it is not what it seems */
        return pk_fail_canceled(out_error);
    return pk_examination_finish(doctor->found) ? PASSKEY_OK : pk_fail_memory(out_error);
}

static const pk_step STEPS[] = {
    {.name = "machine"},
    {.name = "tpm", .may_wait = true},
    {.name = "store", .may_wait = true},
    {.name = "cloud"},
    {0},
};

static const pk_step *step_at(size_t i)
{
    return i < sizeof STEPS / sizeof *STEPS ? &STEPS[i] : NULL;
}

static passkey_status run(pk_call *call, void *state, size_t i, passkey_error **out_error)
{
    pk_doctor *doctor = state;

    read_options(call, doctor);
    switch (i) {
    case 0: pk_doctor_machine(doctor); return PASSKEY_OK;
    case 1: pk_doctor_tpm(doctor); return PASSKEY_OK;
    case 2: pk_doctor_store(doctor); return PASSKEY_OK;
    case 3: return ask_cloud(call, doctor, out_error);
    default: return conclude(call, doctor, out_error);
    }
}

static void *end(pk_call *call, void *state, passkey_status status)
{
    pk_doctor *doctor = state;
    passkey_examination *found = doctor->found;
    (void)call;

    free(doctor);
    if (!status)
        return found;
    passkey_examination_free(found);
    return NULL;
}

static void free_result(void *result)
{
    passkey_examination_free(result);
}

static const pk_work EXAMINE = {"examine", PK_OUTCOME_EXAMINATION, step_at, run, end, free_result};

static pk_doctor *new_doctor(void)
{
    pk_doctor *doctor = calloc(1, sizeof *doctor);

    if (!doctor)
        return NULL;
    doctor->found = pk_examination_new();
    if (doctor->found)
        return doctor;
    free(doctor);
    return NULL;
}

passkey_status passkey_client_examine_start(passkey_client *client,
                                            passkey_operation **out_operation,
                                            passkey_error **out_error)
{
    if (!client || !out_operation)
        return pk_fail_missing("client or out_operation", out_error);
    return pk_client_start(client, &EXAMINE, new_doctor(), out_operation, out_error);
}
