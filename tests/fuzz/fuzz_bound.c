/* SPDX-License-Identifier: Apache-2.0
 * The answer to :bind, and those about jobs. */
#include "answer.h"

#include "registration/job_request.h"

static void take_bound(const pk_http_answer *answer)
{
    pk_bound bound = {0};
    passkey_error *error = NULL;
    passkey_status status = pk_answer_bound(answer, &bound, &error);

    if (!status) {
        REQUIRE(!pk_instruction_value_reason(bound.id, strlen(bound.id)));
        REQUIRE(!strcmp(bound.state, "active") || !strcmp(bound.state, "revoked") ||
                !strcmp(bound.state, "unknown"));
        REQUIRE(bound.create_time && bound.update_time);
    }
    fuzz_answer_judged(status, error);
    pk_bound_free(&bound);
}

static void take_job(const pk_json *json)
{
    passkey_job *job = NULL;
    passkey_error *error = NULL;
    passkey_status status = pk_job_read(json, "the job", NULL, &job, &error);

    if (!status)
        REQUIRE(job && passkey_job_json(job) && passkey_job_id(job));
    fuzz_answer_judged(status, error);
    passkey_job_free(job);
}

static void take_page(const pk_json *json)
{
    pk_job_pages pages = {.list = pk_job_list_new()};
    passkey_error *error = NULL;
    passkey_status status = pk_job_read_page(json, &pages, &error);

    fuzz_answer_judged(status, error);
    pk_job_pages_free(&pages);
}

int LLVMFuzzerTestOneInput(const uint8_t *x, size_t x_len)
{
    pk_http_answer answer = fuzz_answer(x, x_len);
    pk_json *json = NULL;

    take_bound(&answer);
    if (!pk_answer_json(&answer, "the jobs", &json, NULL)) {
        take_job(json);
        take_page(json);
    }
    pk_json_free(json);
    fuzz_answer_refused(&answer);
    free(answer.body.data);
    return 0;
}
