/* SPDX-License-Identifier: Apache-2.0
 * Operations on their threads: how many wait, how fast they end, what they
 * tell while they work, and what is left of them. */
#include "tiny_cloud.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdatomic.h>
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

typedef struct fixture {
    tiny_cloud *cloud;
    passkey_client *client;
    char *home;
} fixture;

static void set(passkey_client *client, const char *name, const char *value)
{
    assert_int_equal(passkey_client_set_option(client, name, value, NULL), PASSKEY_OK);
}

static passkey_client *new_client(const char *home)
{
    passkey_client *client = NULL;

    assert_int_equal(passkey_client_new(&client, NULL), PASSKEY_OK);
    set(client, "home", home);
    set(client, "tpm", "swtpm");
    set(client, "allowed_domains", "127.0.0.1,slow.test");
    set(client, "allow_loopback_http", "1");
    set(client, "timeout_ms", "300000");
    return client;
}

static int open_fixture(void **state)
{
    fixture *this = calloc(1, sizeof *this);

    this->cloud = tiny_cloud_open();
    this->home = unit_folder();
    this->client = new_client(this->home);
    *state = this;
    return 0;
}

static int close_fixture(void **state)
{
    fixture *this = *state;

    assert_true(passkey_drain(-1));
    passkey_client_free(this->client);
    tiny_cloud_close(this->cloud);
    unit_folder_remove(this->home);
    free(this);
    return 0;
}

static passkey_operation *start(fixture *this, int number)
{
    passkey_operation *operation = NULL;
    char link[256];

    tiny_cloud_link(this->cloud, number, link);
    assert_int_equal(passkey_client_bind_start(this->client, link, &operation, NULL), PASSKEY_OK);
    return operation;
}

static passkey_status end(passkey_operation *operation)
{
    passkey_bind_result *result = NULL;
    passkey_status status;

    assert_true(passkey_operation_wait(operation, -1));
    status = passkey_operation_bind_result(operation, &result, NULL);
    passkey_bind_result_free(result);
    passkey_operation_free(operation);
    return status;
}

static void bind_once(fixture *this, int number)
{
    assert_int_equal(end(start(this, number)), PASSKEY_OK);
}

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

/* ---- an event that a callback brings */

typedef struct events {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int num;
    int num_freed;
    char text[4096];
} events;

#define NO_EVENTS {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER}

static void note(events *seen, const char *what, const char *text)
{
    pthread_mutex_lock(&seen->lock);
    seen->num++;
    if (strlen(seen->text) + strlen(what) + strlen(text) + 2 < sizeof seen->text)
        strcat(strcat(strcat(seen->text, what), text), " ");
    pthread_cond_broadcast(&seen->changed);
    pthread_mutex_unlock(&seen->lock);
}

static void wait_for_events(events *seen, int num)
{
    pthread_mutex_lock(&seen->lock);
    while (seen->num < num)
        pthread_cond_wait(&seen->changed, &seen->lock);
    pthread_mutex_unlock(&seen->lock);
}

static void wait_for_text(events *seen, const char *text)
{
    pthread_mutex_lock(&seen->lock);
    while (!strstr(seen->text, text))
        pthread_cond_wait(&seen->changed, &seen->lock);
    pthread_mutex_unlock(&seen->lock);
}

static void on_progress(void *user, const char *step)
{
    note(user, "", step);
}

static void on_done(void *user)
{
    note(user, "", "done");
}

static void on_free(void *user)
{
    events *seen = user;

    pthread_mutex_lock(&seen->lock);
    seen->num_freed++;
    pthread_cond_broadcast(&seen->changed);
    pthread_mutex_unlock(&seen->lock);
}

