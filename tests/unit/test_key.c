/* SPDX-License-Identifier: Apache-2.0
 * The key: made and used in a real software TPM, which tpm option leads where,
 * and what is said when a TPM fails. */
#include "unit.h"

#include "base/clock.h"
#include "base/memory.h"
#include "fault_tcti.h"
#include "key/key.h"
#include "key/keyfile.h"
#include "key/swtpm.h"
#include "key/tcti_fd.h"
#include "key/tpm.h"
#include "key/tpm_error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <tss2/tss2_mu.h>

#define MESSAGE "a message to be signed"

/* ---- plumbing */

static int make_home(void **state)
{
    *state = unit_folder();
    return 0;
}

static int remove_home(void **state)
{
    unit_folder_remove(*state);
    return 0;
}

static void nap(void)
{
    struct timespec pause = {0, 2000000};

    nanosleep(&pause, NULL);
}

static unsigned num_open_fds(void)
{
    DIR *folder = opendir("/proc/self/fd");
    unsigned num = 0;

    while (readdir(folder))
        num++;
    closedir(folder);
    return num;
}

static unsigned num_children(void)
{
    return waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD ? 0 : 1;
}

/* One whole operation: open, create, sign, close. The status is that of the
 * first step that failed. */
static passkey_status operate(const char *option, const char *home, pk_key *out_key,
                              passkey_error **out_error)
{
    uint8_t signature[PK_ES256_SIZE];
    pk_tpm *tpm = NULL;
    passkey_status status = pk_tpm_open(option, home, &tpm, out_error);

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

static void expect_works(const char *option, const char *home)
{
    passkey_error *error = NULL;
    pk_key key;

    if (operate(option, home, &key, &error))
        fail_msg("%s [%s]", passkey_error_text(error), passkey_error_cause(error));
    pk_key_free(&key);
}

static void expect_open_fails(passkey_status expected, const char *option, const char *home,
                              const char *device_path, const char *hint_part)
{
    passkey_error *error;
    pk_tpm *tpm = NULL;

    assert_fails_with(expected, pk_tpm_open_device(option, home, device_path, &tpm, &error), error);
    assert_null(tpm);
    if (hint_part && !strstr(passkey_error_text(error), hint_part))
        fail_msg("\"%s\" is not in: %s", hint_part, passkey_error_text(error));
    passkey_error_free(error);
}

static char *path_in(const char *folder, const char *name)
{
    char *path = NULL;

    assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
    return path;
}

static void write_file(const char *folder, const char *name, const char *text)
{
    char *path = path_in(folder, name);
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    free(path);
}

/* Runs part in a child process; its exit status. */
static int in_child(int (*part)(const char *home), const char *home)
{
    pid_t pid = fork();
    int wait_status = -1;

    if (pid == 0)
        _exit(part(home));
    assert_int_equal(waitpid(pid, &wait_status, 0), pid);
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 1000 + WTERMSIG(wait_status);
}

static int child_operates(const char *home)
{
    passkey_error *error = NULL;
    pk_key key;
    passkey_status status = operate("swtpm", home, &key, &error);

    if (!status)
        pk_key_free(&key);
    passkey_error_free(error);
    return (int)status % 256;
}

/* ---- a faulty TPM: the private software TPM behind a fault_tcti */

typedef struct faulty {
    pk_swtpm *swtpm;
    pk_tcti *tcti;
    fault_tcti fault;
} faulty;

static void faulty_start(faulty *tpm, const char *home)
{
    passkey_error *error = NULL;

    expect_works("swtpm", home); /* the storage key is made by the first use */
    if (pk_swtpm_start(home, &tpm->swtpm, &error))
        fail_msg("%s", passkey_error_text(error));
    tpm->tcti = pk_tcti_over_fd(pk_swtpm_fd(tpm->swtpm), 5000);
    fault_init(&tpm->fault, pk_tcti_context(tpm->tcti));
}

static void faulty_stop(faulty *tpm)
{
    pk_tcti_free(tpm->tcti);
    pk_swtpm_stop(tpm->swtpm);
}

static void plan(faulty *tpm, fault_kind kind, TPM2_CC on, uint32_t value, unsigned times)
{
    tpm->fault.kind = kind;
    tpm->fault.on = on;
    tpm->fault.value = value;
    tpm->fault.times = times;
}

static passkey_status operate_faulty(faulty *tpm, passkey_error **out_error)
{
    uint8_t signature[PK_ES256_SIZE];
    pk_tpm *opened = NULL;
    pk_key key = {.pem = NULL};
    passkey_status status =
        pk_tpm_open_tcti((TSS2_TCTI_CONTEXT *)(void *)&tpm->fault, &opened, out_error);

    if (!status)
        status = pk_key_create(opened, &key, out_error);
    if (!status)
        status = pk_key_sign(opened, &key, MESSAGE, strlen(MESSAGE), signature, out_error);
    pk_key_free(&key);
    pk_tpm_close(opened);
    return status;
}

static void expect_faulty(faulty *tpm, passkey_status expected, const char *cause)
{
    passkey_error *error = NULL;
    passkey_status status = operate_faulty(tpm, &error);

    if (status != expected)
        fail_msg("fault %d on 0x%x value 0x%x: %s is not %s [%s]", tpm->fault.kind, tpm->fault.on,
                 tpm->fault.value, passkey_status_name(status), passkey_status_name(expected),
                 passkey_error_cause(error));
    if (cause && !strstr(passkey_error_cause(error), cause))
        fail_msg("\"%s\" is not in: %s", cause, passkey_error_cause(error));
    passkey_error_free(error);
}

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

    assert_int_equal(pk_tpm_open_device("auto", *state, "/nonexistent/tpmrm0", &tpm, &error), 0);
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
        if (pk_tpm_open_device(OPTIONS[i], "store", "node", &tpm, &error) !=
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

/* ---- the software TPM */

static void a_key_is_created_and_signs(void **state)
{
    uint8_t signature[PK_ES256_SIZE];
    passkey_error *error = NULL;
    pk_tpm *tpm = NULL;
    pk_key key;

    expect_works("swtpm", *state);
    assert_int_equal(pk_tpm_open("swtpm", *state, &tpm, &error), PASSKEY_OK);
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

    assert_int_equal(pk_tpm_open("swtpm", *state, &tpm, NULL), PASSKEY_OK);
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
    return pk_tpm_open("swtpm", home, &tpm, &error) == PASSKEY_STORE_UNWRITABLE ? 0 : 3;
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

/* ---- faults */

static void a_transport_that_fails_is_told(void **state)
{
    static const TPM2_CC COMMANDS[] = {TPM2_CC_GetCapability, TPM2_CC_ReadPublic,
                                       TPM2_CC_StartAuthSession, TPM2_CC_Create, TPM2_CC_Load,
                                       TPM2_CC_Sign};
    static const struct {
        fault_kind kind;
        uint32_t value;
        const char *cause;
    } FAULTS[] = {{FAULT_IO, 0, "0x000a000a"},
                  {FAULT_GARBAGE, 0, "0x000a0011"},
                  {FAULT_SHORT, 1, "0x000a0011"},
                  {FAULT_SHORT, 4096, "0x000a0011"}};
    faulty tpm;
    size_t i, k;

    for (i = 0; i < NUM(COMMANDS); i++) {
        for (k = 0; k < NUM(FAULTS); k++) {
            faulty_start(&tpm, *state);
            plan(&tpm, FAULTS[k].kind, COMMANDS[i], FAULTS[k].value, 1);
            expect_faulty(&tpm, PASSKEY_TPM_GONE, FAULTS[k].cause);
            faulty_stop(&tpm);
        }
    }
}

/* One byte behind the header: in the size, the new key, the nonce, the
 * attributes or the HMAC. */
static void expect_change_found_out(const char *home, TPM2_CC on, uint32_t at)
{
    passkey_error *error = NULL;
    passkey_status status;
    faulty tpm;

    faulty_start(&tpm, home);
    plan(&tpm, FAULT_FLIP, on, at, 1);
    status = operate_faulty(&tpm, &error);
    /* a changed length is no HMAC failure, but no success either */
    if (status != PASSKEY_TPM_TAMPERED && status != PASSKEY_TPM_GONE)
        fail_msg("byte %u: %s [%s]", at, passkey_error_text(error), passkey_error_cause(error));
    passkey_error_free(error);
    faulty_stop(&tpm);
}

static void a_changed_answer_is_found_out(void **state)
{
    faulty tpm;
    uint32_t at;

    faulty_start(&tpm, *state);
    plan(&tpm, FAULT_FLIP, TPM2_CC_Create, 200, 1);
    expect_faulty(&tpm, PASSKEY_TPM_TAMPERED, "0x0007001b");
    faulty_stop(&tpm);
    for (at = 10; at < 320; at += 5)
        expect_change_found_out(*state, TPM2_CC_Create, at);
    /* from 14 on: the handle before it is no secret and no part of the HMAC; what
     * another one signs does not verify */
    for (at = 14; at < 100; at += 5)
        expect_change_found_out(*state, TPM2_CC_Load, at);
}

static void a_changed_signature_is_found_out(void **state)
{
    faulty tpm;

    faulty_start(&tpm, *state);
    plan(&tpm, FAULT_FLIP, TPM2_CC_Sign, 40, 1);
    expect_faulty(&tpm, PASSKEY_TPM_TAMPERED, NULL);
    faulty_stop(&tpm);
}

static void every_code_has_its_meaning(void **state)
{
    static const struct {
        TPM2_CC on;
        TSS2_RC rc;
        passkey_status status;
        const char *cause;
    } ROWS[] = {
        {TPM2_CC_ReadPublic, 0x101, PASSKEY_TPM_FAILED, "0x00000101"},
        {TPM2_CC_ReadPublic, 0x12d, PASSKEY_TPM_FAILED, "0x0000012d"},
        {TPM2_CC_ReadPublic, 0x130, PASSKEY_TPM_FAILED, "0x00000130"},
        {TPM2_CC_Create, 0x153, PASSKEY_TPM_FAILED, "0x00000153"},
        {TPM2_CC_Create, 0x909, PASSKEY_TPM_BUSY, "0x00000909"},
        {TPM2_CC_Create, 0x921, PASSKEY_TPM_LOCKOUT, "0x00000921"},
        {TPM2_CC_Create, 0x143, PASSKEY_TPM_UNSUPPORTED, "0x00000143"},
        {TPM2_CC_Create, 0x2e6, PASSKEY_TPM_UNSUPPORTED, "0x000002e6"},
        {TPM2_CC_Create, 0x120, PASSKEY_TPM_DISABLED, "0x00000120"},
        {TPM2_CC_Create, 0x9a2, PASSKEY_TPM_OWNER_AUTH_REQUIRED, "0x000009a2"},
        {TPM2_CC_Create, 0x14b, PASSKEY_TPM_ERROR, "0x0000014b"},
        {TPM2_CC_Create, 0x2c4, PASSKEY_TPM_ERROR, "0x000002c4"},
        {TPM2_CC_Load, 0x1df, PASSKEY_KEY_UNUSABLE, "0x000001df"},
        {TPM2_CC_Load, 0x1d5, PASSKEY_KEY_FILE_DAMAGED, "0x000001d5"},
        {TPM2_CC_Sign, 0xb0101, PASSKEY_TPM_FAILED, "0x000b0101"},
    };
    faulty tpm;
    size_t i;

    faulty_start(&tpm, *state);
    for (i = 0; i < NUM(ROWS); i++) {
        plan(&tpm, FAULT_RC, ROWS[i].on, ROWS[i].rc, 1);
        expect_faulty(&tpm, ROWS[i].status, ROWS[i].cause);
    }
    /* a session of each was flushed: there is room for three only */
    plan(&tpm, FAULT_NONE, 0, 0, 0);
    expect_faulty(&tpm, PASSKEY_OK, NULL);
    faulty_stop(&tpm);
}

static void every_layer_has_its_meaning(void **state)
{
    static const struct {
        TSS2_RC rc;
        passkey_status status;
    } ROWS[] = {
        {0x000a000a, PASSKEY_TPM_GONE},     {0x000a0008, PASSKEY_NO_TPM},
        {0x000a0015, PASSKEY_INVALID_OPTION}, {0x000a0011, PASSKEY_TPM_GONE},
        {0x00070007, PASSKEY_INTERNAL},     {0x0007001b, PASSKEY_TPM_TAMPERED},
        {0x00070017, PASSKEY_OUT_OF_MEMORY}, {0x00090010, PASSKEY_TPM_GONE},
        {0x00080013, PASSKEY_TPM_GONE},     {0x00000185, PASSKEY_TPM_DISABLED},
        {0x0000018b, PASSKEY_TPM_ERROR},    {0x000b0902, PASSKEY_TPM_BUSY},
    };
    size_t i;
    (void)state;

    for (i = 0; i < NUM(ROWS); i++) {
        passkey_error *error = NULL;

        if (pk_tpm_fail(&error, ROWS[i].rc, "testing") != ROWS[i].status)
            fail_msg("0x%08x: %s", ROWS[i].rc, passkey_error_text(error));
        assert_int_equal(strncmp(passkey_error_cause(error), "TSS2_RC 0x000", 13), 0);
        passkey_error_free(error);
    }
}

/* No storage key that is ours: a primary is made, and nothing is persisted in
 * a TPM that is not our own. */
static void without_a_storage_key_a_primary_is_made(void **state)
{
    faulty tpm;

    faulty_start(&tpm, *state);
    plan(&tpm, FAULT_RC, TPM2_CC_ReadPublic, 0x18b, 1);
    tpm.fault.num_commands = tpm.fault.num_flushes = 0;
    expect_faulty(&tpm, PASSKEY_OK, NULL);
    /* one more for CreatePrimary; it and the key are flushed */
    assert_int_equal(tpm.fault.num_commands, 9);
    assert_int_equal(tpm.fault.num_flushes, 2);
    plan(&tpm, FAULT_FLIP, TPM2_CC_ReadPublic, 60, 1);
    expect_faulty(&tpm, PASSKEY_OK, NULL);
    plan(&tpm, FAULT_RC, TPM2_CC_ReadPublic, 0x185, 1);
    expect_faulty(&tpm, PASSKEY_TPM_DISABLED, NULL);
    faulty_stop(&tpm);
}

static void the_recommended_flow_is_six_commands(void **state)
{
    faulty tpm;

    faulty_start(&tpm, *state);
    expect_faulty(&tpm, PASSKEY_OK, NULL);
    /* ReadPublic, StartAuthSession, Create, Load, Sign, FlushContext, and the
     * GetCapability that tells what kind of TPM it is */
    assert_int_equal(tpm.fault.num_commands, 6 + 1);
    assert_int_equal(tpm.fault.num_flushes, 1);
    faulty_stop(&tpm);
}

static void a_tpm_that_is_not_started_is_started(void **state)
{
    faulty tpm;

    faulty_start(&tpm, *state);
    plan(&tpm, FAULT_RC, TPM2_CC_GetCapability, 0x100, 1);
    expect_faulty(&tpm, PASSKEY_OK, NULL);
    plan(&tpm, FAULT_RC, TPM2_CC_GetCapability, 0x100, 2);
    expect_faulty(&tpm, PASSKEY_TPM_FAILED, "0x00000100");
    faulty_stop(&tpm);
}

static void a_busy_tpm_is_waited_for(void **state)
{
    static const TSS2_RC BUSY[] = {0x902, 0x903, 0x904, 0x905, 0x901,
                                   0x920, 0x922, 0x923, 0x908, 0x90a};
    faulty tpm;
    size_t i;

    faulty_start(&tpm, *state);
    for (i = 0; i < NUM(BUSY); i++) {
        plan(&tpm, FAULT_RC, i % 2 ? TPM2_CC_Create : TPM2_CC_Sign, BUSY[i], 6);
        expect_faulty(&tpm, PASSKEY_OK, NULL);
    }
    faulty_stop(&tpm);
}

static void an_endlessly_busy_tpm_is_given_up(void **state)
{
    int64_t before;
    faulty tpm;

    faulty_start(&tpm, *state);
    plan(&tpm, FAULT_RC, TPM2_CC_Create, 0x922, UINT32_MAX);
    before = pk_clock_monotonic_ms();
    expect_faulty(&tpm, PASSKEY_TPM_BUSY, "0x00000922");
    assert_in_range(pk_clock_monotonic_ms() - before, 4500, 8000);
    faulty_stop(&tpm);
}

/* The other end takes the command and never answers. */
static void a_silent_tpm_is_given_up(void **state)
{
    static const uint8_t COMMAND[] = {0x80, 1, 0, 0, 0, 12, 0, 0, 1, 0x44, 0, 0};
    const uint8_t *response;
    size_t response_len;
    pk_tcti *tcti;
    int fds[2];
    (void)state;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    tcti = pk_tcti_over_fd(fds[0], 50);
    assert_int_equal(pk_tcti_ask(tcti, COMMAND, sizeof COMMAND, &response, &response_len),
                     TSS2_TCTI_RC_IO_ERROR);
    assert_true(pk_tcti_is_dead(tcti));
    close(fds[1]); /* no SIGPIPE either */
    assert_int_equal(pk_tcti_ask(tcti, COMMAND, sizeof COMMAND, &response, &response_len),
                     TSS2_TCTI_RC_IO_ERROR);
    pk_tcti_free(tcti);
    tcti = pk_tcti_over_fd(fds[0], 50);
    assert_int_equal(pk_tcti_ask(tcti, COMMAND, sizeof COMMAND, &response, &response_len),
                     TSS2_TCTI_RC_IO_ERROR);
    pk_tcti_free(tcti);
    close(fds[0]);
}

static void lying_sizes_are_refused(void **state)
{
    static const uint8_t COMMAND[] = {0x80, 1, 0, 0, 0, 12, 0, 0, 1, 0x44, 0, 0};
    static const uint32_t SIZES[] = {0, 9, 4097, 0x80000000u, 0xffffffffu};
    const uint8_t *response;
    size_t response_len, i;
    int fds[2];
    (void)state;

    for (i = 0; i < NUM(SIZES); i++) {
        uint8_t lie[10] = {0x80, 1, (uint8_t)(SIZES[i] >> 24), (uint8_t)(SIZES[i] >> 16),
                           (uint8_t)(SIZES[i] >> 8), (uint8_t)SIZES[i]};
        pk_tcti *tcti;

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        tcti = pk_tcti_over_fd(fds[0], 1000);
        assert_int_equal(write(fds[1], lie, sizeof lie), sizeof lie);
        assert_int_equal(pk_tcti_ask(tcti, COMMAND, sizeof COMMAND, &response, &response_len),
                         TSS2_TCTI_RC_MALFORMED_RESPONSE);
        pk_tcti_free(tcti);
        close(fds[0]);
        close(fds[1]);
    }
}

/* ---- the key file */

static pk_key key_of(const char *home)
{
    pk_key key;

    assert_int_equal(operate("swtpm", home, &key, NULL), PASSKEY_OK);
    return key;
}

static bool survives(const char *pem, size_t pem_len)
{
    TPM2B_PUBLIC public_area;
    TPM2B_PRIVATE private_area;
    passkey_error *error = NULL;
    char *again = NULL;
    passkey_status status =
        pk_keyfile_decode(pem, pem_len, &public_area, &private_area, &error);

    if (status) {
        assert_int_equal(status, PASSKEY_KEY_FILE_DAMAGED);
        passkey_error_free(error);
        return false;
    }
    assert_int_equal(pk_keyfile_encode(&public_area, &private_area, &again, &error), PASSKEY_OK);
    assert_int_equal(strlen(again), pem_len);
    assert_memory_equal(again, pem, pem_len);
    pk_text_free(again);
    return true;
}

static void a_key_file_comes_back_as_it_was(void **state)
{
    pk_key key = key_of(*state);

    assert_int_equal(strncmp(key.pem, "-----BEGIN TSS2 PRIVATE KEY-----\n", 33), 0);
    assert_true(survives(key.pem, strlen(key.pem)));
    pk_key_free(&key);
}

/* What is still a key file is then exactly what it says; the rest is refused. */
static void a_damaged_key_file_is_refused(void **state)
{
    pk_key key = key_of(*state);
    size_t len = strlen(key.pem), at, num_survived = 0;
    char *damaged = malloc(2 * len + 2);
    int bit;

    for (at = 0; at < len; at++) {
        assert_false(survives(key.pem, at));
        for (bit = 0; bit < 8; bit++) {
            memcpy(damaged, key.pem, len);
            damaged[at] ^= (char)(1 << bit);
            num_survived += survives(damaged, len);
        }
        memcpy(damaged, key.pem, at);
        memcpy(damaged + at, key.pem + at + 1, len - at - 1);
        assert_false(survives(damaged, len - 1));
    }
    /* of the 8 bits of a base64 character some give another one, and most of
     * those fall into the wrapped blob, which only the TPM can judge */
    assert_true(num_survived < len * 4);
    memcpy(damaged, key.pem, len);
    memcpy(damaged + len, key.pem, len);
    assert_false(survives(damaged, 2 * len));
    damaged[len] = '\n';
    assert_false(survives(damaged, len + 1));
    assert_false(survives("", 0));
    free(damaged);
    pk_key_free(&key);
}

#define HOME_TEST(test) cmocka_unit_test_setup_teardown(test, make_home, remove_home)

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(options_are_checked_without_a_tpm),
        HOME_TEST(hardware_without_a_device_is_no_tpm),
        HOME_TEST(hardware_that_is_not_a_tpm_is_told),
        HOME_TEST(auto_takes_swtpm_only_when_there_is_no_device),
        HOME_TEST(no_permission_names_the_node_and_the_command),
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
        HOME_TEST(an_explicit_tcti_is_used_and_left_clean),
        HOME_TEST(an_explicit_device_is_diagnosed),
        HOME_TEST(a_transport_that_fails_is_told),
        HOME_TEST(a_changed_answer_is_found_out),
        HOME_TEST(a_changed_signature_is_found_out),
        HOME_TEST(every_code_has_its_meaning),
        cmocka_unit_test(every_layer_has_its_meaning),
        HOME_TEST(without_a_storage_key_a_primary_is_made),
        HOME_TEST(the_recommended_flow_is_six_commands),
        HOME_TEST(a_tpm_that_is_not_started_is_started),
        HOME_TEST(a_busy_tpm_is_waited_for),
        HOME_TEST(an_endlessly_busy_tpm_is_given_up),
        cmocka_unit_test(a_silent_tpm_is_given_up),
        cmocka_unit_test(lying_sizes_are_refused),
        HOME_TEST(a_key_file_comes_back_as_it_was),
        HOME_TEST(a_damaged_key_file_is_refused),
    };

    setenv("TSS2_LOG", "all+NONE", 1); /* the TSS reports every fault on stderr */
    return cmocka_run_group_tests_name("key", TESTS, NULL, NULL);
}
