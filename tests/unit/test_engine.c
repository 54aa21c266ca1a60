/* SPDX-License-Identifier: Apache-2.0
 * Operations on their threads: how many wait, how fast they end, and what is
 * left of them. */
#include "engine_support.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

/* What a cancel may take; under a sanitizer everything takes longer. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CANCEL_MS 2000
#else
#define CANCEL_MS 200
#endif

static unsigned num_threads(void)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    unsigned num = 0;

    while (fgets(line, sizeof line, file))
        if (sscanf(line, "Threads: %u", &num) == 1)
            break;
    fclose(file);
    return num;
}

/* ---- many at once */

static void a_thousand_operations_wait_on_at_most_eight_threads(void **state)
{
    enum { COUNT = 1000 };
    static passkey_operation *operations[COUNT];
    fixture *this = *state;
    struct rlimit files;
    char link[256];
    events instruction = NO_EVENTS;
    int port, i, listener = listen_on_loopback(&port); /* nobody accepts */
    unsigned num_before = num_threads();

    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    snprintf(link, sizeof link,
             "http://127.0.0.1:%d/v1/tenants/t/realms/r/identities/i/credential-binding-jobs/"
             "j:invokeAuthenticator?token=T",
             port);
    for (i = 0; i < COUNT; i++) {
        assert_int_equal(passkey_client_bind_start(this->client, link, &operations[i], NULL),
                         PASSKEY_OK);
        watch(operations[i], &instruction);
    }
    wait_for_events(&instruction, 2 * COUNT); /* link and instruction of each */
    assert_true(num_threads() - num_before <= 7); /* 8 with that of the host */
    assert_false(passkey_drain(0));
    for (i = 0; i < COUNT; i++)
        passkey_operation_cancel(operations[i]);
    assert_true(passkey_drain(60000));
    for (i = 0; i < COUNT; i++)
        assert_int_equal(end(operations[i]), PASSKEY_CANCELED);
    close(listener);
}

static void binds_at_once_all_succeed(void **state)
{
    enum { COUNT = 12 };
    fixture *this = *state;
    passkey_operation *operations[COUNT];
    passkey_credential_list *list = NULL;
    int i;

    for (i = 0; i < COUNT; i++)
        operations[i] = start(this, i);
    for (i = 0; i < COUNT; i++)
        assert_int_equal(end(operations[i]), PASSKEY_OK);
    assert_int_equal(passkey_client_list(this->client, &list, NULL), PASSKEY_OK);
    assert_int_equal(passkey_credential_list_count(list), COUNT);
    passkey_credential_list_free(list);
}

static void one_bind_uses_one_connection(void **state)
{
    fixture *this = *state;

    bind_once(this, 1);
    assert_int_equal(this->cloud->num_connections_ever, 1);
    bind_once(this, 2);
    assert_int_equal(this->cloud->num_connections_ever, 2); /* nothing stays open at rest */
}

/* ---- cancel */

static void cancel_ends_waiting_for_each_answer(void **state)
{
    fixture *this = *state;
    int verb;

    for (verb = INVOKE; verb <= BIND; verb++) {
        passkey_operation *operation;

        tiny_cloud_hold(this->cloud, verb, true);
        operation = start(this, verb);
        tiny_cloud_wait_for(this->cloud, verb, 1);
        passkey_operation_cancel(operation);
        assert_true(passkey_operation_wait(operation, CANCEL_MS));
        assert_int_equal(end(operation), PASSKEY_CANCELED);
        tiny_cloud_hold(this->cloud, verb, false);
    }
}

static int lock_tpm(const char *home)
{
    char path[512];
    int lock;

    snprintf(path, sizeof path, "%s/swtpm/.user.lock", home);
    lock = open(path, O_RDWR | O_CLOEXEC);
    assert_true(lock >= 0);
    assert_int_equal(flock(lock, LOCK_EX), 0);
    return lock;
}

/* Others keep the software TPM; what is queued behind those that wait for it
 * ends as fast as they do. */
static void cancel_ends_waiting_for_the_tpm(void **state)
{
    enum { COUNT = 8 };
    fixture *this = *state;
    passkey_operation *operations[COUNT];
    int i, lock;

    bind_once(this, 100); /* makes the folder */
    lock = lock_tpm(this->home);
    for (i = 0; i < COUNT; i++)
        operations[i] = start(this, i);
    tiny_cloud_wait_for(this->cloud, INFO, COUNT + 1);
    assert_false(passkey_operation_wait(operations[COUNT - 1], 20));
    for (i = COUNT - 1; i >= 0; i--) {
        passkey_operation_cancel(operations[i]);
        assert_true(passkey_operation_wait(operations[i], CANCEL_MS));
        assert_int_equal(end(operations[i]), PASSKEY_CANCELED);
    }
    close(lock);
    bind_once(this, 101);
}

