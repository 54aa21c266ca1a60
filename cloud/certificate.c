/* SPDX-License-Identifier: Apache-2.0 */
#include "certificate.h"

#include "named_file.h"

#define MAX_PEM 1048576

int pk_certificate_read(pk_arena *arena, const char *chain_path, const char *key_path,
                        pk_certificate *out)
{
    pk_certificate read = {0};
    int failure = 0;

    if (chain_path)
        failure = pk_named_file_read(arena, chain_path, MAX_PEM, &read.chain);
    if (key_path && !failure)
        failure = pk_named_file_read(arena, key_path, MAX_PEM, &read.key);
    if (!failure)
        *out = read;
    return failure;
}
