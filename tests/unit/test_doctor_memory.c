/* SPDX-License-Identifier: Apache-2.0
 * Memory runs out while the doctor looks: it says so, and takes nothing that is
 * well for broken. */
#include "unit.h"

#include "base/memory.h"
#include "doctor/doctor.h"

#include <sys/stat.h>

/* ---- the allocation with this number fails */

void *__real_malloc(size_t size);
void *__real_calloc(size_t num, size_t size);
void *__real_realloc(void *x, size_t size);
void *__real_reallocarray(void *x, size_t num, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t num, size_t size);
void *__wrap_realloc(void *x, size_t size);
void *__wrap_reallocarray(void *x, size_t num, size_t size);

static long num_allocations, failing;

static bool fails(void)
{
    return ++num_allocations == failing;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t num, size_t size)
{
    return fails() ? NULL : __real_calloc(num, size);
}

void *__wrap_realloc(void *x, size_t size)
{
    return fails() ? NULL : __real_realloc(x, size);
}

void *__wrap_reallocarray(void *x, size_t num, size_t size)
{
    return fails() ? NULL : __real_reallocarray(x, num, size);
}

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[256];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void make_folder(const char *home, const char *name)
{
    char path[256];

    snprintf(path, sizeof path, "%s/%s", home, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

/* All groups but the cloud's; NULL when it says that memory ran out. */
static passkey_examination *examine(const char *home)
{
    static const char *const NO_VARIABLES[] = {NULL};
    pk_doctor doctor = {.home = home,
                        .tpm = "swtpm",
                        .allowed_domains = "",
                        .variables = NO_VARIABLES,
                        .api_base_url = "https://cloud.test",
                        .num_srk_names = 1};
    char *url = NULL;

    doctor.found = pk_examination_new();
    if (!doctor.found)
        return NULL;
    pk_doctor_machine(&doctor);
    pk_doctor_tpm(&doctor);
    pk_doctor_store(&doctor);
    pk_doctor_cloud_url(&doctor, &url);
    pk_text_free(url);
    if (pk_examination_finish(doctor.found))
        return doctor.found;
    passkey_examination_free(doctor.found);
    return NULL;
}

static void want_of_memory_is_never_a_finding(void **state)
{
    char *home = unit_folder();
    passkey_examination *whole, *found;
    long at, num, num_told = 0;
    (void)state;

    make_folder(home, "passkeys");
    make_folder(home, "keys");
    write_file(home, "passkeys/damaged.json", "{");
    write_file(home, "passkeys/newer.json", "{\"version\":2}");
    write_file(home, "passkeys/named.json",
               "{\"passkey\":{\"keyHandle\":\"km:0123456789abcdef\"}}");
    write_file(home, "keys/0123456789abcdef.pem", "");
    num_allocations = failing = 0;
    whole = examine(home);
    assert_non_null(whole);
    num = num_allocations;
    assert_true(num > 20);
    for (at = 1; at <= num; at++) {
        num_allocations = 0;
        failing = at;
        found = examine(home);
        failing = 0;
        num_told += !found;
        if (found)
            assert_int_equal(passkey_examination_count(found), passkey_examination_count(whole));
        passkey_examination_free(found);
    }
    assert_true(num_told > num / 2); /* what is not told was not needed */
    passkey_examination_free(whole);
    unit_folder_remove(home);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(want_of_memory_is_never_a_finding)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
