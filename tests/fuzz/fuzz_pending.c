/* SPDX-License-Identifier: Apache-2.0
 * The note of a bind under way: what is taken says the same when it is written
 * again, and holds nothing that a link could not have brought. */
#include "fuzz.h"

#include "client/draft.h"

static void require_values(const pk_instruction *values)
{
    const char *const all[] = {values->tenant_id, values->realm_id, values->identity_id,
                               values->job_id, values->token};
    size_t i;

    for (i = 0; i < 5; i++)
        REQUIRE(all[i] && !pk_instruction_value_reason(all[i], strlen(all[i])));
    REQUIRE(values->api_base_url);
}

static void write_again(const pk_draft *draft)
{
    char *text = pk_draft_text(draft), *text_again;
    pk_buffer note = {.data = text, .len = text ? strlen(text) : 0};
    pk_draft again = {0};

    REQUIRE(text && !pk_draft_read(&note, &again));
    text_again = pk_draft_text(&again);
    REQUIRE(text_again && !strcmp(text, text_again));
    pk_draft_free(&again);
    pk_text_free(text);
    pk_text_free(text_again);
}

int LLVMFuzzerTestOneInput(const uint8_t *x, size_t x_len)
{
    char *text = fuzz_text(x, x_len);
    const pk_buffer note = {.data = text, .len = x_len};
    pk_draft draft = {0};
    const char *reason = pk_draft_read(&note, &draft);

    if (reason) {
        REQUIRE(*reason && reason != PK_JSON_NO_MEMORY);
    } else {
        REQUIRE(draft.jws && draft.pem && draft.passkey.json);
        require_values(&draft.instruction);
        write_again(&draft);
        pk_draft_free(&draft);
    }
    free(text);
    return 0;
}
