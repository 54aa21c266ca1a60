/* SPDX-License-Identifier: Apache-2.0
 *
 * One JavaScript function hears all of an operation: it is called with the name
 * of each step, and without any when the operation has ended. As there is one
 * queue, the end is always the last.
 *
 * Nobody can hear of an operation whose environment has ended. So it is
 * canceled, and waited for: the process may be about to end, and a thread of
 * the core must not be in OpenSSL or libcurl while these clean up.
 */
#ifndef PASSKEY_NODE_OPERATION_WATCH_HPP
#define PASSKEY_NODE_OPERATION_WATCH_HPP

#include "guarded_function.hpp"

namespace passkey_node {

/* How long the end of an environment may be delayed by a TPM that hangs, and
 * by the last steps of a thread whose operation has ended. */
constexpr int END_MS = 10000;
constexpr int LAST_STEPS_MS = 20;

/* data is the core's static name of a step; null is the end. */
inline void call_watch(napi_env env, napi_value function, void *, void *data)
{
    const char *step = static_cast<const char *>(data);
    napi_value name;

    if (!env)
        return;
    if (!step)
        call_function(env, function, 0, nullptr);
    else if (napi_create_string_utf8(env, step, NAPI_AUTO_LENGTH, &name) == napi_ok)
        call_function(env, function, 1, &name);
}

/* Before any function of the environment is finalized: all its operations are
 * canceled before the first is waited for. */
inline void cancel_watched(void *data)
{
    guarded_function *guarded = static_cast<guarded_function *>(data);
    std::lock_guard<std::mutex> held(guarded->lock);

    if (guarded->function && guarded->operation)
        passkey_operation_cancel(guarded->operation);
}

/* On the environment's thread, after the last call or at the environment's end.
 * Node waits here while a thread of the core is inside the function, and frees
 * it only afterwards. */
inline void finalize_watch(napi_env env, void *data, void *)
{
    guarded_function *guarded = static_cast<guarded_function *>(data);
    passkey_operation *under_way = nullptr;
    {
        std::lock_guard<std::mutex> held(guarded->lock);
        if (guarded->function)
            under_way = guarded->operation;
        guarded->function = nullptr;
    }
    if (under_way) {
        passkey_operation_cancel(under_way);
        passkey_operation_wait(under_way, END_MS);
        passkey_drain(LAST_STEPS_MS);
    }
    napi_remove_env_cleanup_hook(env, cancel_watched, guarded);
    drop_function(guarded);
}

inline guarded_function *new_watch(napi_env env, napi_value value)
{
    guarded_function *guarded =
        new_guarded_function(env, value, "passkey_operation", call_watch, finalize_watch);

    if (guarded)
        napi_add_env_cleanup_hook(env, cancel_watched, guarded);
    return guarded;
}

/* What the core calls. */
inline void watch_step(void *user, const char *step)
{
    queue_call(static_cast<guarded_function *>(user), const_cast<char *>(step));
}

inline void watch_end(void *user)
{
    guarded_function *guarded = static_cast<guarded_function *>(user);

    queue_call(guarded, nullptr);
    end_function(guarded);
}

inline void drop_watch(void *user)
{
    drop_function(static_cast<guarded_function *>(user));
}

/* Takes the function over; what fails is told and leaves nothing behind. */
inline void watch(guarded_function *guarded, passkey_operation *operation, bool with_steps,
                  passkey_error **out_error)
{
    passkey_status status = PASSKEY_OK;

    guarded->operation = operation;
    if (with_steps) {
        hold_function(guarded);
        status = passkey_operation_on_progress(operation, watch_step, guarded, drop_watch,
                                               out_error);
        if (status)
            drop_function(guarded);
    }
    if (!status) {
        hold_function(guarded);
        status = passkey_operation_on_done(operation, watch_end, guarded, drop_watch, out_error);
        if (status)
            drop_function(guarded);
    }
    if (status)
        end_function(guarded);
}

} // namespace passkey_node

#endif
