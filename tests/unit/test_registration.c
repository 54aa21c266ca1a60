/* SPDX-License-Identifier: Apache-2.0
 * Registration: the bytes of the JWS, the judging of the cloud's answers. */
#include "unit.h"

#include "base/json.h"
#include "base/text.h"
#include "registration/answer.h"
#include "registration/jws.h"
#include "registration/registration.h"

static pk_http_answer answer_of(long status, const char *body)
{
    pk_http_answer answer = {.status = status};

    pk_buffer_append_text(&answer.body, body);
    return answer;
}

/* ---- JWS */

static char *decoded(const char *text, size_t text_len)
{
    pk_buffer out = {0};

    assert_true(pk_base64url_decode(text, text_len, &out));
    return pk_buffer_take(&out);
}

static void jws_has_the_bytes_of_the_protocol(void **state)
{
    pk_instruction instruction = {.tenant_id = "c4fc2d753ca22b14",
                                  .realm_id = "cdf4862dc4d49791",
                                  .identity_id = "87fabad6956c6d4b",
                                  .token = "TOK2"};
    uint8_t x[32] = {1}, y[32] = {2}, signature[64] = {3};
    char *input = pk_jws_signing_input(x, y, &instruction);
    char *jws = pk_jws_compact(input, signature);
    char *dot = strchr(input, '.');
    char *header = decoded(input, (size_t)(dot - input));
    char *payload = decoded(dot + 1, strlen(dot + 1));
    (void)state;

    assert_string_equal(header, "{\"alg\":\"ES256\",\"jwk\":{\"crv\":\"P-256\",\"kty\":\"EC\","
                                "\"x\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
                                "\"y\":\"AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}}");
    assert_string_equal(payload, "{\"sub\":\"CN=87fabad6956c6d4b, OU=cdf4862dc4d49791, "
                                 "O=c4fc2d753ca22b14\",\"token\":\"TOK2\"}");
    assert_int_equal(strncmp(jws, input, strlen(input)), 0);
    assert_int_equal(strlen(jws), strlen(input) + 1 + 86);
    pk_text_free(payload);
    pk_text_free(header);
    pk_text_free(jws);
    pk_text_free(input);
}

static void job_urls_keep_a_base_path_and_encode_ids(void **state)
{
    char *url = pk_registration_url("https://h.example/x/", "a/b", "r r", "i", "/credentials");
    (void)state;

    assert_string_equal(url,
                        "https://h.example/x/v1/tenants/a%2Fb/realms/r%20r/identities/i/credentials");
    pk_text_free(url);
}

/* ---- the instruction */

static const char INSTRUCTION[] =
    "{\"api_base_url\":\"https://api-us.beyondidentity.com\",\"tenant_id\":\"t\",\"realm_id\":\"r\","
    "\"identity_id\":\"i\",\"job_id\":\"j\",\"token\":\"TOK2\",\"more\":1}";

static void instruction_is_read_and_unknown_fields_ignored(void **state)
{
    pk_http_answer answer = answer_of(200, INSTRUCTION);
    pk_instruction instruction = {0};
    (void)state;

    assert_int_equal(pk_answer_instruction(&answer, &instruction, NULL), PASSKEY_OK);
    assert_string_equal(instruction.api_base_url, "https://api-us.beyondidentity.com");
    assert_string_equal(instruction.token, "TOK2");
    pk_instruction_free(&instruction);
    pk_http_answer_free(&answer);
}

/* The text with a field's value replaced, or the field renamed away. */
static char *changed(const char *text, const char *before, const char *after)
{
    const char *found = strstr(text, before);
    pk_buffer out = {0};

    assert_non_null(found);
    pk_buffer_append(&out, text, (size_t)(found - text));
    pk_buffer_append_text(&out, after);
    pk_buffer_append_text(&out, found + strlen(before));
    return pk_buffer_take(&out);
}

