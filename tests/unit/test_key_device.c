/* SPDX-License-Identifier: Apache-2.0
 * The way through a character device: a pseudo-terminal whose other end is
 * relayed to swtpm. What a real /dev/tpmrm0 does otherwise is not seen here: it
 * hands out a response whole, and flushes at the close. */
#include "key_support.h"

#include "key/swtpm.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <termios.h>

typedef struct relay {
    pk_swtpm *swtpm;
    int terminal, keep_open;
    char path[64];
    pthread_t thread;
    int stop[2];
    unsigned num_flushes; /* FlushContext commands that went through */
} relay;

static void pass_on(int from, int to, relay *this)
{
    uint8_t x[4096];
    ssize_t len = read(from, x, sizeof x);
    ssize_t done = 0;

    if (len >= 10 && from == this->terminal && x[8] == 0x01 && x[9] == 0x65)
        this->num_flushes++;
    while (len > 0 && done < len) {
        ssize_t put = write(to, x + done, (size_t)(len - done));

        if (put <= 0)
            return;
        done += put;
    }
}

static void *run(void *argument)
{
    relay *this = argument;
    int tpm = pk_swtpm_fd(this->swtpm);

    for (;;) {
        struct pollfd fds[] = {{this->terminal, POLLIN, 0}, {tpm, POLLIN, 0},
                               {this->stop[0], POLLIN, 0}};

        if (poll(fds, NUM(fds), -1) < 0 || fds[2].revents)
            return NULL;
        if (fds[0].revents & POLLIN)
            pass_on(this->terminal, tpm, this);
        if (fds[1].revents & POLLIN)
            pass_on(tpm, this->terminal, this);
    }
}

static void relay_start(relay *this, const char *home)
{
    struct termios raw;

    memset(this, 0, sizeof *this);
    assert_int_equal(pk_swtpm_start(home, NULL, &this->swtpm, NULL), PASSKEY_OK);
    this->terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(this->terminal >= 0 && grantpt(this->terminal) == 0 &&
                unlockpt(this->terminal) == 0);
    assert_int_equal(ptsname_r(this->terminal, this->path, sizeof this->path), 0);
    this->keep_open = open(this->path, O_RDWR | O_NOCTTY | O_CLOEXEC); /* keeps its settings */
    assert_int_equal(tcgetattr(this->keep_open, &raw), 0);
    cfmakeraw(&raw);
    assert_int_equal(tcsetattr(this->keep_open, TCSANOW, &raw), 0);
    assert_int_equal(pipe(this->stop), 0);
    assert_int_equal(pthread_create(&this->thread, NULL, run, this), 0);
}

static void relay_stop(relay *this)
{
    assert_int_equal(write(this->stop[1], "", 1), 1);
    pthread_join(this->thread, NULL);
    close(this->stop[0]);
    close(this->stop[1]);
    close(this->keep_open);
    close(this->terminal);
    pk_swtpm_stop(this->swtpm);
}

static void a_key_is_made_through_a_device(void **state)
{
    unsigned num_fds = num_open_fds();
    char *option = NULL;
    relay device;

    relay_start(&device, *state);
    assert_true(asprintf(&option, "device:%s", device.path) > 0);
    expect_works(option, *state);
    /* no resource manager by its name: the storage root key that was made for the
     * moment and the key are flushed */
    assert_int_equal(device.num_flushes, 2);
    expect_works(option, *state);
    relay_stop(&device);
    free(option);
    assert_int_equal(num_open_fds(), num_fds);
}

static void behind_a_resource_manager_nothing_is_flushed(void **state)
{
    passkey_error *error = NULL;
    pk_tpm *tpm = NULL;
    relay device;
    pk_key key;

    relay_start(&device, *state);
    if (pk_tpm_open_device("hardware", *state, device.path, NULL, &tpm, &error) ||
        pk_key_create(tpm, &key, &error))
        fail_msg("%s [%s]", passkey_error_text(error), passkey_error_cause(error));
    pk_key_free(&key);
    pk_tpm_close(tpm);
    assert_int_equal(device.num_flushes, 0);
    relay_stop(&device);
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        HOME_TEST(a_key_is_made_through_a_device),
        HOME_TEST(behind_a_resource_manager_nothing_is_flushed),
    };

    setenv("TSS2_LOG", "all+NONE", 1);
    return cmocka_run_group_tests_name("key_device", TESTS, NULL, NULL);
}