static void set_job_options(fixture *this)
{
    char base[64];

    snprintf(base, sizeof base, "http://127.0.0.1:%d", this->cloud->port);
    set(this->client, "api_base_url", base);
    set(this->client, "tenant", "t");
    set(this->client, "realm", "r");
    set(this->client, "authenticator_config", "a");
    set(this->client, "api_token", "API-MARKER");
}

static void expect_a_job_is_created(fixture *this)
{
    passkey_operation *operation = NULL;
    passkey_job *job = NULL;

    set_job_options(this);
    assert_int_equal(
        passkey_client_create_job_start(this->client, "i", "RETURN", NULL, &operation, NULL),
        PASSKEY_OK);
    assert_true(passkey_operation_wait(operation, -1));
    assert_int_equal(passkey_operation_job_result(operation, &job, NULL), PASSKEY_OK);
    assert_string_equal(passkey_job_id(job), "j1");
    passkey_job_free(job);
    passkey_operation_free(operation);
}

/* As many stores as there are workers, and each one's software TPM is kept by
 * others. */
static void waiting_for_tpms_keeps_nobody_else_waiting(void **state)
{
    enum { COUNT = 4 };
    fixture *this = *state;
    passkey_operation *operations[COUNT];
    char homes[COUNT][512];
    int i, locks[COUNT];

    for (i = 0; i < COUNT; i++) {
        snprintf(homes[i], sizeof homes[i], "%s/%d", this->home, i);
        set(this->client, "home", homes[i]);
        bind_once(this, i);
        locks[i] = lock_tpm(homes[i]);
    }
    for (i = 0; i < COUNT; i++) {
        set(this->client, "home", homes[i]);
        operations[i] = start(this, 100 + i);
    }
    tiny_cloud_wait_for(this->cloud, INFO, 2 * COUNT);
    expect_a_job_is_created(this);
    for (i = 0; i < COUNT; i++)
        close(locks[i]);
    for (i = 0; i < COUNT; i++)
        assert_int_equal(end(operations[i]), PASSKEY_OK);
}

/* ---- a name server that does not answer */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int num_lookups, most_lookups;
    bool answers;
} names = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

/* In the place of the system's, also for libcurl. */
__attribute__((visibility("default"))) int getaddrinfo(const char *node,
                                                       const char *service,
                                                       const struct addrinfo *hints,
                                                       struct addrinfo **out)
{
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

    if (node && !strcmp(node, "slow.test")) {
        pthread_mutex_lock(&names.lock);
        if (++names.num_lookups > names.most_lookups)
            names.most_lookups = names.num_lookups;
        pthread_cond_broadcast(&names.changed);
        while (!names.answers)
            pthread_cond_wait(&names.changed, &names.lock);
        names.num_lookups--;
        pthread_cond_broadcast(&names.changed);
        pthread_mutex_unlock(&names.lock);
        return EAI_NONAME;
    }
    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    return real(node, service, hints, out);
}

static void cancel_does_not_wait_for_a_name_lookup(void **state)
{
    enum { COUNT = 20 };
    static const char link[] = "https://slow.test/v1/tenants/t/realms/r/identities/i/"
                               "credential-binding-jobs/j:invokeAuthenticator?token=T";
    fixture *this = *state;
    passkey_operation *operations[COUNT];
    int i;

    for (i = 0; i < COUNT; i++)
        assert_int_equal(passkey_client_bind_start(this->client, link, &operations[i], NULL),
                         PASSKEY_OK);
    pthread_mutex_lock(&names.lock);
    while (names.num_lookups < 2)
        pthread_cond_wait(&names.changed, &names.lock);
    pthread_mutex_unlock(&names.lock);
    bind_once(this, 1); /* another host is not kept waiting */
    pthread_mutex_lock(&names.lock);
    assert_int_equal(names.most_lookups, 2);
    pthread_mutex_unlock(&names.lock);
    for (i = COUNT - 1; i >= 0; i--)
        passkey_operation_cancel(operations[i]);
    assert_true(passkey_drain(CANCEL_MS));
    for (i = 0; i < COUNT; i++)
        assert_int_equal(end(operations[i]), PASSKEY_CANCELED);
    pthread_mutex_lock(&names.lock);
    names.answers = true; /* for the lookups that were left behind */
    pthread_cond_broadcast(&names.changed);
    while (names.num_lookups)
        pthread_cond_wait(&names.changed, &names.lock);
    pthread_mutex_unlock(&names.lock);
}

