/* SPDX-License-Identifier: Apache-2.0
 * The base library: encodings, JSON rules, cryptography, files, errors. */
#include "unit.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- memory */

static void buffer_grows_and_keeps_its_bytes(void **state)
{
    pk_buffer buffer = {0};
    size_t i;
    (void)state;

    for (i = 0; i < 1000; i++)
        assert_true(pk_buffer_printf(&buffer, "%zu,", i));
    assert_int_equal(strncmp(buffer.data, "0,1,2,3,", 8), 0);
    assert_int_equal(strlen(buffer.data), buffer.len);
    pk_buffer_free(&buffer);
    assert_null(buffer.data);
}

static void taking_from_an_empty_buffer_gives_empty_text(void **state)
{
    pk_buffer buffer = {0};
    char *text = pk_buffer_take(&buffer);
    (void)state;

    assert_string_equal(text, "");
    pk_text_free(text);
}

/* ---- text */

static void base64url_round_trip(void **state)
{
    unsigned char bytes[64];
    size_t len;
    (void)state;

    for (len = 0; len < sizeof bytes; len++) {
        pk_buffer back = {0};
        char *text;

        if (len)
            bytes[len - 1] = (unsigned char)(len * 37);
        text = pk_base64url_encode(bytes, len);
        assert_non_null(text);
        assert_null(strpbrk(text, "+/="));
        assert_true(pk_base64url_decode(text, strlen(text), &back));
        assert_int_equal(back.len, len);
        assert_memory_equal(back.data, bytes, len);
        pk_buffer_free(&back);
        pk_text_free(text);
    }
}

static void base64url_refuses_what_is_not_canonical(void **state)
{
    static const char *const bad[] = {"A", "AAAAA", "AA==", "AB", "AAB", "AA+A", "AA/A", "AA A", "AA\n"};
    size_t i;
    (void)state;

    for (i = 0; i < NUM(bad); i++) {
        pk_buffer out = {0};

        assert_false(pk_base64url_decode(bad[i], strlen(bad[i]), &out));
        assert_int_equal(out.len, 0);
        pk_buffer_free(&out);
    }
}

static void query_get_takes_the_first_and_decodes_it(void **state)
{
    static const char query[] = "a=1&b=x%2By+z&b=second&empty=&flag&%63=see&broken=%zz%4";
    static const struct {
        const char *key, *value;
    } rows[] = {{"a", "1"},    {"b", "x+y z"}, {"empty", ""},        {"flag", ""},
                {"c", "see"}, {"missing", NULL}, {"broken", "%zz%4"}, {"A", NULL}};
    size_t i;
    (void)state;

    for (i = 0; i < NUM(rows); i++) {
        pk_buffer value = {0};

        assert_int_equal(pk_query_get(query, strlen(query), rows[i].key, &value), !!rows[i].value);
        if (rows[i].value)
            assert_string_equal(value.data, rows[i].value);
        pk_buffer_free(&value);
    }
}

static void utf8_follows_rfc_3629(void **state)
{
    static const char *const good[] = {"", "abc", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x94\x91",
                                       "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\x80", "\xc0\xaf", "\xc1\x81", "\xc3", "\xe0\x80\xaf",
                                      "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80", "\xff", "a\xe2\x82"};
    size_t i;
    (void)state;

    for (i = 0; i < NUM(good); i++)
        assert_true(pk_utf8_valid(good[i], strlen(good[i])));
    for (i = 0; i < NUM(bad); i++)
        assert_false(pk_utf8_valid(bad[i], strlen(bad[i])));
}

static void percent_encode_keeps_only_unreserved(void **state)
{
    pk_buffer out = {0};
    (void)state;

    assert_true(pk_percent_encode(&out, "a-Z_0.~/ b:\xc3\xa9%"));
    assert_string_equal(out.data, "a-Z_0.~%2F%20b%3A%C3%A9%25");
    pk_buffer_free(&out);
}

static void booleans_as_people_write_them(void **state)
{
    bool value = false;
    (void)state;

    assert_true(pk_bool_parse("TRUE", &value) && value);
    assert_true(pk_bool_parse("off", &value) && !value);
    assert_false(pk_bool_parse("", &value));
    assert_false(pk_bool_parse("2", &value));
}

