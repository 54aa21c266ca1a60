/* SPDX-License-Identifier: Apache-2.0
 * Memory, text, cryptography, the clock. */
#include "unit.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/text.h"

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
        cmocka_unit_test(es256_verifies_the_rfc_example_and_nothing_else),
        cmocka_unit_test(es256_refuses_a_point_off_the_curve),
        cmocka_unit_test(thumbprint_as_rfc_7638),
        cmocka_unit_test(sha256_of_abc),
        cmocka_unit_test(rfc3339_as_the_official_sdk_writes_it),
    };

    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
