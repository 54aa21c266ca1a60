/* SPDX-License-Identifier: Apache-2.0
 * A JavaScript string as the core takes it, for the length of one call. */
#ifndef PASSKEY_NODE_UTF8_TEXT_HPP
#define PASSKEY_NODE_UTF8_TEXT_HPP

#include <node_api.h>

#include <string.h>

#include <new>

namespace passkey_node {

/* Null and undefined are NULL. The text may be a link, which holds a token:
 * it is wiped however the call ends. */
class utf8_text {
public:
    utf8_text() = default;
    utf8_text(const utf8_text &) = delete;
    utf8_text &operator=(const utf8_text &) = delete;

    ~utf8_text()
    {
        if (bytes_)
            explicit_bzero(bytes_, length_);
        delete[] bytes_;
    }

    /* False when the value is no string, or one that C would cut short. */
    bool read(napi_env env, napi_value value)
    {
        napi_valuetype type;

        if (napi_typeof(env, value, &type) != napi_ok)
            return false;
        if (type == napi_null || type == napi_undefined)
            return true;
        if (napi_get_value_string_utf8(env, value, nullptr, 0, &length_) != napi_ok)
            return false;
        bytes_ = new (std::nothrow) char[length_ + 1];
        return bytes_ &&
               napi_get_value_string_utf8(env, value, bytes_, length_ + 1, &length_) == napi_ok &&
               strlen(bytes_) == length_;
    }

    char *get() { return bytes_; }

private:
    char *bytes_ = nullptr;
    size_t length_ = 0;
};

} // namespace passkey_node

#endif
