/* SPDX-License-Identifier: Apache-2.0
 * The caller cancels while the TPM, or its folder, keeps us waiting. */
#include "faulty_tpm.h"

#include "base/clock.h"
#include "base/file.h"
#include "key/plain.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define SOON_MS 100
#define MAX_WAIT_MS 4500 /* far from 30 s for the folder and 90 s for an answer */

static atomic_bool canceled;

static void *cancel_soon(void *unused)
{
    struct timespec pause = {0, SOON_MS * 1000000L};

    nanosleep(&pause, NULL);
    atomic_store(&canceled, true);
    return unused;
}

/* Opens the software TPM, is canceled meanwhile, and is told so soon. */
static void expect_open_is_canceled(const char *home)
{
    int64_t before_ms = pk_clock_monotonic_ms();
    passkey_error *error;
    pk_tpm *tpm = NULL;
    pthread_t thread;

    atomic_store(&canceled, false);
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, NULL), 0);
    assert_fails_with(PASSKEY_CANCELED, pk_tpm_open("swtpm", home, &canceled, &tpm, &error), error);
    pthread_join(thread, NULL);
    assert_in_range(pk_clock_monotonic_ms() - before_ms, SOON_MS - 5, MAX_WAIT_MS);
    assert_int_equal(num_children(), 0);
    passkey_error_free(error);
}

/* ---- the folder */

static void a_cancel_does_not_wait_for_the_folder_s_other_user(void **state)
{
    char *path = path_in(*state, "swtpm/.user.lock");
    int fd;

    expect_works("swtpm", *state);
    fd = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    expect_open_is_canceled(*state);
    close(fd);
    expect_works("swtpm", *state);
    free(path);
}

static void a_lock_that_is_free_is_taken_at_once(void **state)
{
    int folder = -1, lock = -1;

    atomic_store(&canceled, false);
    assert_int_equal(pk_folder_open(*state, false, &folder), 0);
    assert_int_equal(pk_file_lock_at(folder, "lock", 0, &canceled, &lock), 0);
    pk_file_unlock(lock);
    pk_folder_close(folder);
}

