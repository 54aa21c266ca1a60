/* SPDX-License-Identifier: Apache-2.0
 *
 * A JavaScript function that a thread of the core may call, whatever has
 * become of the function's environment meanwhile.
 *
 * Node frees a napi_threadsafe_function when its environment ends, be it by
 * worker.terminate(), without asking those who still hold it. So the core
 * never sees one: it holds this, which learns of the end from the finalizer
 * and from then on does nothing.
 */
#ifndef PASSKEY_NODE_GUARDED_CALLBACK_HPP
#define PASSKEY_NODE_GUARDED_CALLBACK_HPP

#include <node_api.h>

#include <mutex>
#include <new>

namespace passkey_node {

struct guarded_callback {
    std::mutex lock;
    napi_threadsafe_function function = nullptr; /* null: called, given up or gone */
    int num_holders = 1;                         /* the core, and Node until it finalizes */
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

/* On the environment's thread. Node waits here while a thread of the core is
 * inside the function, and frees it only afterwards. */
inline void finalize_guarded_callback(napi_env, void *data, void *)
{
    guarded_callback *guarded = static_cast<guarded_callback *>(data);
    {
        std::lock_guard<std::mutex> held(guarded->lock);
        guarded->function = nullptr;
    }
    drop_holder(guarded);
}

/* Null when value is no function or Node cannot make one. */
inline guarded_callback *new_guarded_callback(napi_env env, napi_value value)
{
    guarded_callback *guarded = new (std::nothrow) guarded_callback;
    napi_value name;

    if (!guarded)
        return nullptr;
    guarded->num_holders = 2;
    if (napi_create_string_utf8(env, "passkey_operation", NAPI_AUTO_LENGTH, &name) != napi_ok ||
        napi_create_threadsafe_function(env, value, nullptr, name, 0, 1, guarded,
                                        finalize_guarded_callback, nullptr, nullptr,
                                        &guarded->function) != napi_ok) {
        delete guarded;
        return nullptr;
    }
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
