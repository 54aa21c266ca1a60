/* SPDX-License-Identifier: Apache-2.0
 * The key, made and used in the private software TPM. */
#include "key_support.h"

#include "base/clock.h"
#include "key/swtpm.h"
#include "key/keyfile.h"

#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

#include <tss2/tss2_mu.h>

/* ---- the software TPM */

static void a_key_is_created_and_signs(void **state)
{
    uint8_t signature[PK_ES256_SIZE];
    passkey_error *error = NULL;
    pk_tpm *tpm = NULL;
    pk_key key;

    expect_works("swtpm", *state);
    assert_int_equal(pk_tpm_open("swtpm", *state, NULL, &tpm, &error), PASSKEY_OK);
    assert_int_equal(pk_key_create(tpm, &key, &error), PASSKEY_OK);
    assert_int_equal(pk_key_sign(tpm, &key, MESSAGE, strlen(MESSAGE), signature, &error), 0);
    assert_true(pk_es256_verify(key.x, key.y, MESSAGE, strlen(MESSAGE), signature));
    assert_false(pk_es256_verify(key.x, key.y, "another", 7, signature));
    assert_string_equal(key.protection, "swtpm");
    /* GetCapability, ReadPublic, StartAuthSession, Create, Load, Sign */
    assert_int_equal(pk_tpm_num_commands(tpm), 6);
    pk_key_free(&key);
    pk_tpm_close(tpm);
}

static void the_public_area_says_that_the_key_cannot_leave(void **state)
{
    TPMA_OBJECT expected = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
                           TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH |
                           TPMA_OBJECT_NODA | TPMA_OBJECT_SIGN_ENCRYPT;
    TPM2B_PUBLIC public_area;
    TPM2B_PRIVATE private_area;
    uint8_t area[sizeof(TPMT_PUBLIC)], name[PK_TPM_NAME_SIZE] = {0x00, 0x0b};
    passkey_error *error = NULL;
    size_t len = 0;
    pk_key key;

    assert_int_equal(operate("swtpm", *state, &key, &error), PASSKEY_OK);
    assert_int_equal(pk_keyfile_decode(key.pem, strlen(key.pem), &public_area, &private_area,
                                       &error), PASSKEY_OK);
    assert_int_equal(public_area.publicArea.objectAttributes, expected);
    assert_int_equal(public_area.publicArea.parameters.eccDetail.curveID, TPM2_ECC_NIST_P256);
    Tss2_MU_TPMT_PUBLIC_Marshal(&public_area.publicArea, area, sizeof area, &len);
    assert_true(pk_sha256(area, len, name + 2));
    assert_memory_equal(key.name, name, sizeof name);
    pk_key_free(&key);
}

static void keys_differ_and_share_their_storage_key(void **state)
{
    pk_key first, second;

    assert_int_equal(operate("swtpm", *state, &first, NULL), PASSKEY_OK);
    assert_int_equal(operate("swtpm", *state, &second, NULL), PASSKEY_OK);
    assert_memory_equal(first.srk_name, second.srk_name, PK_TPM_NAME_SIZE);
    assert_memory_not_equal(first.name, second.name, PK_TPM_NAME_SIZE);
    assert_memory_not_equal(first.x, second.x, PK_P256_SIZE);
    pk_key_free(&first);
    pk_key_free(&second);
}

static void a_key_that_is_not_loaded_does_not_sign(void **state)
{
    uint8_t signature[PK_ES256_SIZE];
    passkey_error *error;
    pk_tpm *tpm = NULL;
    pk_key first, second;

    assert_int_equal(pk_tpm_open("swtpm", *state, NULL, &tpm, NULL), PASSKEY_OK);
    assert_int_equal(pk_key_create(tpm, &first, NULL), PASSKEY_OK);
    assert_int_equal(pk_key_create(tpm, &second, NULL), PASSKEY_OK);
    assert_fails_with(PASSKEY_INTERNAL, pk_key_sign(tpm, &first, "m", 1, signature, &error), error);
    assert_int_equal(pk_key_sign(tpm, &second, "m", 1, signature, NULL), PASSKEY_OK);
    passkey_error_free(error);
    pk_key_free(&first);
    pk_key_free(&second);
    pk_tpm_close(tpm);
}