/* ---- JSON */

static void json_refuses(void **state)
{
    static const struct {
        const char *text, *reason;
    } rows[] = {
        {"", "empty"},
        {"{", "not JSON"},
        {"<html>", "not JSON"},
        {"{} x", "follows"},
        {"{}{}", "follows"},
        {"{\"a\":1,\"a\":2}", "twice"},
        {"{\"x\":{\"a\":1,\"a\":2}}", "twice"},
        {"[{\"a\":1,\"\\u0061\":2}]", "twice"},
        {"{\"a\":\"b\\u0000c\"}", "NUL"},
        {"{\"a\":\"\xff\"}", "UTF-8"},
        {"{\"a\":\"line\nbreak\"}", "control"},
        {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", "deeply"},
        {"{\"a\":tru}", "not JSON"},
    };
    size_t i;
    (void)state;

    for (i = 0; i < NUM(rows); i++) {
        const char *reason = NULL;

        assert_null(pk_json_parse(rows[i].text, strlen(rows[i].text), &reason));
        assert_non_null(strstr(reason, rows[i].reason));
    }
}

static void json_truncated_anywhere_is_refused(void **state)
{
    static const char text[] = "{\"a\":{\"b\":[1,true,null,\"x\\n\\u00e9\"]},\"c\":-1.5e3}";
    size_t len;
    (void)state;

    for (len = 0; len < strlen(text); len++)
        assert_null(pk_json_parse(text, len, NULL));
}

static void json_takes_32_levels_and_finds_members(void **state)
{
    static const char text[] = " {\"a\":{\"b\":{\"c\":\"deep\"}},\"n\":9007199254740992,\"h\":1.5} \n";
    pk_json *json = pk_json_parse(text, strlen(text), NULL);
    long long number = 0;
    (void)state;

    assert_non_null(json);
    assert_string_equal(pk_json_text(json, "a.b.c"), "deep");
    assert_null(pk_json_text(json, "a.b"));
    assert_null(pk_json_get(json, "a.b.c.d"));
    assert_null(pk_json_get(json, "A"));
    assert_true(pk_json_number(json, "n", &number));
    assert_true(number == 9007199254740992LL);
    assert_false(pk_json_number(json, "h", &number));
    pk_json_free(json);
}

static void json_object_with_too_many_members_is_refused(void **state)
{
    pk_buffer text = {0};
    size_t i;
    (void)state;

    pk_buffer_append_text(&text, "{\"x\":0");
    for (i = 0; i < PK_JSON_MAX_MEMBERS; i++)
        pk_buffer_printf(&text, ",\"m%zu\":0", i);
    pk_buffer_append_text(&text, "}");
    assert_null(pk_json_parse(text.data, text.len, NULL));
    pk_buffer_free(&text);
}

static void json_prints_what_was_built(void **state)
{
    pk_json *json = pk_json_new_object();
    char *text;
    (void)state;

    assert_true(pk_json_add_text(json, "a", "x\"/\xc3\xa9"));
    assert_true(pk_json_add_text_or_null(json, "b", NULL));
    assert_true(pk_json_add_number(json, "c", 7));
    assert_false(pk_json_add_text(json, "d", NULL));
    assert_false(pk_json_add(json, "e", NULL));
    text = pk_json_print(json);
    assert_string_equal(text, "{\"a\":\"x\\\"/\xc3\xa9\",\"b\":null,\"c\":7}");
    pk_text_free(text);
    pk_json_free(json);
}

/* ---- cryptography: the ES256 example of RFC 7515 appendix A.3 */

static const char A3_X[] = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
static const char A3_Y[] = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
static const char A3_INPUT[] =
    "eyJhbGciOiJFUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
static const char A3_SIGNATURE[] =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

static void decode(const char *text, uint8_t *out, size_t out_len)
{
    pk_buffer bytes = {0};

    assert_true(pk_base64url_decode(text, strlen(text), &bytes));
    assert_int_equal(bytes.len, out_len);
    memcpy(out, bytes.data, out_len);
    pk_buffer_free(&bytes);
}

static void es256_verifies_the_rfc_example_and_nothing_else(void **state)
{
    uint8_t x[32], y[32], signature[64];
    size_t i;
    (void)state;

    decode(A3_X, x, sizeof x);
    decode(A3_Y, y, sizeof y);
    decode(A3_SIGNATURE, signature, sizeof signature);
    assert_true(pk_es256_verify(x, y, A3_INPUT, strlen(A3_INPUT), signature));
    assert_false(pk_es256_verify(x, y, A3_INPUT, strlen(A3_INPUT) - 1, signature));
    for (i = 0; i < sizeof signature; i++) {
        signature[i] ^= 1;
        assert_false(pk_es256_verify(x, y, A3_INPUT, strlen(A3_INPUT), signature));
        signature[i] ^= 1;
    }
    memset(signature, 0, sizeof signature);
    assert_false(pk_es256_verify(x, y, A3_INPUT, strlen(A3_INPUT), signature));
}

static void es256_refuses_a_point_off_the_curve(void **state)
{
    uint8_t x[32], y[32], signature[64];
    (void)state;

    decode(A3_X, x, sizeof x);
    decode(A3_Y, y, sizeof y);
    decode(A3_SIGNATURE, signature, sizeof signature);
    y[31] ^= 1;
    assert_false(pk_es256_verify(x, y, A3_INPUT, strlen(A3_INPUT), signature));
}

static void thumbprint_as_rfc_7638(void **state)
{
    uint8_t x[32], y[32];
    char *jwk, *thumbprint;
    (void)state;

    decode(A3_X, x, sizeof x);
    decode(A3_Y, y, sizeof y);
    jwk = pk_jwk_text(x, y);
    assert_string_equal(jwk, "{\"crv\":\"P-256\",\"kty\":\"EC\","
                             "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
                             "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}");
    thumbprint = pk_jwk_thumbprint(x, y);
    assert_string_equal(thumbprint, "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
    pk_text_free(thumbprint);
    pk_text_free(jwk);
}

static void sha256_of_abc(void **state)
{
    uint8_t digest[32];
    char *hex;
    (void)state;

    assert_true(pk_sha256("abc", 3, digest));
    hex = pk_hex_encode(digest, sizeof digest);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    pk_text_free(hex);
}

/* ---- clock */

static void rfc3339_as_the_official_sdk_writes_it(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } rows[] = {{1700000000000, "2023-11-14T22:13:20Z"},
                {1700000000120, "2023-11-14T22:13:20.120Z"},
                {1700000000005, "2023-11-14T22:13:20.005Z"},
                {0, "1970-01-01T00:00:00Z"},
                {-1, "1969-12-31T23:59:59.999Z"}};
    char text[PK_RFC3339_SIZE];
    size_t i;
    (void)state;

    for (i = 0; i < NUM(rows); i++) {
        assert_true(pk_rfc3339_format(rows[i].ms, text));
        assert_string_equal(text, rows[i].text);
    }
    assert_false(pk_rfc3339_format(INT64_MAX, text));
}

/* ---- files */

typedef struct folder {
    char *path;
    int fd;
} folder;

static int open_folder(void **state)
{
    folder *this = calloc(1, sizeof *this);

    this->path = unit_folder();
    *state = this;
    return pk_folder_open(this->path, false, &this->fd);
}

static int close_folder(void **state)
{
    folder *this = *state;

    pk_folder_close(this->fd);
    unit_folder_remove(this->path);
    free(this);
    return 0;
}

static bool count_names(const char *name, void *user)
{
    (void)name;
    ++*(int *)user;
    return true;
}

static int num_entries(int fd)
{
    int count = 0;

    assert_int_equal(pk_folder_each(fd, "", count_names, &count), 0);
    return count - 2; /* . and .. */
}

static void written_file_is_private_and_reads_back(void **state)
{
    folder *this = *state;
    mode_t umask_before = umask(0);
    pk_buffer text = {0};
    struct stat info;

    assert_int_equal(pk_file_write_at(this->fd, "a.json", "first", 5), 0);
    assert_int_equal(pk_file_write_at(this->fd, "a.json", "second", 6), 0);
    umask(umask_before);
    assert_int_equal(fstatat(this->fd, "a.json", &info, 0), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    assert_int_equal(pk_file_read_at(this->fd, "a.json", 6, &text), 0);
    assert_string_equal(text.data, "second");
    assert_int_equal(num_entries(this->fd), 1);
    pk_buffer_free(&text);
}

static void reading_is_bounded_and_follows_no_link(void **state)
{
    folder *this = *state;
    pk_buffer text = {0};

    assert_int_equal(pk_file_write_at(this->fd, "a", "12345", 5), 0);
    assert_int_equal(pk_file_read_at(this->fd, "a", 4, &text), EFBIG);
    assert_int_equal(text.len, 0);
    assert_int_equal(symlinkat("a", this->fd, "link"), 0);
    assert_int_equal(pk_file_read_at(this->fd, "link", 100, &text), ELOOP);
    assert_int_equal(mkfifoat(this->fd, "fifo", 0600), 0);
    assert_int_equal(pk_file_read_at(this->fd, "fifo", 100, &text), EINVAL);
    assert_int_equal(pk_file_read_at(this->fd, "none", 100, &text), ENOENT);
}

static void failed_write_leaves_the_old_file_and_no_other(void **state)
{
    folder *this = *state;
    pk_buffer text = {0};

    assert_int_equal(pk_file_write_at(this->fd, "a", "old", 3), 0);
    assert_int_equal(mkdirat(this->fd, "b", 0700), 0);
    assert_int_equal(pk_file_write_at(this->fd, "b", "new", 3), EISDIR);
    assert_int_equal(num_entries(this->fd), 2);
    assert_int_equal(pk_file_read_at(this->fd, "a", 9, &text), 0);
    assert_string_equal(text.data, "old");
    pk_buffer_free(&text);
}

static void folders_are_made_private(void **state)
{
    folder *this = *state;
    char path[300];
    struct stat info;
    int fd = -1;

    snprintf(path, sizeof path, "%s/x/y/z", this->path);
    assert_int_equal(pk_folder_open(path, false, &fd), ENOENT);
    assert_int_equal(pk_folder_open(path, true, &fd), 0);
    assert_int_equal(fstat(fd, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0700);
    assert_int_equal(pk_folder_check_private(fd), 0);
    assert_int_equal(fchmod(fd, 0750), 0);
    assert_int_equal(pk_folder_check_private(fd), EACCES);
    pk_folder_close(fd);
}

static void lock_excludes_and_times_out(void **state)
{
    folder *this = *state;
    int one = -1, other = -1;

    assert_int_equal(pk_file_lock_at(this->fd, "lock", 0, NULL, &one), 0);
    assert_int_equal(pk_file_lock_at(this->fd, "lock", 5, NULL, &other), ETIMEDOUT);
    pk_file_unlock(one);
    assert_int_equal(pk_file_lock_at(this->fd, "lock", 0, NULL, &other), 0);
    pk_file_unlock(other);
}

static void removing_twice_is_fine(void **state)
{
    folder *this = *state;

    assert_int_equal(pk_file_write_at(this->fd, "a", "x", 1), 0);
    assert_int_equal(pk_file_remove_at(this->fd, "a"), 0);
    assert_int_equal(pk_file_remove_at(this->fd, "a"), 0);
}

/* ---- errors */

static void every_status_has_a_name_a_meaning_and_a_hint(void **state)
{
#define ROW(name, number, code, meaning, hint) {PASSKEY_##name, number, code, meaning, hint},
    static const struct {
        passkey_status status;
        int number;
        const char *code, *meaning, *hint;
    } rows[] = {PASSKEY_STATUS_MAP(ROW)};
#undef ROW
    size_t i, j;
    (void)state;

    for (i = 0; i < NUM(rows); i++) {
        assert_int_equal(rows[i].status, rows[i].number);
        assert_string_equal(passkey_status_name(rows[i].status), rows[i].code);
        assert_true(rows[i].meaning[0] && (rows[i].hint[0] || !rows[i].status));
        for (j = 0; j < i; j++) {
            assert_int_not_equal(rows[i].number, rows[j].number);
            assert_string_not_equal(rows[i].code, rows[j].code);
        }
    }
    assert_string_equal(passkey_status_name((passkey_status)12345), "unknown");
}

static void error_tells_code_message_hint_cause_and_http_status(void **state)
{
    passkey_error *error = NULL;
    (void)state;

    assert_int_equal(pk_fail(&error, PASSKEY_LINK_EXPIRED, "It is %d days old.", 8),
                     PASSKEY_LINK_EXPIRED);
    pk_error_set_cause(&error, "cause %s", "here");
    pk_error_set_http(&error, 410, "corr-1");
    assert_string_equal(passkey_error_code(error), "link_expired");
    assert_string_equal(passkey_error_message(error), "It is 8 days old.");
    assert_string_equal(passkey_error_hint(error), "Ask for a new link.");
    assert_string_equal(passkey_error_text(error),
                        "link_expired: It is 8 days old. (Ask for a new link.)");
    assert_string_equal(passkey_error_json(error),
                        "{\"code\":\"link_expired\",\"message\":\"It is 8 days old.\","
                        "\"hint\":\"Ask for a new link.\",\"cause\":\"cause here\","
                        "\"httpStatus\":410,\"correlationId\":\"corr-1\",\"retryable\":false}");
    passkey_error_free(error);
}

static void nobody_has_to_take_the_error(void **state)
{
    (void)state;
    assert_int_equal(pk_fail(NULL, PASSKEY_TIMEOUT, "x"), PASSKEY_TIMEOUT);
    pk_error_set_hint(NULL, "x");
    passkey_error_free(NULL);
    assert_null(passkey_error_text(NULL));
    assert_int_equal(passkey_error_status(NULL), PASSKEY_OK);
}

static void the_error_for_no_memory_can_be_freed_and_used_again(void **state)
{
    passkey_error *error = NULL;
    (void)state;

    assert_int_equal(pk_fail_memory(&error), PASSKEY_OUT_OF_MEMORY);
    pk_error_set_hint(&error, "must not change it");
    passkey_error_free(error);
    assert_string_equal(passkey_error_code(error), "out_of_memory");
    assert_true(passkey_error_retryable(error));
}

#define FILE_TEST(test) cmocka_unit_test_setup_teardown(test, open_folder, close_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buffer_grows_and_keeps_its_bytes),
        cmocka_unit_test(taking_from_an_empty_buffer_gives_empty_text),
        cmocka_unit_test(base64url_round_trip),
        cmocka_unit_test(base64url_refuses_what_is_not_canonical),
        cmocka_unit_test(query_get_takes_the_first_and_decodes_it),
        cmocka_unit_test(utf8_follows_rfc_3629),
        cmocka_unit_test(percent_encode_keeps_only_unreserved),
        cmocka_unit_test(booleans_as_people_write_them),
        cmocka_unit_test(json_refuses),
        cmocka_unit_test(json_truncated_anywhere_is_refused),
        cmocka_unit_test(json_takes_32_levels_and_finds_members),
        cmocka_unit_test(json_object_with_too_many_members_is_refused),
        cmocka_unit_test(json_prints_what_was_built),
        cmocka_unit_test(es256_verifies_the_rfc_example_and_nothing_else),
        cmocka_unit_test(es256_refuses_a_point_off_the_curve),
        cmocka_unit_test(thumbprint_as_rfc_7638),
        cmocka_unit_test(sha256_of_abc),
        cmocka_unit_test(rfc3339_as_the_official_sdk_writes_it),
        FILE_TEST(written_file_is_private_and_reads_back),
        FILE_TEST(reading_is_bounded_and_follows_no_link),
        FILE_TEST(failed_write_leaves_the_old_file_and_no_other),
        FILE_TEST(folders_are_made_private),
        FILE_TEST(lock_excludes_and_times_out),
        FILE_TEST(removing_twice_is_fine),
        cmocka_unit_test(every_status_has_a_name_a_meaning_and_a_hint),
        cmocka_unit_test(error_tells_code_message_hint_cause_and_http_status),
        cmocka_unit_test(nobody_has_to_take_the_error),
        cmocka_unit_test(the_error_for_no_memory_can_be_freed_and_used_again),
    };

    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