static void a_host_without_address_is_a_network_error_for_all(void **state)
{
    static const char link[] = "https://slow.test/v1/tenants/t/realms/r/identities/i/"
                               "credential-binding-jobs/j:invokeAuthenticator?token=T";
    fixture *this = *state;
    passkey_operation *operations[10];
    size_t i;

    names.answers = true;
    for (i = 0; i < NUM(operations); i++)
        assert_int_equal(passkey_client_bind_start(this->client, link, &operations[i], NULL),
                         PASSKEY_OK);
    for (i = 0; i < NUM(operations); i++)
        assert_int_equal(end(operations[i]), PASSKEY_NETWORK_ERROR);
}

/* ---- the end of it all */

#ifdef __SANITIZE_THREAD__
#define NUM_OTHERS 2 /* the cloud's, and one of the sanitizer's */
#else
#define NUM_OTHERS 1
#endif
static unsigned num_threads_at_start;

static void threads_end_when_there_is_nothing_to_do(void **state)
{
    struct timespec pause = {0, 20000000};
    fixture *this = *state;
    int i;

    bind_once(this, 1);
    for (i = 0; i < 1500 && num_threads() > num_threads_at_start + NUM_OTHERS; i++)
        nanosleep(&pause, NULL);
    assert_int_equal(num_threads(), num_threads_at_start + NUM_OTHERS);
    bind_once(this, 2);
}

#ifndef __SANITIZE_THREAD__ /* it knows no threads after a fork */
/* What is under way in the parent is not the child's, and will never end there. */
static void a_child_has_nothing_to_drain(void **state)
{
    fixture *this = *state;
    passkey_operation *waiting;
    pid_t child;
    int wait_status = 0;

    tiny_cloud_hold(this->cloud, INVOKE, true);
    waiting = start(this, 1);
    tiny_cloud_wait_for(this->cloud, INVOKE, 1);
    assert_false(passkey_drain(0));
    child = fork();
    if (child == 0) {
        alarm(60);
        _exit(passkey_drain(0) && passkey_drain(-1) ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &wait_status, 0), child);
    assert_true(WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0);
    tiny_cloud_hold(this->cloud, INVOKE, false);
    assert_int_equal(end(waiting), PASSKEY_OK);
}

static void a_child_s_own_clients_work(void **state)
{
    fixture *this = *state;
    passkey_operation *waiting;
    pid_t child;
    int wait_status = 0;

    bind_once(this, 1); /* the threads are there, and idle */
    tiny_cloud_hold(this->cloud, INVOKE, true);
    waiting = start(this, 2); /* and one at work */
    tiny_cloud_wait_for(this->cloud, INVOKE, 2);
    tiny_cloud_hold(this->cloud, INVOKE, false); /* but not for this one */
    tiny_cloud_hold(this->cloud, INVOKE, true);
    child = fork();
    if (child == 0) {
        passkey_bind_result *result = NULL;
        passkey_client *client = new_client(this->home);
        char link[512];
        passkey_status status;

        alarm(60);
        snprintf(link, sizeof link,
                 "x://y/bind?api_base_url=http://127.0.0.1:%d&tenant_id=t&realm_id=r&"
                 "identity_id=child&job_id=j&token=T",
                 this->cloud->port);
        status = passkey_client_bind(client, link, &result, NULL);
        passkey_bind_result_free(result);
        passkey_client_free(client);
        _exit(status || !passkey_drain(0) ? 1 : 0);
    }
    assert_int_equal(waitpid(child, &wait_status, 0), child);
    assert_true(WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0);
    tiny_cloud_hold(this->cloud, INVOKE, false);
    assert_int_equal(end(waiting), PASSKEY_OK);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_thousand_operations_wait_on_at_most_eight_threads),
        TEST(binds_at_once_all_succeed),
        TEST(one_bind_uses_one_connection),
        TEST(cancel_ends_waiting_for_each_answer),
        TEST(cancel_ends_waiting_for_the_tpm),
        TEST(waiting_for_tpms_keeps_nobody_else_waiting),
        TEST(cancel_does_not_wait_for_a_name_lookup),
        TEST(a_host_without_address_is_a_network_error_for_all),
        TEST(threads_end_when_there_is_nothing_to_do),
#ifndef __SANITIZE_THREAD__
        TEST(a_child_has_nothing_to_drain),
        TEST(a_child_s_own_clients_work),
#endif
    };

    num_threads_at_start = num_threads();
    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
