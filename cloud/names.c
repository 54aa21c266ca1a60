/* SPDX-License-Identifier: Apache-2.0 */
#include "names.h"

#include "base/crypto.h"
#include "base/memory.h"
#include "base/text.h"

#include <string.h>
#include <time.h>

const char *pk_new_id(pk_arena *arena)
{
    uint8_t random[8];

    return pk_random(random, sizeof random)
               ? pk_arena_take(arena, pk_hex_encode(random, sizeof random))
               : NULL;
}

const char *pk_new_client_id(pk_arena *arena)
{
    uint8_t random[16];

    return pk_random(random, sizeof random)
               ? pk_arena_take(arena, pk_hex_encode(random, sizeof random))
               : NULL;
}

const char *pk_new_uuid(pk_arena *arena)
{
    uint8_t random[16];
    const char *hex;

    if (!pk_random(random, sizeof random))
        return NULL;
    random[6] = (uint8_t)((random[6] & 0x0f) | 0x40);
    random[8] = (uint8_t)((random[8] & 0x3f) | 0x80);
    hex = pk_arena_take(arena, pk_hex_encode(random, sizeof random));
    return hex ? pk_arena_printf(arena, "%.8s-%.4s-%.4s-%.4s-%s", hex, hex + 8, hex + 12, hex + 16,
                                 hex + 20)
               : NULL;
}

const char *pk_new_token(pk_arena *arena)
{
    uint8_t random[48];
    const char *token = NULL;

    if (pk_random(random, sizeof random))
        token = pk_arena_take(arena, pk_base64url_encode(random, sizeof random));
    pk_wipe(random, sizeof random);
    return token;
}

const char *pk_token_hash(pk_arena *arena, const char *token)
{
    uint8_t hash[PK_SHA256_SIZE];

    return token && pk_sha256(token, strlen(token), hash)
               ? pk_arena_take(arena, pk_hex_encode(hash, sizeof hash))
               : NULL;
}

const char *pk_time_text(pk_arena *arena, int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    char text[32];
    struct tm utc;

    if (!gmtime_r(&seconds, &utc) || !strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc))
        return NULL;
    return pk_arena_printf(arena, "%s.%03d000Z", text, (int)(ms % 1000));
}
