/* SPDX-License-Identifier: Apache-2.0
 *
 * A JavaScript function that a thread of the core may call, whatever has
 * become of the function's environment meanwhile.
 *
 * Node frees a napi_threadsafe_function when its environment ends, be it by
 * worker.terminate(), without asking those who still hold it. So the core
 * never sees one: it holds this, which learns of the end from the finalizer
 * and from then on does nothing.
 *
 * Nobody can hear of an operation whose environment has ended. So it is
 * canceled, and waited for: the process may be about to end, and a thread of
 * the core must not be in OpenSSL or libcurl while these clean up.
 */
#ifndef PASSKEY_NODE_GUARDED_CALLBACK_HPP
#define PASSKEY_NODE_GUARDED_CALLBACK_HPP

#include <node_api.h>
#include <passkey/passkey.h>

#include <mutex>
#include <new>

namespace passkey_node {

/* How long the end of an environment may be delayed by a TPM that hangs, and
 * by the last steps of a thread whose operation has ended. */
constexpr int END_MS = 10000;
constexpr int LAST_STEPS_MS = 20;

struct guarded_callback {
    std::mutex lock;
    napi_threadsafe_function function = nullptr; /* null: called, given up or gone */
    int num_holders = 2;                         /* the core, and Node until it finalizes */
    /* Valid while function is not null: until then JavaScript holds it. */
    passkey_operation *operation = nullptr;
};

inline void drop_holder(guarded_callback *guarded)
{
    bool is_last;
    {
        std::lock_guard<std::mutex> held(guarded->lock);
        is_last = --guarded->num_holders == 0;
    }
    if (is_last)
        delete guarded;
}

/* Before any function of the environment is finalized: all its operations are
 * canceled before the first is waited for. */
inline void cancel_guarded_callback(void *data)
{
    guarded_callback *guarded = static_cast<guarded_callback *>(data);
    std::lock_guard<std::mutex> held(guarded->lock);

    if (guarded->function)
        passkey_operation_cancel(guarded->operation);
}

/* On the environment's thread, after the call or at the environment's end. Node
 * waits here while a thread of the core is inside the function, and frees it
 * only afterwards. */
inline void finalize_guarded_callback(napi_env env, void *data, void *)
{
    guarded_callback *guarded = static_cast<guarded_callback *>(data);
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
    napi_remove_env_cleanup_hook(env, cancel_guarded_callback, guarded);
    drop_holder(guarded);
}

/* Null when value is no function or Node cannot make one. */
inline guarded_callback *new_guarded_callback(napi_env env, napi_value value)
{
    guarded_callback *guarded = new (std::nothrow) guarded_callback;
    napi_value name;

    if (!guarded)
        return nullptr;
    if (napi_create_string_utf8(env, "passkey_operation", NAPI_AUTO_LENGTH, &name) != napi_ok ||
        napi_create_threadsafe_function(env, value, nullptr, name, 0, 1, guarded,
                                        finalize_guarded_callback, nullptr, nullptr,
                                        &guarded->function) != napi_ok) {
        delete guarded;
        return nullptr;
    }
    napi_add_env_cleanup_hook(env, cancel_guarded_callback, guarded);
    return guarded;
}

/* Gives the function up, once; with the lock held. */
inline void end_function(guarded_callback *guarded)
{
    if (guarded->function)
        napi_release_threadsafe_function(guarded->function, napi_tsfn_release);
    guarded->function = nullptr;
}

/* The three that the core calls. */
inline void call_guarded_callback(void *user)
{
    guarded_callback *guarded = static_cast<guarded_callback *>(user);
    std::lock_guard<std::mutex> held(guarded->lock);

    /* napi_closing says that the environment ends: the function is no more ours. */
    if (guarded->function &&
        napi_call_threadsafe_function(guarded->function, nullptr, napi_tsfn_nonblocking) ==
            napi_closing)
        guarded->function = nullptr;
    end_function(guarded);
}

inline void release_guarded_callback(void *user)
{
    guarded_callback *guarded = static_cast<guarded_callback *>(user);
    {
        std::lock_guard<std::mutex> held(guarded->lock);
        end_function(guarded);
    }
    drop_holder(guarded);
}

} // namespace passkey_node

#endif
