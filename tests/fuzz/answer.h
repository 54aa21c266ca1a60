/* SPDX-License-Identifier: Apache-2.0
 * An answer of the cloud with such a body, for the fuzz targets. */
#ifndef FUZZ_ANSWER_H
#define FUZZ_ANSWER_H

#include "fuzz.h"

#include "registration/answer.h"

static const char FUZZ_SECRET[] = "a-secret-of-32-characters-in-all";

/* In any status but a good one it becomes an error, which shows no secret. */
static inline void fuzz_answer_refused(pk_http_answer *answer)
{
    static const char *const SECRETS[] = {FUZZ_SECRET, NULL};
    static const long STATUSES[] = {302, 410};
    passkey_error *error = NULL;
    size_t i;

    for (i = 0; i < sizeof STATUSES / sizeof *STATUSES; i++) {
        answer->status = STATUSES[i];
        REQUIRE(pk_answer_check(answer, ":bind", SECRETS, &error) != PASSKEY_OK);
        REQUIRE(!strstr(passkey_error_text(error), "a-secret-of"));
        passkey_error_free(error);
    }
    answer->status = 200;
}

/* Either it was taken, or there is an error that says why. */
static inline void fuzz_answer_judged(passkey_status status, passkey_error *error)
{
    REQUIRE(status ? passkey_error_status(error) == status && *passkey_error_message(error)
                   : !error);
    REQUIRE(!status || status == PASSKEY_BAD_RESPONSE);
    passkey_error_free(error);
}

static inline pk_http_answer fuzz_answer(const uint8_t *x, size_t x_len)
{
    pk_http_answer answer = {.status = 200, .body = {.data = fuzz_text(x, x_len), .len = x_len}};

    return answer;
}

#endif