static void instruction_is_refused_and_the_field_named(void **state)
{
    static const struct {
        const char *before, *after, *named;
    } rows[] = {
        {"\"token\":", "\"tokem\":", "token is missing"},
        {"\"TOK2\"", "7", "token is not a string"},
        {"\"TOK2\"", "null", "token is not a string"},
        {"\"TOK2\"", "\"\"", "token is empty"},
        {"\"TOK2\"", "\"a\\r\\nb\"", "token holds a character that is not printable ASCII"},
        {"\"job_id\":\"j\"", "\"job_id\":[]", "job_id is not a string"},
        {"\"identity_id\":\"i\",", "", "identity_id is missing"},
        {"\"api_base_url\"", "\"API_BASE_URL\"", "api_base_url is missing"},
    };
    size_t i;
    (void)state;

    for (i = 0; i < NUM(rows); i++) {
        char *text = changed(INSTRUCTION, rows[i].before, rows[i].after);
        pk_http_answer answer = answer_of(200, text);
        pk_instruction instruction = {0};
        passkey_error *error;

        assert_fails_with(PASSKEY_BAD_RESPONSE,
                          pk_answer_instruction(&answer, &instruction, &error), error);
        assert_non_null(strstr(passkey_error_message(error), rows[i].named));
        assert_int_equal(passkey_error_http_status(error), 200);
        assert_null(instruction.token);
        passkey_error_free(error);
        pk_http_answer_free(&answer);
        pk_text_free(text);
    }
}

static void every_truncation_of_the_instruction_is_refused(void **state)
{
    size_t len;
    (void)state;

    for (len = 0; len + 1 < sizeof INSTRUCTION; len++) {
        pk_http_answer answer = {.status = 200};
        pk_instruction instruction = {0};

        pk_buffer_append(&answer.body, INSTRUCTION, len);
        assert_int_equal(pk_answer_instruction(&answer, &instruction, NULL), PASSKEY_BAD_RESPONSE);
        pk_http_answer_free(&answer);
    }
}

/* ---- the info */

static const char INFO[] =
    "{\"tenant\":{\"display_name\":\"Ten\"},\"realm\":{\"display_name\":\"Rea\"},"
    "\"identity\":{\"display_name\":\"Ide\",\"traits\":{\"type\":\"traits_v0\",\"username\":\"u1\","
    "\"primary_email_address\":\"u@example.com\"}},"
    "\"theme\":{\"logo_url_light\":\"l\",\"logo_url_dark\":\"\",\"support_url\":\"s\"},"
    "\"post_binding_redirect_uri\":\"https://app.example.com/done\","
    "\"authenticator_config\":{\"id\":null,\"tenant_id\":\"t\",\"realm_id\":\"r\","
    "\"config\":{\"type\":\"embedded\"}},\"application_id\":null}";

static void info_is_read_with_empty_and_absent_fields(void **state)
{
    char *text = changed(INFO, "\"primary_email_address\":\"u@example.com\"", "\"x\":0");
    pk_http_answer answer = answer_of(201, text);
    pk_info info = {0};
    (void)state;

    assert_int_equal(pk_answer_info(&answer, &info, NULL), PASSKEY_OK);
    assert_string_equal(info.username, "u1");
    assert_string_equal(info.logo_url_dark, "");
    assert_null(info.email_address);
    assert_string_equal(info.post_binding_redirect_uri, "https://app.example.com/done");
    pk_info_free(&info);
    pk_http_answer_free(&answer);
    pk_text_free(text);
}

static void info_needs_all_that_the_official_sdk_needs(void **state)
{
    static const char *const needed[] = {
        "\"display_name\":\"Ten\"", "\"display_name\":\"Rea\"", "\"display_name\":\"Ide\"",
        "\"type\":\"traits_v0\"",   "\"username\":\"u1\"",      "\"logo_url_light\":\"l\"",
        "\"logo_url_dark\":\"\"",   "\"support_url\":\"s\"",    "\"tenant_id\":\"t\"",
        "\"realm_id\":\"r\"",       "\"type\":\"embedded\""};
    size_t i;
    (void)state;

    for (i = 0; i < NUM(needed); i++) {
        char *text = changed(INFO, needed[i], "\"gone\":0");
        pk_http_answer answer = answer_of(200, text);
        pk_info info = {0};
        passkey_error *error;

        assert_fails_with(PASSKEY_BAD_RESPONSE, pk_answer_info(&answer, &info, &error), error);
        passkey_error_free(error);
        pk_http_answer_free(&answer);
        pk_text_free(text);
    }
}

/* ---- the credential */

static void credential_state_is_lower_case_and_unknown_is_kept(void **state)
{
    static const char *const rows[][2] = {
        {"ACTIVE", "active"}, {"REVOKED", "revoked"}, {"active", "unknown"}, {"NEW", "unknown"}};
    size_t i;
    (void)state;

    for (i = 0; i < NUM(rows); i++) {
        pk_http_answer answer = {.status = 200};
        pk_bound bound = {0};

        pk_buffer_printf(&answer.body,
                         "{\"id\":\"9\",\"state\":\"%s\",\"create_time\":\"garbage\","
                         "\"update_time\":\"\"}",
                         rows[i][0]);
        assert_int_equal(pk_answer_bound(&answer, &bound, NULL), PASSKEY_OK);
        assert_string_equal(bound.state, rows[i][1]);
        pk_bound_free(&bound);
        pk_http_answer_free(&answer);
    }
}

