/* SPDX-License-Identifier: Apache-2.0
 * The software TPM on a machine that is short of something, or under a user
 * who has made a mess of its folder. */
#include "key_support.h"

#include "base/clock.h"
#include "key/swtpm.h"

#include <grp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define NOBODY 65534

static const char *const FILES[] = {".user.lock", ".lock", "tpm2-00.permall"};

static char *path_of(const char *home, const char *name)
{
    char *path = NULL;

    assert_true(asprintf(&path, "%s/swtpm/%s", home, name) > 0);
    return path;
}

/* Opens, which must fail with this status and these words, and soon. */
static void expect_refused(passkey_status expected, const char *home, const char *words)
{
    int64_t before_ms = pk_clock_monotonic_ms();

    expect_open_fails(expected, "swtpm", home, "", words);
    assert_in_range(pk_clock_monotonic_ms() - before_ms, 0, 5000);
    assert_int_equal(num_children(), 0);
}

static int become_nobody(void)
{
    return setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY);
}

/* ---- modes */

/* 0 when all files are there and only for their owner. */
static int check_modes(const char *home)
{
    size_t i;

    for (i = 0; i < NUM(FILES); i++) {
        char *path = path_of(home, FILES[i]);
        struct stat info;
        int failed = stat(path, &info) != 0 || (info.st_mode & 07777) != 0600;

        free(path);
        if (failed)
            return 10 + (int)i;
    }
    return 0;
}

static int operate_under_umasks(const char *home)
{
    static const mode_t UMASKS[] = {0, 0277, 0777};
    size_t i;

    for (i = 0; i < NUM(UMASKS); i++) {
        char *store = NULL;
        int failed;

        umask(UMASKS[i]);
        if (asprintf(&store, "%s/store-%zu", home, i) < 0)
            return 2;
        failed = child_operates(store) || child_operates(store) ? 3 : check_modes(store);
        free(store);
        if (failed)
            return failed;
        if (umask(0) != UMASKS[i]) /* the host's has stayed */
            return 4;
    }
    return 0;
}

static int nobody_operates_under_umasks(const char *home)
{
    return become_nobody() ? 1 : operate_under_umasks(home);
}

static void files_are_private_under_any_umask(void **state)
{
    assert_int_equal(in_child(operate_under_umasks, *state), 0);
}

static void a_umask_that_keeps_the_owner_out_does_no_harm(void **state)
{
    if (geteuid() != 0)
        skip();
    assert_int_equal(chown(*state, NOBODY, NOBODY), 0);
    assert_int_equal(in_child(nobody_operates_under_umasks, *state), 0);
}

static int nobody_finds_old_files(const char *home)
{
    static const mode_t MODES[] = {0, 0400, 0640};
    size_t i, k;

    if (become_nobody() || child_operates(home))
        return 1;
    for (i = 0; i < NUM(MODES); i++) {
        for (k = 0; k < NUM(FILES); k++) {
            char *path = path_of(home, FILES[k]);
            int failed = chmod(path, MODES[i]);

            free(path);
            if (failed)
                return 2;
        }
        if (child_operates(home) || check_modes(home))
            return 3;
    }
    return 0;
}

static void files_that_an_older_run_left_with_other_modes_are_mended(void **state)
{
    if (geteuid() != 0)
        skip();
    assert_int_equal(chown(*state, NOBODY, NOBODY), 0);
    assert_int_equal(in_child(nobody_finds_old_files, *state), 0);
}

/* ---- what is no file and no folder */

static void make_fifo(const char *path)
{
    assert_int_equal(mkfifo(path, 0600), 0);
}

static void make_link(const char *path)
{
    assert_int_equal(symlink("elsewhere", path), 0);
}

static void make_folder(const char *path)
{
    assert_int_equal(mkdir(path, 0700), 0);
}

static void make_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd);
}

