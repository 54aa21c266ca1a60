/* SPDX-License-Identifier: Apache-2.0 */
#include "named_file.h"

#include "base/file.h"
#include "base/memory.h"
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int read_real(char *real, size_t max_len, pk_buffer *out)
{
    char *slash = strrchr(real, '/');
    int folder = -1;
    int failure;

    *slash = '\0';
    failure = pk_folder_open(*real ? real : "/", false, &folder);
    if (!failure)
        failure = pk_file_read_at(folder, slash + 1, max_len, out);
    pk_folder_close(folder);
    return failure;
}

int pk_named_file_read(pk_arena *arena, const char *path, size_t max_len, const char **out_text)
{
    char *real = realpath(path, NULL);
    pk_buffer text = {0};
    int failure = real ? read_real(real, max_len, &text) : errno;

    free(real);
    if (failure)
        return pk_say_failure(path, strerrordesc_np(failure), NULL);
    *out_text = pk_arena_take(arena, pk_buffer_take(&text));
    return *out_text ? 0 : pk_say_failure(path, "memory could not be allocated", NULL);
}
