/* SPDX-License-Identifier: Apache-2.0
 * What operations tell while they work: steps, and a log without secrets. */
#include "engine_support.h"

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

static void cancel_at_link(void *user, const char *step)
{
    if (!strcmp(step, "link"))
        passkey_operation_cancel(*(passkey_operation **)user);
}

static void a_bind_that_waits_for_another_of_its_link_can_be_canceled(void **state)
{
    fixture *this = *state;
    passkey_operation *first, *second;

    tiny_cloud_hold(this->cloud, BIND, true);
    first = start(this, 1);
    tiny_cloud_wait_for(this->cloud, BIND, 1);
    second = start(this, 1);
    assert_int_equal(
        passkey_operation_on_progress(second, cancel_at_link, &second, NULL, NULL), PASSKEY_OK);
    assert_int_equal(end(second), PASSKEY_CANCELED);
    tiny_cloud_hold(this->cloud, BIND, false);
    assert_int_equal(end(first), PASSKEY_OK);
}

static void free_at_link(void *user, const char *step)
{
    if (!strcmp(step, "link"))
        passkey_operation_free(user);
}

/* A sanitizer sees it if not. */
static void a_step_s_callback_may_free_the_operation(void **state)
{
    fixture *this = *state;
    passkey_operation *operation;

    this->cloud->refusal = "no";
    operation = start(this, 1);
    assert_true(passkey_operation_wait(operation, -1));
    assert_true(passkey_drain(-1));
    assert_int_equal(
        passkey_operation_on_progress(operation, free_at_link, operation, NULL, NULL), PASSKEY_OK);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(steps_are_told_in_order_and_before_the_end),
        TEST(steps_are_told_after_the_end_too),
        TEST(the_last_step_told_is_the_one_that_failed),
        TEST(a_step_s_callback_may_cancel),
        TEST(a_bind_that_waits_for_another_of_its_link_can_be_canceled),
        TEST(a_step_s_callback_may_free_the_operation),
        TEST(what_is_registered_is_kept),
        TEST(the_log_tells_the_steps_and_no_secret),
        TEST(the_level_decides_and_off_is_the_default),
        TEST(an_operation_keeps_the_log_it_began_with),
    };

    return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