/* A process that holds swtpm's own lock, as one left behind does. */
static pid_t hold_state_lock(const char *home)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char *path = path_in(home, "swtpm/.lock");
    char byte;
    int ready[2];
    pid_t pid;

    assert_int_equal(pipe(ready), 0);
    pid = fork();
    if (pid == 0) {
        if (fcntl(open(path, O_RDWR | O_CLOEXEC), F_SETLK, &lock) == 0 && write(ready[1], "", 1))
            pause();
        _exit(1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    free(path);
    return pid;
}

static void a_cancel_does_not_wait_for_a_swtpm_left_behind(void **state)
{
    int64_t before_ms;
    passkey_error *error;
    pk_tpm *tpm = NULL;
    pid_t pid;

    expect_works("swtpm", *state);
    pid = hold_state_lock(*state);
    before_ms = pk_clock_monotonic_ms();
    atomic_store(&canceled, true);
    assert_fails_with(PASSKEY_CANCELED, pk_tpm_open("swtpm", *state, &canceled, &tpm, &error),
                      error);
    assert_in_range(pk_clock_monotonic_ms() - before_ms, 0, 1000);
    passkey_error_free(error);
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
}

/* ---- the answer */

static void a_cancel_does_not_wait_for_a_silent_swtpm(void **state)
{
    char *before = pk_text_copy(getenv("PATH"));
    char *program = path_in(*state, "swtpm"), *home = path_in(*state, "home");

    write_file(*state, "swtpm", "#!/bin/sh\nexec /bin/sleep 1000\n");
    assert_int_equal(chmod(program, 0755), 0);
    setenv("PATH", *state, 1);
    expect_open_is_canceled(home);
    setenv("PATH", before, 1);
    pk_text_free(before);
    free(program);
    free(home);
}

static const uint8_t COMMAND[] = {0x80, 1, 0, 0, 0, 12, 0, 0, 1, 0x44, 0, 0};
static const uint8_t ANSWER[] = {0x80, 1, 0, 0, 0, 10, 0, 0, 0, 0};

typedef struct slow_answer {
    pthread_t thread;
    int fd;
} slow_answer;

/* Cancels, and answers a little later. */
static void *answer_slowly(void *user)
{
    const slow_answer *slow = user;
    struct timespec pause = {0, 200000000};

    cancel_soon(NULL);
    nanosleep(&pause, NULL);
    return write(slow->fd, ANSWER, sizeof ANSWER) == sizeof ANSWER ? user : NULL;
}

/* What it made could not be flushed otherwise. */
static void a_command_under_way_may_still_end(void **state)
{
    const uint8_t *response;
    size_t response_len;
    slow_answer slow;
    pk_tcti *tcti;
    int fds[2];
    (void)state;

    atomic_store(&canceled, false);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    slow.fd = fds[1];
    tcti = pk_tcti_over_fd(fds[0], 60000, &canceled);
    assert_int_equal(pthread_create(&slow.thread, NULL, answer_slowly, &slow), 0);
    assert_int_equal(pk_tcti_ask(tcti, COMMAND, sizeof COMMAND, &response, &response_len), 0);
    pthread_join(slow.thread, NULL);
    assert_true(pk_tcti_is_canceled(tcti));
    assert_false(pk_tcti_is_dead(tcti));
    assert_int_equal(pk_tcti_ask(tcti, COMMAND, sizeof COMMAND, &response, &response_len),
                     PK_TCTI_RC_CANCELED);
    assert_false(pk_tcti_is_dead(tcti));
    assert_int_equal(pk_tcti_num_commands(tcti), 1);
    pk_tcti_free(tcti);
    close(fds[0]);
    close(fds[1]);
}

static void a_canceled_tpm_is_still_tidied_up(void **state)
{
    TPMS_CAPABILITY_DATA data;
    passkey_error *error = NULL;
    pk_swtpm *swtpm = NULL;
    pk_tcti *tcti;

    assert_int_equal(pk_swtpm_start(*state, NULL, &swtpm, &error), PASSKEY_OK);
    atomic_store(&canceled, true);
    tcti = pk_tcti_over_fd(pk_swtpm_fd(swtpm), 5000, &canceled);
    assert_int_equal(pk_plain_identity(tcti, &data), PK_TCTI_RC_CANCELED);
    assert_int_equal(pk_plain_flush(tcti, 0x80000000), TPM2_RC_HANDLE + TPM2_RC_P + TPM2_RC_1);
    assert_int_equal(pk_plain_shutdown(tcti), TSS2_RC_SUCCESS);
    pk_tcti_free(tcti);
    pk_swtpm_stop(swtpm);
}

/* ---- between two commands */

static void a_cancel_stops_before_the_next_command(void **state)
{
    static const struct {
        TPM2_CC on;
        unsigned num_flushes; /* what was in the TPM by then */
    } ROWS[] = {{TPM2_CC_GetCapability, 0}, {TPM2_CC_ReadPublic, 0},
                {TPM2_CC_StartAuthSession, 1}, {TPM2_CC_Create, 1}, {TPM2_CC_Load, 1}};
    faulty tpm;
    size_t i;

    faulty_start(&tpm, *state);
    tpm.fault.canceled = &canceled;
    for (i = 0; i < NUM(ROWS); i++) {
        passkey_error *error;

        atomic_store(&canceled, false);
        tpm.fault.num_flushes = 0;
        plan(&tpm, FAULT_CANCEL, ROWS[i].on, 0, 1);
        assert_fails_with(PASSKEY_CANCELED, operate_faulty(&tpm, &error), error);
        assert_null(passkey_error_cause(error));
        assert_int_equal(tpm.fault.last, ROWS[i].on);
        assert_int_equal(tpm.fault.num_flushes, ROWS[i].num_flushes);
        passkey_error_free(error);
    }
    atomic_store(&canceled, false);
    plan(&tpm, FAULT_NONE, 0, 0, 0);
    assert_int_equal(operate_faulty(&tpm, NULL), PASSKEY_OK);
    faulty_stop(&tpm);
}

static void a_cancel_ends_the_patience_with_a_busy_tpm(void **state)
{
    int64_t before_ms = pk_clock_monotonic_ms();
    passkey_error *error;
    pthread_t thread;
    faulty tpm;

    faulty_start(&tpm, *state);
    tpm.fault.canceled = &canceled;
    atomic_store(&canceled, false);
    plan(&tpm, FAULT_RC, TPM2_CC_Create, 0x922, UINT32_MAX);
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, NULL), 0);
    assert_fails_with(PASSKEY_CANCELED, operate_faulty(&tpm, &error), error);
    pthread_join(thread, NULL);
    assert_in_range(pk_clock_monotonic_ms() - before_ms, 0, 2500);
    passkey_error_free(error);
    faulty_stop(&tpm);
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        HOME_TEST(a_cancel_does_not_wait_for_the_folder_s_other_user),
        HOME_TEST(a_lock_that_is_free_is_taken_at_once),
        HOME_TEST(a_cancel_does_not_wait_for_a_swtpm_left_behind),
        HOME_TEST(a_cancel_does_not_wait_for_a_silent_swtpm),
        cmocka_unit_test(a_command_under_way_may_still_end),
        HOME_TEST(a_canceled_tpm_is_still_tidied_up),
        HOME_TEST(a_cancel_stops_before_the_next_command),
        HOME_TEST(a_cancel_ends_the_patience_with_a_busy_tpm),
    };

    setenv("TSS2_LOG", "all+NONE", 1); /* the TSS reports every fault on stderr */
    return cmocka_run_group_tests_name("key_cancel", TESTS, NULL, NULL);
}
