/* SPDX-License-Identifier: Apache-2.0
 * What the tests of the key share: a store folder, whole operations, children. */
#ifndef KEY_SUPPORT_H
#define KEY_SUPPORT_H

#include "unit.h"

#include "base/memory.h"
#include "key/key.h"
#include "key/tpm.h"

#include <dirent.h>
#include <errno.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MESSAGE "a message to be signed"

/* ---- plumbing */

static inline int make_home(void **state)
{
    *state = unit_folder();
    return 0;
}

static inline int remove_home(void **state)
{
    unit_folder_remove(*state);
    return 0;
}

static inline void nap(void)
{
    struct timespec pause = {0, 2000000};

    nanosleep(&pause, NULL);
}

static inline unsigned num_open_fds(void)
{
    DIR *folder = opendir("/proc/self/fd");
    unsigned num = 0;

    while (readdir(folder))
        num++;
    closedir(folder);
    return num;
}

static inline unsigned num_children(void)
{
    return waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD ? 0 : 1;
}

/* One whole operation: open, create, sign, close. The status is that of the
 * first step that failed. */
static inline passkey_status operate(const char *option, const char *home, pk_key *out_key,
                              passkey_error **out_error)
{
    uint8_t signature[PK_ES256_SIZE];
    pk_tpm *tpm = NULL;
    passkey_status status = pk_tpm_open(option, home, NULL, &tpm, out_error);

    if (!status)
        status = pk_key_create(tpm, out_key, out_error);
    if (!status) {
        status = pk_key_sign(tpm, out_key, MESSAGE, strlen(MESSAGE), signature, out_error);
        if (status)
            pk_key_free(out_key);
        else
            assert_true(pk_es256_verify(out_key->x, out_key->y, MESSAGE, strlen(MESSAGE),
                                        signature));
    }
    pk_tpm_close(tpm);
    return status;
}

static inline void expect_works(const char *option, const char *home)
{
    passkey_error *error = NULL;
    pk_key key;

    if (operate(option, home, &key, &error))
        fail_msg("%s [%s]", passkey_error_text(error), passkey_error_cause(error));
    pk_key_free(&key);
}

static inline void expect_open_fails(passkey_status expected, const char *option, const char *home,
                              const char *device_path, const char *hint_part)
{
    passkey_error *error;
    pk_tpm *tpm = NULL;

    assert_fails_with(expected, pk_tpm_open_device(option, home, device_path, NULL, &tpm, &error), error);
    assert_null(tpm);
    if (hint_part && !strstr(passkey_error_text(error), hint_part))
        fail_msg("\"%s\" is not in: %s", hint_part, passkey_error_text(error));
    passkey_error_free(error);
}

static inline char *path_in(const char *folder, const char *name)
{
    char *path = NULL;

    assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
    return path;
}

static inline void write_file(const char *folder, const char *name, const char *text)
{
    char *path = path_in(folder, name);
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    free(path);
}

/* Runs part in a child process; its exit status. */
static inline int in_child(int (*part)(const char *home), const char *home)
{
    pid_t pid = fork();
    int wait_status = -1;

    if (pid == 0)
        _exit(part(home));
    assert_int_equal(waitpid(pid, &wait_status, 0), pid);
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 1000 + WTERMSIG(wait_status);
}

static inline int child_operates(const char *home)
{
    passkey_error *error = NULL;
    pk_key key;
    passkey_status status = operate("swtpm", home, &key, &error);

    if (!status)
        pk_key_free(&key);
    passkey_error_free(error);
    return (int)status % 256;
}

#define HOME_TEST(test) cmocka_unit_test_setup_teardown(test, make_home, remove_home)

#endif