/* ---- refusals */

static void http_statuses_become_codes(void **state)
{
    static const struct {
        long http;
        const char *body;
        passkey_status status;
    } rows[] = {
        {204, "", PASSKEY_OK},
        {301, "", PASSKEY_UNEXPECTED_STATUS},
        {302, "", PASSKEY_UNEXPECTED_STATUS},
        {400, "{\"code\":\"bad_request\",\"message\":\"m\"}", PASSKEY_BAD_REQUEST},
        {401, "", PASSKEY_UNAUTHORIZED},
        {403, "<html>", PASSKEY_FORBIDDEN},
        {404, "", PASSKEY_NOT_FOUND},
        {409, "", PASSKEY_CONFLICT},
        {410, "{\"code\":\"link_expired\",\"message\":\"m\"}", PASSKEY_LINK_EXPIRED},
        {410, "{\"code\":\"link_revoked\",\"message\":\"m\"}", PASSKEY_LINK_REVOKED},
        {410, "", PASSKEY_LINK_EXPIRED},
        {418, "", PASSKEY_UNEXPECTED_STATUS},
        {422, "", PASSKEY_UNPROCESSABLE},
        {429, "", PASSKEY_RATE_LIMITED},
        {500, "", PASSKEY_SERVER_ERROR},
        {503, "", PASSKEY_SERVER_ERROR},
        {101, "", PASSKEY_UNEXPECTED_STATUS},
    };
    static const char *const secrets[] = {"TOK", NULL};
    size_t i;
    (void)state;

    for (i = 0; i < NUM(rows); i++) {
        pk_http_answer answer = answer_of(rows[i].http, rows[i].body);
        passkey_error *error = NULL;

        assert_int_equal(pk_answer_check(&answer, ":bind", secrets, &error), rows[i].status);
        if (rows[i].status)
            assert_int_equal(passkey_error_http_status(error), rows[i].http);
        passkey_error_free(error);
        pk_http_answer_free(&answer);
    }
}

static void the_clouds_words_are_shown_but_never_a_secret(void **state)
{
    static const char *const secrets[] = {"SECRET-TOKEN-1", "a%2Bb%2Bc%2Bd", NULL};
    static const char *const echoes[] = {"no job for SECRET-TOKEN-1", "SECRET-TOK…", "xCRET-TOKx",
                                         "token=a%2Bb%2Bc"};
    pk_http_answer plain = answer_of(404, "{\"code\":\"not_found\",\"message\":\"job not found\"}");
    passkey_error *error = NULL;
    size_t i;
    (void)state;

    pk_answer_check(&plain, ":bind", secrets, &error);
    assert_non_null(strstr(passkey_error_message(error), "job not found"));
    passkey_error_free(error);
    pk_http_answer_free(&plain);
    for (i = 0; i < NUM(echoes); i++) {
        pk_http_answer echo = {.status = 404, .correlation_id = "id-SECRET-TOKEN-1"};

        pk_buffer_printf(&echo.body, "{\"message\":\"%s\"}", echoes[i]);
        pk_answer_check(&echo, ":bind", secrets, &error);
        assert_string_equal(passkey_error_message(error), "The cloud refused :bind with HTTP 404.");
        assert_null(passkey_error_correlation_id(error));
        passkey_error_free(error);
        pk_http_answer_free(&echo);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jws_has_the_bytes_of_the_protocol),
        cmocka_unit_test(job_urls_keep_a_base_path_and_encode_ids),
        cmocka_unit_test(instruction_is_read_and_unknown_fields_ignored),
        cmocka_unit_test(instruction_is_refused_and_the_field_named),
        cmocka_unit_test(every_truncation_of_the_instruction_is_refused),
        cmocka_unit_test(info_is_read_with_empty_and_absent_fields),
        cmocka_unit_test(info_needs_all_that_the_official_sdk_needs),
        cmocka_unit_test(credential_state_is_lower_case_and_unknown_is_kept),
        cmocka_unit_test(http_statuses_become_codes),
        cmocka_unit_test(the_clouds_words_are_shown_but_never_a_secret),
    };

    return cmocka_run_group_tests_name("registration", tests, NULL, NULL);
}