static void no_descriptor_and_no_child_is_left(void **state)
{
    unsigned before, i;

    expect_works("swtpm", *state);
    before = num_open_fds();
    for (i = 0; i < 5; i++)
        expect_works("swtpm", *state);
    expect_open_fails(PASSKEY_INVALID_OPTION, "nosuchtcti:x", *state, "/x", "libtss2-tcti");
    assert_int_equal(num_open_fds(), before);
    assert_int_equal(num_children(), 0);
}

static void a_host_that_ignores_its_children_is_served(void **state)
{
    void (*before)(int) = signal(SIGCHLD, SIG_IGN);

    expect_works("swtpm", *state);
    signal(SIGCHLD, before);
}

static int child_without_standard_streams(const char *home)
{
    close(0);
    close(1);
    close(2);
    return child_operates(home);
}

static void a_host_without_standard_streams_is_served(void **state)
{
    assert_int_equal(in_child(child_without_standard_streams, *state), 0);
}

static void a_home_with_any_name_is_served(void **state)
{
    char *home = path_in(*state, "a, b=c 'd'/new");

    expect_works("swtpm", home);
    free(home);
}

static void many_processes_at_once_all_succeed(void **state)
{
    pid_t pids[4];
    size_t i;

    for (i = 0; i < NUM(pids); i++) {
        pids[i] = fork();
        if (pids[i] == 0)
            _exit(child_operates(*state) || child_operates(*state) || child_operates(*state));
    }
    for (i = 0; i < NUM(pids); i++) {
        int wait_status = -1;

        assert_int_equal(waitpid(pids[i], &wait_status, 0), pids[i]);
        assert_int_equal(wait_status, 0);
    }
}

static void *thread_operates(void *home)
{
    passkey_status status = PASSKEY_OK;
    pk_key key;
    int i;

    for (i = 0; i < 3 && !status; i++) {
        status = operate("swtpm", home, &key, NULL);
        if (!status)
            pk_key_free(&key);
    }
    return status ? home : NULL;
}

