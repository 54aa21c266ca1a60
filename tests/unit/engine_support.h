/* SPDX-License-Identifier: Apache-2.0
 * What the tests of operations share: a client of a tiny cloud, and events that
 * callbacks bring. */
#ifndef ENGINE_SUPPORT_H
#define ENGINE_SUPPORT_H

#include "tiny_cloud.h"

typedef struct fixture {
    tiny_cloud *cloud;
    passkey_client *client;
    char *home;
} fixture;

static inline void set(passkey_client *client, const char *name, const char *value)
{
    assert_int_equal(passkey_client_set_option(client, name, value, NULL), PASSKEY_OK);
}

static inline passkey_client *new_client(const char *home)
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

static inline int open_fixture(void **state)
{
    fixture *this = calloc(1, sizeof *this);

    this->cloud = tiny_cloud_open();
    this->home = unit_folder();
    this->client = new_client(this->home);
    *state = this;
    return 0;
}

static inline int close_fixture(void **state)
{
    fixture *this = *state;

    tiny_cloud_stop(this->cloud); /* after a failure operations may still wait */
    assert_true(passkey_drain(-1));
    passkey_client_free(this->client);
    tiny_cloud_close(this->cloud);
    unit_folder_remove(this->home);
    free(this);
    return 0;
}

static inline passkey_operation *start(fixture *this, int number)
{
    passkey_operation *operation = NULL;
    char link[256];

    tiny_cloud_link(this->cloud, number, link);
    assert_int_equal(passkey_client_bind_start(this->client, link, &operation, NULL), PASSKEY_OK);
    return operation;
}

static inline passkey_status end(passkey_operation *operation)
{
    passkey_bind_result *result = NULL;
    passkey_status status;

    assert_true(passkey_operation_wait(operation, -1));
    status = passkey_operation_bind_result(operation, &result, NULL);
    passkey_bind_result_free(result);
    passkey_operation_free(operation);
    return status;
}

static inline void bind_once(fixture *this, int number)
{
    assert_int_equal(end(start(this, number)), PASSKEY_OK);
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

static inline void note(events *seen, const char *what, const char *text)
{
    pthread_mutex_lock(&seen->lock);
    seen->num++;
    if (strlen(seen->text) + strlen(what) + strlen(text) + 2 < sizeof seen->text)
        strcat(strcat(strcat(seen->text, what), text), " ");
    pthread_cond_broadcast(&seen->changed);
    pthread_mutex_unlock(&seen->lock);
}

static inline void wait_for_events(events *seen, int num)
{
    pthread_mutex_lock(&seen->lock);
    while (seen->num < num)
        pthread_cond_wait(&seen->changed, &seen->lock);
    pthread_mutex_unlock(&seen->lock);
}

static inline void wait_for_text(events *seen, const char *text)
{
    pthread_mutex_lock(&seen->lock);
    while (!strstr(seen->text, text))
        pthread_cond_wait(&seen->changed, &seen->lock);
    pthread_mutex_unlock(&seen->lock);
}

static inline void on_progress(void *user, const char *step)
{
    note(user, "", step);
}

static inline void on_done(void *user)
{
    note(user, "", "done");
}

static inline void on_free(void *user)
{
    events *seen = user;

    pthread_mutex_lock(&seen->lock);
    seen->num_freed++;
    pthread_cond_broadcast(&seen->changed);
    pthread_mutex_unlock(&seen->lock);
}

static inline void watch(passkey_operation *operation, events *seen)
{
    assert_int_equal(passkey_operation_on_progress(operation, on_progress, seen, on_free, NULL),
                     PASSKEY_OK);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, open_fixture, close_fixture)

#endif