static void a_file_that_is_none_is_refused_at_once(void **state)
{
    static void (*const MAKERS[])(const char *) = {make_fifo, make_link, make_folder, make_socket};
    static const char *const NAMES[] = {".user.lock", ".lock", "tpm2-00.permall",
                                        "TMP2-00.permall"};
    size_t i, k;

    expect_works("swtpm", *state);
    for (i = 0; i < NUM(NAMES); i++) {
        char *path = path_of(*state, NAMES[i]), *aside = path_in(*state, "aside");
        int was_there = rename(path, aside) == 0;

        for (k = 0; k < NUM(MAKERS); k++) {
            MAKERS[k](path);
            expect_refused(PASSKEY_TPM_STATE_CORRUPT, *state, "is not a regular file");
            assert_int_equal(remove(path), 0);
        }
        if (was_there)
            assert_int_equal(rename(aside, path), 0);
        free(path);
        free(aside);
    }
    expect_works("swtpm", *state);
}

static void a_folder_that_is_none_is_refused(void **state)
{
    char *folder = path_in(*state, "swtpm"), *elsewhere = path_in(*state, "elsewhere");

    make_folder(elsewhere);
    make_link(folder);
    expect_refused(PASSKEY_STORE_UNSAFE, *state, "symbolic link");
    assert_int_equal(rmdir(elsewhere), 0); /* nothing was put into it */
    assert_int_equal(unlink(folder), 0);
    write_file(*state, "swtpm", "");
    expect_refused(PASSKEY_STORE_UNSAFE, *state, "no folder");
    free(folder);
    free(elsewhere);
}

static void a_folder_of_another_user_is_refused(void **state)
{
    char *folder = path_in(*state, "swtpm");

    if (geteuid() != 0)
        skip();
    make_folder(folder);
    assert_int_equal(chown(folder, NOBODY, NOBODY), 0);
    expect_refused(PASSKEY_STORE_UNSAFE, *state, "belongs to another user");
    free(folder);
}

/* ---- what the machine refuses */

/* 0 when opening as this process is now fails so. */
static int check_refused(const char *home, passkey_status expected, const char *words)
{
    passkey_error *error = NULL;
    pk_tpm *tpm = NULL;
    passkey_status status = pk_tpm_open("swtpm", home, NULL, &tpm, &error);
    int failed = status != expected || !strstr(passkey_error_message(error), words);

    if (failed)
        fprintf(stderr, "%s\n", passkey_error_text(error));
    passkey_error_free(error);
    pk_tpm_close(tpm);
    return failed;
}

static int nobody_is_denied(const char *home)
{
    return become_nobody() || check_refused(home, PASSKEY_STORE_UNWRITABLE, "Permission denied");
}

static void a_denial_is_called_by_its_name(void **state)
{
    if (geteuid() != 0)
        skip();
    assert_int_equal(in_child(nobody_is_denied, *state), 0);
}

/* With room for ever fewer files, until not even the folder can be opened. */
static int out_of_files(const char *home)
{
    struct rlimit limit = {.rlim_cur = num_open_fds() + 4};
    passkey_error *error = NULL;
    unsigned num_refused = 0;

    limit.rlim_max = limit.rlim_cur;
    if (child_operates(home))
        return 1;
    for (; limit.rlim_cur > 3; limit.rlim_cur--) {
        pk_tpm *tpm = NULL;

        limit.rlim_max = limit.rlim_cur;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
            return 2;
        if (pk_tpm_open("swtpm", home, NULL, &tpm, &error) == PASSKEY_OK) {
            pk_tpm_close(tpm);
            continue;
        }
        num_refused++;
        if (!strstr(passkey_error_message(error), "Too many open files") ||
            !strstr(passkey_error_hint(error), "open files"))
            return 3;
        passkey_error_free(error);
        error = NULL;
    }
    return num_refused ? 0 : 4;
}

static void too_many_open_files_are_named(void **state)
{
    assert_int_equal(in_child(out_of_files, *state), 0);
}

static int out_of_files_for_a_device(const char *home)
{
    struct rlimit limit = {3, 3};
    passkey_error *error = NULL;
    pk_tpm *tpm = NULL;

    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 ||
        pk_tpm_open_device("hardware", home, "/dev/null", NULL, &tpm, &error) != PASSKEY_TPM_ERROR)
        return 1;
    return !strstr(passkey_error_text(error), "Too many open files") ||
           !strstr(passkey_error_text(error), "ulimit -n");
}

static void too_many_open_files_are_named_for_a_device_too(void **state)
{
    assert_int_equal(in_child(out_of_files_for_a_device, *state), 0);
}

