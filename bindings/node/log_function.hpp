/* SPDX-License-Identifier: Apache-2.0
 *
 * The JavaScript function that a client's log goes to: function(level, message).
 * It keeps neither the process nor its environment alive, and lines that nobody
 * can take any more are dropped.
 */
#ifndef PASSKEY_NODE_LOG_FUNCTION_HPP
#define PASSKEY_NODE_LOG_FUNCTION_HPP

#include "guarded_function.hpp"

#include <string>

namespace passkey_node {

/* The core's message lives only during its call. */
struct log_line {
    passkey_log_level level;
    std::string message;
};

inline void call_log(napi_env env, napi_value function, void *, void *data)
{
    log_line *line = static_cast<log_line *>(data);
    napi_value arguments[2];

    if (env &&
        napi_create_int32(env, static_cast<int32_t>(line->level), &arguments[0]) == napi_ok &&
        napi_create_string_utf8(env, line->message.data(), line->message.size(), &arguments[1]) ==
            napi_ok)
        call_function(env, function, 2, arguments);
    delete line;
}

inline void finalize_log(napi_env, void *data, void *)
{
    guarded_function *guarded = static_cast<guarded_function *>(data);
    {
        std::lock_guard<std::mutex> held(guarded->lock);
        guarded->function = nullptr;
    }
    drop_function(guarded);
}

inline guarded_function *new_log(napi_env env, napi_value value)
{
    guarded_function *guarded =
        new_guarded_function(env, value, "passkey_log", call_log, finalize_log);

    if (guarded) {
        napi_unref_threadsafe_function(env, guarded->function);
        hold_function(guarded); /* for the core */
    }
    return guarded;
}

/* The two that the core calls. A line for which there is no memory is lost. */
inline void write_log(void *user, passkey_log_level level, const char *message)
{
    log_line *line = nullptr;

    try {
        line = new log_line{level, message};
    } catch (const std::bad_alloc &) {
        return;
    }
    if (!queue_call(static_cast<guarded_function *>(user), line))
        delete line;
}

inline void drop_log(void *user)
{
    guarded_function *guarded = static_cast<guarded_function *>(user);

    end_function(guarded);
    drop_function(guarded);
}

} // namespace passkey_node

#endif
