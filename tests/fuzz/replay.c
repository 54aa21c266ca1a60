/* SPDX-License-Identifier: Apache-2.0
 * A fuzz target without a fuzzer: runs it over the files named and those in the
 * folders named. A file NAME.inputs holds many, each behind four bytes of its
 * length (pack-corpus). Fails when there are none. */
#include "fuzz.h"

#include <dirent.h>
#include <sys/stat.h>

static unsigned long num_runs;

/* In memory of just that size. Of a failure, the last line tells where. */
static void run_input(const char *path, const uint8_t *x, size_t x_len)
{
    uint8_t *exact = malloc(x_len ? x_len : 1);

    REQUIRE(exact);
    if (x_len)
        memcpy(exact, x, x_len);
    fprintf(stderr, "%s: input %lu of all\n", path, num_runs++);
    LLVMFuzzerTestOneInput(exact, x_len);
    free(exact);
}

static void run_inputs(const char *path, const uint8_t *x, size_t x_len)
{
    while (x_len) {
        size_t len = x_len < 4 ? SIZE_MAX
                               : (size_t)x[0] << 24 | (size_t)x[1] << 16 | (size_t)x[2] << 8 | x[3];

        REQUIRE(x_len >= 4 && len <= x_len - 4);
        run_input(path, x + 4, len);
        x += 4 + len;
        x_len -= 4 + len;
    }
}

static void run_file(const char *path)
{
    static uint8_t x[1 << 20];
    FILE *file = fopen(path, "rb");
    const char *end = strrchr(path, '.');
    size_t len;

    REQUIRE(file);
    len = fread(x, 1, sizeof x, file);
    REQUIRE(feof(file) && !fclose(file));
    if (end && !strcmp(end, ".inputs"))
        run_inputs(path, x, len);
    else
        run_input(path, x, len);
}

static void run(const char *path)
{
    struct dirent **entries = NULL;
    struct stat facts;
    int num, i;

    REQUIRE(stat(path, &facts) == 0);
    if (!S_ISDIR(facts.st_mode)) {
        run_file(path);
        return;
    }
    num = scandir(path, &entries, NULL, alphasort);
    for (i = 0; i < num; i++) {
        char *inside = NULL;

        if (*entries[i]->d_name != '.' && asprintf(&inside, "%s/%s", path, entries[i]->d_name) > 0)
            run(inside);
        free(inside);
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv)
{
    int i;

    for (i = 1; i < argc; i++)
        run(argv[i]);
    printf("%lu inputs\n", num_runs);
    return num_runs ? 0 : 1;
}
