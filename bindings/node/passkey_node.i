/* SPDX-License-Identifier: Apache-2.0
 * What Node.js does its own way. Included by ../passkey.i. */

%rename("%(lowercamelcase)s", %$isfunction) "";
%rename(isBindPasskeyUrl) passkey_is_bind_passkey_url;
%rename(isAuthenticateUrl) passkey_is_authenticate_url;
%rename(newClient) new_client;
%rename(drain) passkey_drain;
%rename(version) passkey_version;

%{
#include "log_function.hpp"
#include "operation_watch.hpp"
#include "utf8_text.hpp"
%}

/* Throws the native error as it is; index.js makes a PasskeyError of it. */
%typemap(in, numinputs=0) passkey_error **out_error (passkey_error *error = NULL) "$1 = &error;"
%typemap(argout) passkey_error **out_error {
    if (*$1) {
        napi_throw(env, SWIG_NewPointerObj(*$1, SWIGTYPE_p_passkey_error, SWIG_POINTER_OWN));
        SWIG_fail;
    }
}

/* A missing object reaches no C function. */
%typemap(check) SWIGTYPE *self {
    if (!$1) {
        SWIG_exception_fail(SWIG_ValueError, "$symname needs an object");
    }
}

/* SWIG's own takes the length of NULL. */
%typemap(out) const char * {
    $result = $1 ? Napi::Value(Napi::String::New(env, $1)) : env.Null();
}
/* SWIG's own leaks its copy when the call fails. */
%typemap(in) const char * (passkey_node::utf8_text text) {
    if (!text.read(env, $input)) {
        SWIG_exception_fail(SWIG_TypeError, "$symname needs a string without NUL");
    }
    $1 = text.get();
}
%typemap(freearg) const char * ""

%typemap(in) passkey_log_callback {
    passkey_node::guarded_function *log = passkey_node::new_log(env, $input);

    if (!log) {
        SWIG_exception_fail(SWIG_TypeError, "$symname needs a function");
    }
    $1.call = passkey_node::write_log;
    $1.user = log;
    $1.release = passkey_node::drop_log;
}

/* One function hears of the steps and of the end, in that order: watch(). */
%ignore passkey_operation::when_done;
%ignore passkey_operation::when_step;
%typemap(in) passkey_node::guarded_function *watcher {
    $1 = passkey_node::new_watch(env, $input);
    if (!$1) {
        SWIG_exception_fail(SWIG_TypeError, "$symname needs a function");
    }
}
%extend passkey_operation {
    void watch(bool with_steps, passkey_node::guarded_function *watcher, passkey_error **out_error)
    {
        passkey_node::watch(watcher, $self, with_steps, out_error);
    }
}

/* Frees a client now. Its object is as good as null from then on. */
%typemap(in) passkey_client *closed {
    void *client = nullptr;

    if (!SWIG_IsOK(SWIG_ConvertPtr($input, &client, $1_descriptor, SWIG_POINTER_RELEASE)) ||
        !client) {
        SWIG_exception_fail(SWIG_TypeError, "$symname needs a client that is open");
    }
    $1 = static_cast<passkey_client *>(client);
}
%inline %{
static void close_client(passkey_client *closed)
{
    passkey_client_free(closed);
}
%}
