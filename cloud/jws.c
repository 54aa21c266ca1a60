/* SPDX-License-Identifier: Apache-2.0
 * RFC 7515 compact serialisation, RFC 7518 section 3.4 (ES256), RFC 7517. */
#include "jws.h"

#include "base/memory.h"
#include "base/text.h"

#include <string.h>

bool pk_jws_split(const char *jws, pk_jws_parts *out)
{
    const char *first = strchr(jws, '.');
    const char *second = first ? strchr(first + 1, '.') : NULL;

    if (!second || strchr(second + 1, '.'))
        return false;
    *out = (pk_jws_parts){
        .header = jws,
        .header_len = (size_t)(first - jws),
        .payload = first + 1,
        .payload_len = (size_t)(second - first - 1),
        .signature = second + 1,
        .signature_len = strlen(second + 1),
    };
    return out->header_len && out->payload_len && out->signature_len;
}

pk_json *pk_jws_json(pk_arena *arena, const char *text, size_t text_len)
{
    pk_buffer bytes = {0};
    pk_json *json = NULL;

    if (pk_base64url_decode(text, text_len, &bytes))
        json = pk_json_parse(bytes.data, bytes.len, NULL);
    pk_buffer_free(&bytes);
    if (!pk_json_is_object(json)) {
        pk_json_free(json);
        return NULL;
    }
    return pk_arena_json(arena, json);
}

static bool decode_exactly(const char *text, size_t text_len, uint8_t *out, size_t out_len)
{
    pk_buffer bytes = {0};
    bool fits = text && pk_base64url_decode(text, text_len, &bytes) && bytes.len == out_len;

    if (fits)
        memcpy(out, bytes.data, out_len);
    pk_buffer_free(&bytes);
    return fits;
}

static bool is(const pk_json *json, const char *path, const char *wanted)
{
    const char *text = pk_json_text(json, path);

    return text && strcmp(text, wanted) == 0;
}

static bool read_coordinate(const pk_json *header, const char *path, uint8_t out[PK_P256_SIZE])
{
    const char *text = pk_json_text(header, path);

    return text && decode_exactly(text, strlen(text), out, PK_P256_SIZE);
}

/* NULL when the header is as it must be. Unknown members are ignored, but crit
 * would say that one of them must not be (RFC 7515, section 4.1.11). */
static const char *judge_header(const pk_json *header, pk_bind_jws *out)
{
    if (!header)
        return "the header is not a JSON object";
    if (!is(header, "alg", "ES256"))
        return "the header's alg is not ES256";
    if (pk_json_get(header, "crit"))
        return "the header has critical extensions";
    if (!is(header, "jwk.kty", "EC") || !is(header, "jwk.crv", "P-256"))
        return "the header's jwk is not an EC key on P-256";
    if (pk_json_get(header, "jwk.d"))
        return "the header's jwk holds a private key";
    if (!read_coordinate(header, "jwk.x", out->x) || !read_coordinate(header, "jwk.y", out->y))
        return "the header's jwk has no x and y of 32 bytes";
    return NULL;
}

static const char *judge_payload(const pk_json *payload, pk_bind_jws *out)
{
    if (!payload)
        return "the payload is not a JSON object";
    out->subject = pk_json_text(payload, "sub");
    out->token = pk_json_text(payload, "token");
    if (!out->subject)
        return "the claim sub is missing";
    return out->token ? NULL : "the claim token is missing";
}

static const char *judge_signature(const pk_jws_parts *parts, const pk_bind_jws *jws)
{
    size_t signed_len = parts->header_len + 1 + parts->payload_len;
    uint8_t signature[PK_ES256_SIZE];

    if (!decode_exactly(parts->signature, parts->signature_len, signature, sizeof signature))
        return "the signature is not 64 bytes of base64url";
    if (!pk_es256_verify(jws->x, jws->y, parts->header, signed_len, signature))
        return "the signature is not valid for the key in the header";
    return NULL;
}

bool pk_bind_jws_verify(pk_arena *arena, const char *jws, pk_bind_jws *out, const char **out_fault)
{
    const char *fault = NULL;
    pk_jws_parts parts;

    if (!pk_jws_split(jws, &parts))
        fault = "not a JWS in compact serialisation";
    if (!fault)
        fault = judge_header(pk_jws_json(arena, parts.header, parts.header_len), out);
    if (!fault)
        fault = judge_signature(&parts, out);
    if (!fault)
        fault = judge_payload(pk_jws_json(arena, parts.payload, parts.payload_len), out);
    *out_fault = fault;
    return !fault;
}