static void many_threads_at_once_all_succeed(void **state)
{
    pthread_t threads[4];
    size_t i;

    for (i = 0; i < NUM(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, thread_operates, *state), 0);
    for (i = 0; i < NUM(threads); i++) {
        void *failed = NULL;

        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
}

static void work_for_ever(const char *home)
{
    while (child_operates(home) == 0)
        ;
    _exit(1);
}

/* Killed at another moment each time; the next user must not notice. */
static void a_killed_host_leaves_nothing_in_the_way(void **state)
{
    pk_key first, last;
    unsigned i, k;

    assert_int_equal(operate("swtpm", *state, &first, NULL), PASSKEY_OK);
    for (i = 0; i < 20; i++) {
        pid_t pid = fork();

        if (pid == 0)
            work_for_ever(*state);
        for (k = 0; k < i; k++)
            nap();
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        assert_int_equal(operate("swtpm", *state, &last, NULL), PASSKEY_OK);
        assert_memory_equal(first.srk_name, last.srk_name, PK_TPM_NAME_SIZE);
        pk_key_free(&last);
    }
    pk_key_free(&first);
}

/* Something else, not one of ours, runs on the folder: it is waited for, named,
 * and left alone. */
static void a_folder_in_use_by_another_swtpm_is_busy(void **state)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char *path = path_in(*state, "swtpm/.lock");
    int ready[2], wait_status;
    char byte;
    pid_t pid;

    expect_works("swtpm", *state);
    assert_int_equal(pipe(ready), 0);
    pid = fork();
    if (pid == 0) {
        if (fcntl(open(path, O_RDWR | O_CLOEXEC), F_SETLK, &lock) == 0 && write(ready[1], "", 1))
            pause();
        _exit(1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    expect_open_fails(PASSKEY_TPM_BUSY, "swtpm", *state, "", "Wait for the other process");
    kill(pid, SIGTERM);
    waitpid(pid, &wait_status, 0);
    assert_true(WIFSIGNALED(wait_status));
    expect_works("swtpm", *state);
    assert_int_equal(num_children(), 0);
    close(ready[0]);
    close(ready[1]);
    free(path);
}

static int child_with_an_unwritable_home(const char *home)
{
    passkey_error *error = NULL;
    pk_tpm *tpm = NULL;

    if (setgroups(0, NULL) || setgid(65534) || setuid(65534))
        return 2;
    return pk_tpm_open("swtpm", home, NULL, &tpm, &error) == PASSKEY_STORE_UNWRITABLE ? 0 : 3;
}

static void an_unwritable_home_is_told(void **state)
{
    if (geteuid() != 0)
        skip();
    assert_int_equal(chmod(*state, 0755), 0);
    assert_int_equal(in_child(child_with_an_unwritable_home, *state), 0);
}

static void corrupt_state_is_told_and_kept(void **state)
{
    static const char GARBAGE[] = "this is not the state of a TPM";
    char *file = path_in(*state, "swtpm/tpm2-00.permall");
    char text[64] = "";
    FILE *opened;

    expect_works("swtpm", *state);
    write_file(*state, "swtpm/tpm2-00.permall", GARBAGE);
    expect_open_fails(PASSKEY_TPM_STATE_CORRUPT, "swtpm", *state, "", *state);
    opened = fopen(file, "rb");
    assert_non_null(opened);
    assert_non_null(fgets(text, sizeof text, opened));
    assert_string_equal(text, GARBAGE);
    fclose(opened);
    free(file);
}

static void without_swtpm_the_remedy_is_told(void **state)
{
    char *before = pk_text_copy(getenv("PATH"));

    setenv("PATH", *state, 1);
    expect_open_fails(PASSKEY_NO_TPM, "swtpm", *state, "", "apt install swtpm");
    setenv("PATH", before, 1);
    pk_text_free(before);
}

static void a_swtpm_that_does_not_run_is_told(void **state)
{
    char *before = pk_text_copy(getenv("PATH"));
    char *program = path_in(*state, "swtpm");
    char *home = path_in(*state, "home");

    write_file(*state, "swtpm", "#!/bin/sh\nexit 7\n");
    assert_int_equal(chmod(program, 0755), 0);
    setenv("PATH", *state, 1);
    expect_open_fails(PASSKEY_NO_TPM, "swtpm", home, "", "AppArmor");
    write_file(*state, "swtpm", "not a program");
    expect_open_fails(PASSKEY_NO_TPM, "swtpm", home, "", "could not be started");
    setenv("PATH", before, 1);
    pk_text_free(before);
    free(program);
    free(home);
}

static void a_folder_open_to_others_is_refused(void **state)
{
    char *folder = path_in(*state, "swtpm");

    assert_int_equal(mkdir(folder, 0700) | chmod(folder, 0755), 0);
    expect_open_fails(PASSKEY_STORE_UNSAFE, "swtpm", *state, "", NULL);
    free(folder);
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        HOME_TEST(a_key_is_created_and_signs),
        HOME_TEST(the_public_area_says_that_the_key_cannot_leave),
        HOME_TEST(keys_differ_and_share_their_storage_key),
        HOME_TEST(a_key_that_is_not_loaded_does_not_sign),
        HOME_TEST(no_descriptor_and_no_child_is_left),
        HOME_TEST(a_host_that_ignores_its_children_is_served),
        HOME_TEST(a_host_without_standard_streams_is_served),
        HOME_TEST(a_home_with_any_name_is_served),
        HOME_TEST(many_processes_at_once_all_succeed),
        HOME_TEST(many_threads_at_once_all_succeed),
        HOME_TEST(a_killed_host_leaves_nothing_in_the_way),
        HOME_TEST(a_folder_in_use_by_another_swtpm_is_busy),
        HOME_TEST(an_unwritable_home_is_told),
        HOME_TEST(corrupt_state_is_told_and_kept),
        HOME_TEST(without_swtpm_the_remedy_is_told),
        HOME_TEST(a_swtpm_that_does_not_run_is_told),
        HOME_TEST(a_folder_open_to_others_is_refused),
    };

    setenv("TSS2_LOG", "all+NONE", 1); /* the TSS reports every fault on stderr */
    return cmocka_run_group_tests_name("key_swtpm", TESTS, NULL, NULL);
}
