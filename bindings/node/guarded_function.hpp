/* SPDX-License-Identifier: Apache-2.0
 *
 * A JavaScript function that threads of the core may call, whatever has become
 * of the function's environment meanwhile.
 *
 * Node frees a napi_threadsafe_function when its environment ends, be it by
 * worker.terminate(), without asking those who still hold it. So the core
 * never sees one: it holds this, which learns of the end from the finalizer
 * and from then on does nothing.
 */
#ifndef PASSKEY_NODE_GUARDED_FUNCTION_HPP
#define PASSKEY_NODE_GUARDED_FUNCTION_HPP

#include <node_api.h>
#include <passkey/passkey.h>

#include <mutex>
#include <new>

namespace passkey_node {

struct guarded_function {
    std::mutex lock;
    napi_threadsafe_function function = nullptr; /* null: given up or gone */
    int num_holders = 1; /* Node until it finalizes, and each callback of the core */
    /* Whose end the function waits for; null for a log. Valid while function is
     * not null: until then JavaScript holds it. */
    passkey_operation *operation = nullptr;
};

inline void hold_function(guarded_function *guarded)
{
    std::lock_guard<std::mutex> held(guarded->lock);

    guarded->num_holders++;
}

inline void drop_function(guarded_function *guarded)
{
    bool is_last;
    {
        std::lock_guard<std::mutex> held(guarded->lock);
        is_last = --guarded->num_holders == 0;
    }
    if (is_last)
        delete guarded;
}

/* Null when value is no function or Node cannot make one. On JavaScript's
 * thread, call_js is called with each data, and with no environment when the
 * data has only to be freed; finalize must drop the function. */
inline guarded_function *new_guarded_function(napi_env env, napi_value value, const char *name,
                                              napi_threadsafe_function_call_js call_js,
                                              napi_finalize finalize)
{
    guarded_function *guarded = new (std::nothrow) guarded_function;
    napi_value said_name;

    if (!guarded)
        return nullptr;
    if (napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &said_name) != napi_ok ||
        napi_create_threadsafe_function(env, value, nullptr, said_name, 0, 1, guarded, finalize,
                                        nullptr, call_js, &guarded->function) != napi_ok) {
        delete guarded;
        return nullptr;
    }
    return guarded;
}

/* From any thread. False when nobody will come for the data. */
inline bool queue_call(guarded_function *guarded, void *data)
{
    std::lock_guard<std::mutex> held(guarded->lock);

    if (!guarded->function)
        return false;
    napi_status status =
        napi_call_threadsafe_function(guarded->function, data, napi_tsfn_nonblocking);
    /* That says that the environment ends: the function is no more ours. */
    if (status == napi_closing)
        guarded->function = nullptr;
    return status == napi_ok;
}

/* From any thread, any number of times: what is queued is the last. */
inline void end_function(guarded_function *guarded)
{
    std::lock_guard<std::mutex> held(guarded->lock);

    if (guarded->function)
        napi_release_threadsafe_function(guarded->function, napi_tsfn_release);
    guarded->function = nullptr;
}

/* function(arguments). What it throws is Node's to report; when the
 * environment is ending, it is not called at all. */
inline void call_function(napi_env env, napi_value function, size_t num_arguments,
                          const napi_value *arguments)
{
    napi_value undefined;

    if (napi_get_undefined(env, &undefined) == napi_ok)
        napi_call_function(env, undefined, function, num_arguments, arguments, nullptr);
}

} // namespace passkey_node

#endif