/* A limit on the size of files is what a full disk is, without being root. */
static int no_room(const char *home)
{
    struct rlimit limit = {1000, 1000};
    passkey_error *error = NULL;
    pk_swtpm *swtpm = NULL;

    signal(SIGXFSZ, SIG_IGN);
    if (pk_swtpm_start(home, NULL, &swtpm, &error) || pk_swtpm_check_room(swtpm, &error) ||
        setrlimit(RLIMIT_FSIZE, &limit) != 0 ||
        pk_swtpm_check_room(swtpm, &error) != PASSKEY_STORE_UNWRITABLE)
        return 1;
    return !strstr(passkey_error_message(error), "has no room for its state: File too large");
}

static void a_state_without_room_is_not_a_broken_tpm(void **state)
{
    assert_int_equal(in_child(no_room, *state), 0);
}

/* ---- a swtpm that does not do as it should */

typedef struct fake {
    char *path_before, *program, *home;
} fake;

static fake fake_start(const char *folder, const char *script)
{
    fake made = {pk_text_copy(getenv("PATH")), path_in(folder, "swtpm"), path_in(folder, "home")};

    write_file(folder, "swtpm", script);
    assert_int_equal(chmod(made.program, 0755), 0);
    setenv("PATH", folder, 1);
    return made;
}

static void fake_stop(fake *made)
{
    setenv("PATH", made->path_before, 1);
    pk_text_free(made->path_before);
    free(made->program);
    free(made->home);
}

static void a_swtpm_that_is_silent_was_not_stopped_by_someone(void **state)
{
    fake made = fake_start(*state, "#!/bin/sh\nexec /bin/sleep 1000\n");
    passkey_error *error = NULL;
    pk_swtpm *swtpm = NULL;

    assert_int_equal(pk_swtpm_start(made.home, NULL, &swtpm, &error), PASSKEY_OK);
    assert_fails_with(PASSKEY_TPM_GONE, pk_swtpm_stop_silent(swtpm, &error), error);
    assert_non_null(strstr(passkey_error_message(error), "did not answer in time"));
    assert_int_equal(num_children(), 0);
    passkey_error_free(error);
    fake_stop(&made);
}

static void how_a_swtpm_ended_is_told(void **state)
{
    static const struct {
        const char *script;
        passkey_status status;
        const char *words;
    } ROWS[] = {{"#!/bin/sh\nkill -KILL $$\n", PASSKEY_TPM_GONE, "ended by the signal SIGKILL"},
                {"#!/bin/sh\nkill -SEGV $$\n", PASSKEY_TPM_GONE, "ended by the signal SIGSEGV"},
                {"#!/bin/sh\nexit 127\n", PASSKEY_NO_TPM, "ulimit -a"},
                {"#!/bin/sh\nexit 1\n", PASSKEY_NO_TPM, "swtpm --version"}};
    size_t i;

    for (i = 0; i < NUM(ROWS); i++) {
        fake made = fake_start(*state, ROWS[i].script);

        expect_refused(ROWS[i].status, made.home, ROWS[i].words);
        fake_stop(&made);
    }
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        HOME_TEST(files_are_private_under_any_umask),
        HOME_TEST(a_umask_that_keeps_the_owner_out_does_no_harm),
        HOME_TEST(files_that_an_older_run_left_with_other_modes_are_mended),
        HOME_TEST(a_file_that_is_none_is_refused_at_once),
        HOME_TEST(a_folder_that_is_none_is_refused),
        HOME_TEST(a_folder_of_another_user_is_refused),
        HOME_TEST(a_denial_is_called_by_its_name),
        HOME_TEST(too_many_open_files_are_named),
        HOME_TEST(too_many_open_files_are_named_for_a_device_too),
        HOME_TEST(a_state_without_room_is_not_a_broken_tpm),
        HOME_TEST(a_swtpm_that_is_silent_was_not_stopped_by_someone),
        HOME_TEST(how_a_swtpm_ended_is_told),
    };

    setenv("TSS2_LOG", "all+NONE", 1); /* the TSS reports every fault on stderr */
    return cmocka_run_group_tests_name("key_hostile", TESTS, NULL, NULL);
}
