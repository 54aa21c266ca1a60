/* SPDX-License-Identifier: Apache-2.0
 * The process's signal handlers are its own. A handler that is changed for
 * moments only is seen by counting the changes, not by looking afterwards. */
#include "engine_support.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>

static atomic_int num_changes;

/* In the place of libc's, for the libraries too. */
__attribute__((visibility("default")))
int sigaction(int number, const struct sigaction *action, struct sigaction *old)
{
    int (*real)(int, const struct sigaction *, struct sigaction *);

    *(void **)&real = dlsym(RTLD_NEXT, "sigaction");
    if (action)
        atomic_fetch_add(&num_changes, 1);
    return real(number, action, old);
}

static void the_count_sees_a_change(void **state)
{
    const struct sigaction standard = {.sa_handler = SIG_DFL};
    (void)state;

    atomic_store(&num_changes, 0);
    sigaction(SIGUSR1, &standard, NULL);
    assert_int_equal(atomic_load(&num_changes), 1);
}

static void a_bind_changes_none(void **state)
{
    atomic_store(&num_changes, 0);
    bind_once(*state, 1);
    assert_true(passkey_drain(-1));
    assert_int_equal(atomic_load(&num_changes), 0);
}

static void a_canceled_bind_changes_none(void **state)
{
    fixture *this = *state;
    passkey_operation *operation;

    atomic_store(&num_changes, 0);
    tiny_cloud_hold(this->cloud, INVOKE, true);
    operation = start(this, 1);
    tiny_cloud_wait_for(this->cloud, INVOKE, 1);
    passkey_operation_cancel(operation);
    assert_int_equal(end(operation), PASSKEY_CANCELED);
    assert_true(passkey_drain(-1));
    assert_int_equal(atomic_load(&num_changes), 0);
}

static void a_bind_of_an_unknown_host_changes_none(void **state)
{
    fixture *this = *state;
    passkey_bind_result *result = NULL;

    atomic_store(&num_changes, 0);
    assert_int_equal(passkey_client_bind(this->client,
                                         "x://y/bind?api_base_url=https://slow.test&tenant_id=t&"
                                         "realm_id=r&identity_id=i&job_id=j&token=T",
                                         &result, NULL),
                     PASSKEY_NETWORK_ERROR);
    assert_true(passkey_drain(-1));
    assert_int_equal(atomic_load(&num_changes), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_count_sees_a_change),
        TEST(a_bind_changes_none),
        TEST(a_canceled_bind_changes_none),
        TEST(a_bind_of_an_unknown_host_changes_none),
    };

    return cmocka_run_group_tests_name("signals", tests, NULL, NULL);
}
