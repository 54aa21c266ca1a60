/* SPDX-License-Identifier: Apache-2.0
 * Which TPM the option tpm leads to, and what is said when it cannot be had. */
#include "key_support.h"

#include "key/tcti_fd.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* ---- the option tpm */

static void options_are_checked_without_a_tpm(void **state)
{
    static const char *const GOOD[] = {
        "hardware", "swtpm", "auto", "device:/dev/tpmrm0", "swtpm:host=localhost,port=2321",
        "swtpm:path=/run/s", "tabrmd:", "tabrmd:bus_type=session", "pcap:device:/dev/tpmrm0",
        "mssim:host=localhost"};
    static const char *const BAD[] = {"",        "device",  "tabrmd", "Hardware", "hardware ",
                                      "device:", "swtpm:",  "mssim:", ":",        ":/dev/tpmrm0",
                                      "tpm0",    "/dev/tpmrm0", "none"};
    passkey_error *error = NULL;
    size_t i;
    (void)state;

    for (i = 0; i < NUM(GOOD); i++)
        if (pk_tpm_option_check(GOOD[i], &error))
            fail_msg("%s: %s", GOOD[i], passkey_error_text(error));
    for (i = 0; i < NUM(BAD); i++) {
        assert_fails_with(PASSKEY_INVALID_OPTION, pk_tpm_option_check(BAD[i], &error), error);
        passkey_error_free(error);
    }
    assert_int_equal(pk_tpm_option_check(NULL, NULL), PASSKEY_INVALID_OPTION);
}

static void hardware_without_a_device_is_no_tpm(void **state)
{
    expect_open_fails(PASSKEY_NO_TPM, "hardware", *state, "/nonexistent/tpmrm0", "tpm to swtpm");
}

static void hardware_that_is_not_a_tpm_is_told(void **state)
{
    char *file = path_in(*state, "file");

    write_file(*state, "file", "");
    expect_open_fails(PASSKEY_NO_TPM, "hardware", *state, file, NULL);
    expect_open_fails(PASSKEY_TPM_GONE, "hardware", *state, "/dev/null", NULL);
    free(file);
}

static void auto_takes_swtpm_only_when_there_is_no_device(void **state)
{
    passkey_error *error = NULL;
    pk_tpm *tpm = NULL;
    pk_key key;

    assert_int_equal(pk_tpm_open_device("auto", *state, "/nonexistent/tpmrm0", NULL, &tpm, &error), 0);
    assert_int_equal(pk_key_create(tpm, &key, &error), PASSKEY_OK);
    assert_string_equal(key.protection, "swtpm");
    pk_key_free(&key);
    pk_tpm_close(tpm);
    expect_open_fails(PASSKEY_TPM_GONE, "auto", *state, "/dev/null", NULL);
}

static int child_without_permission(const char *home)
{
    static const char *const OPTIONS[] = {"hardware", "auto"};
    passkey_error *error = NULL;
    pk_tpm *tpm = NULL;
    const char *text;
    size_t i;

    if (setgroups(0, NULL) || setgid(65534) || setuid(65534) || chdir(home))
        return 2;
    for (i = 0; i < NUM(OPTIONS); i++) {
        if (pk_tpm_open_device(OPTIONS[i], "store", "node", NULL, &tpm, &error) !=
            PASSKEY_TPM_PERMISSION)
            return 3;
        text = passkey_error_text(error);
        if (!strstr(text, "node (mode 0660, owner root, group daemon)") ||
            !strstr(text, "sudo usermod -aG daemon nobody"))
            return 4;
        passkey_error_free(error);
    }
    return 0;
}

/* A device of the right shape, or where those cannot be made, a file. */
static void no_permission_names_the_node_and_the_command(void **state)
{
    struct group *group = getgrnam("daemon");
    char *node = path_in(*state, "node");
    mode_t before = umask(0);

    if (geteuid() != 0 || !group)
        skip();
    if (mknod(node, S_IFCHR | 0660, 0) != 0)
        write_file(*state, "node", "");
    assert_int_equal(chmod(node, 0660) | chown(node, 0, group->gr_gid) | chmod(*state, 0755), 0);
    umask(before);
    assert_int_equal(in_child(child_without_permission, *state), 0);
    free(node);
}

/* ---- an explicit TCTI */

static void wait_for_server(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = -1, i, failed = 1;

    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    for (i = 0; i < 2000 && failed; i++) {
        fd = socket(AF_UNIX, SOCK_STREAM, 0);
        failed = connect(fd, (struct sockaddr *)&address, sizeof address);
        close(fd);
        if (failed)
            nap();
    }
    assert_int_equal(failed, 0);
}

static pid_t start_server(const char *folder)
{
    char *server = NULL, *control = NULL;
    char *data_path = path_in(folder, "socket"), *control_path = path_in(folder, "socket.ctrl");
    pid_t pid;

    assert_true(asprintf(&server, "type=unixio,path=%s/socket", folder) > 0);
    assert_true(asprintf(&control, "type=unixio,path=%s/socket.ctrl", folder) > 0);
    pid = fork();
    if (pid == 0) {
        if (chdir(folder) == 0 && freopen("/dev/null", "w", stderr))
            execlp("swtpm", "swtpm", "socket", "--tpm2", "--tpmstate", "dir=.", "--server", server,
                   "--ctrl", control, "--flags", "not-need-init", (char *)NULL);
        _exit(127);
    }
    wait_for_server(data_path);
    wait_for_server(control_path);
    free(server);
    free(control);
    free(data_path);
    free(control_path);
    return pid;
}

/* Not started yet, no storage key, three slots and nobody who tidies up. */
static void an_explicit_tcti_is_used_and_left_clean(void **state)
{
    pid_t pid = start_server(*state);
    char *option = NULL;
    unsigned i, before;

    assert_true(asprintf(&option, "swtpm:path=%s/socket", (char *)*state) > 0);
    expect_works(option, NULL);
    before = num_open_fds();
    for (i = 0; i < 5; i++)
        expect_works(option, NULL);
    assert_int_equal(num_open_fds(), before);
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
    expect_open_fails(PASSKEY_NO_TPM, option, NULL, "", "No TPM answers");
    free(option);
}

static void an_explicit_device_is_diagnosed(void **state)
{
    expect_open_fails(PASSKEY_NO_TPM, "device:/nonexistent/tpm", *state, "", "does not exist");
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(options_are_checked_without_a_tpm),
        HOME_TEST(hardware_without_a_device_is_no_tpm),
        HOME_TEST(hardware_that_is_not_a_tpm_is_told),
        HOME_TEST(auto_takes_swtpm_only_when_there_is_no_device),
        HOME_TEST(no_permission_names_the_node_and_the_command),
        HOME_TEST(an_explicit_tcti_is_used_and_left_clean),
        HOME_TEST(an_explicit_device_is_diagnosed),
    };

    setenv("TSS2_LOG", "all+NONE", 1); /* the TSS reports every fault on stderr */
    return cmocka_run_group_tests_name("key_route", TESTS, NULL, NULL);
}