static void watch(passkey_operation *operation, events *seen)
{
    assert_int_equal(passkey_operation_on_progress(operation, on_progress, seen, on_free, NULL),
                     PASSKEY_OK);
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
    assert_true(passkey_drain(10 * CANCEL_MS));
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
    assert_int_equal(passkey_operation_create_job_result(operation, &job, NULL), PASSKEY_OK);
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

/* ---- progress */

#define ALL_STEPS "link instruction info key register store "

static void steps_are_told_in_order_and_before_the_end(void **state)
{
    fixture *this = *state;
    events seen = NO_EVENTS;
    passkey_operation *operation;

    tiny_cloud_hold(this->cloud, INVOKE, true);
    operation = start(this, 1);
    tiny_cloud_wait_for(this->cloud, INVOKE, 1);
    watch(operation, &seen);
    assert_string_equal(seen.text, "link instruction "); /* at once, here */
    assert_int_equal(passkey_operation_on_done(operation, on_done, &seen, on_free, NULL),
                     PASSKEY_OK);
    assert_int_equal(passkey_operation_on_progress(operation, on_progress, &seen, on_free, NULL),
                     PASSKEY_INVALID_ARGUMENT);
    tiny_cloud_hold(this->cloud, INVOKE, false);
    assert_int_equal(end(operation), PASSKEY_OK);
    assert_true(passkey_drain(-1));
    assert_string_equal(seen.text, ALL_STEPS "done ");
    assert_int_equal(seen.num_freed, 2);
}

static void steps_are_told_after_the_end_too(void **state)
{
    fixture *this = *state;
    events seen = NO_EVENTS;
    passkey_operation *operation = start(this, 1);

    assert_true(passkey_operation_wait(operation, -1));
    watch(operation, &seen);
    assert_string_equal(seen.text, ALL_STEPS);
    assert_int_equal(seen.num_freed, 1);
    assert_int_equal(end(operation), PASSKEY_OK);
}

static void the_last_step_told_is_the_one_that_failed(void **state)
{
    fixture *this = *state;
    events seen = NO_EVENTS;
    passkey_operation *operation;

    this->cloud->refusal = "no";
    operation = start(this, 1);
    watch(operation, &seen);
    assert_int_equal(end(operation), PASSKEY_NOT_FOUND);
    assert_string_equal(seen.text, "link instruction ");
    assert_int_equal(seen.num_freed, 1);
}

static void cancel_at_progress(void *user, const char *step)
{
    if (!strcmp(step, "key"))
        passkey_operation_cancel(*(passkey_operation **)user);
}

static void a_step_s_callback_may_cancel(void **state)
{
    fixture *this = *state;
    passkey_operation *operation;
    passkey_credential_list *list = NULL;

    tiny_cloud_hold(this->cloud, INVOKE, true);
    operation = start(this, 1);
    assert_int_equal(
        passkey_operation_on_progress(operation, cancel_at_progress, &operation, NULL, NULL),
        PASSKEY_OK);
    tiny_cloud_hold(this->cloud, INVOKE, false);
    assert_int_equal(end(operation), PASSKEY_CANCELED);
    assert_int_equal(this->cloud->num_arrived[BIND], 0);
    assert_int_equal(passkey_client_list(this->client, &list, NULL), PASSKEY_OK);
    assert_int_equal(passkey_credential_list_count(list), 0);
    passkey_credential_list_free(list);
}

static void cancel_at_store(void *user, const char *step)
{
    if (!strcmp(step, "store"))
        passkey_operation_cancel(*(passkey_operation **)user);
}

static void what_is_registered_is_kept(void **state)
{
    fixture *this = *state;
    passkey_operation *operation;

    tiny_cloud_hold(this->cloud, INVOKE, true);
    operation = start(this, 1);
    assert_int_equal(
        passkey_operation_on_progress(operation, cancel_at_store, &operation, NULL, NULL),
        PASSKEY_OK);
    tiny_cloud_hold(this->cloud, INVOKE, false);
    assert_int_equal(end(operation), PASSKEY_OK);
}

/* ---- the log */

static void on_log(void *user, passkey_log_level level, const char *message)
{
    static const char *const NAMES[] = {"", "E:", "W:", "I:", "D:"};

    assert_true(level >= PASSKEY_LOG_ERROR && level <= PASSKEY_LOG_DEBUG);
    note(user, NAMES[level], message);
}

static void log_into(fixture *this, events *seen, const char *level)
{
    set(this->client, "log", level);
    assert_int_equal(passkey_client_set_log(this->client, on_log, seen, on_free, NULL), PASSKEY_OK);
}

static void the_log_tells_the_steps_and_no_secret(void **state)
{
    fixture *this = *state;
    events seen = NO_EVENTS;

    log_into(this, &seen, "debug");
    bind_once(this, 1);
    assert_non_null(strstr(seen.text, "D:bind: key "));
    assert_non_null(strstr(seen.text, "HTTP 200"));
    assert_non_null(strstr(seen.text, "I:bind: done"));
    this->cloud->refusal = "the token LINK-MARKER is not known";
    assert_int_equal(end(start(this, 2)), PASSKEY_NOT_FOUND);
    wait_for_text(&seen, "E:bind: failed");
    assert_non_null(strstr(seen.text, "not_found"));
    assert_null(strstr(seen.text, "MARKER"));
    assert_null(strstr(seen.text, "eyJ")); /* how a JWS begins */
    assert_null(strstr(seen.text, "invokeAuthenticator?"));
    passkey_client_set_log(this->client, NULL, NULL, NULL, NULL);
    assert_true(passkey_drain(-1)); /* the operations have let go of it */
    assert_int_equal(seen.num_freed, 1);
}

static void the_level_decides_and_off_is_the_default(void **state)
{
    fixture *this = *state;
    events seen = NO_EVENTS;

    log_into(this, &seen, NULL);
    bind_once(this, 1);
    assert_int_equal(seen.num, 0);
    set(this->client, "log", "info");
    bind_once(this, 2);
    assert_int_equal(seen.num, 1);
    passkey_client_set_log(this->client, NULL, NULL, NULL, NULL);
}

static void an_operation_keeps_the_log_it_began_with(void **state)
{
    fixture *this = *state;
    events seen = NO_EVENTS;
    passkey_operation *operation;

    log_into(this, &seen, "debug");
    tiny_cloud_hold(this->cloud, INVOKE, true);
    operation = start(this, 1);
    passkey_client_set_log(this->client, NULL, NULL, NULL, NULL);
    assert_int_equal(seen.num_freed, 0);
    tiny_cloud_hold(this->cloud, INVOKE, false);
    assert_int_equal(end(operation), PASSKEY_OK);
    assert_true(passkey_drain(-1));
    assert_non_null(strstr(seen.text, "I:bind: done"));
    assert_int_equal(seen.num_freed, 1);
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

#define TEST(test) cmocka_unit_test_setup_teardown(test, open_fixture, close_fixture)

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
        TEST(steps_are_told_in_order_and_before_the_end),
        TEST(steps_are_told_after_the_end_too),
        TEST(the_last_step_told_is_the_one_that_failed),
        TEST(a_step_s_callback_may_cancel),
        TEST(what_is_registered_is_kept),
        TEST(the_log_tells_the_steps_and_no_secret),
        TEST(the_level_decides_and_off_is_the_default),
        TEST(an_operation_keeps_the_log_it_began_with),
        TEST(threads_end_when_there_is_nothing_to_do),
#ifndef __SANITIZE_THREAD__
        TEST(a_child_s_own_clients_work),
#endif
    };

    num_threads_at_start = num_threads();
    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
