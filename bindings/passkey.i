/* SPDX-License-Identifier: Apache-2.0
 *
 * The one interface from which SWIG makes the native half of the Python,
 * Node.js and Java bindings. Nothing of passkey.h is wrapped by default: what
 * stands here is what the friendly layers need, and only they see it. Each
 * language's own typemaps are in python/, node/ and java/.
 *
 * A declaration without a body is bound straight to the function of that name
 * in passkey.h (%extend passkey_client { void close(); } calls
 * passkey_client_close). One with a body turns an out parameter into a return
 * value; its name must not be one of passkey.h.
 *
 * An error arrives through "passkey_error **out_error", which no caller sees:
 * the language's typemap makes it and throws what came in it.
 */
#if defined(SWIGPYTHON)
%module(package="passkey", threads="1") _native
#elif defined(SWIGJAVA)
%module(jniclassname="NativeJni") Native
#else
%module passkey_native
#endif

%{
#include <passkey/passkey.h>

/* A function of the host language, as the core takes it. */
typedef struct passkey_callback {
    void (*call)(void *user);
    void *user;
    void (*release)(void *user);
    passkey_operation **operation; /* is told whose end it waits for; may be NULL */
} passkey_callback;
%}

%include <exception.i>

/* The GIL is held in the short getters and given up where a call may wait,
 * be it only for a lock: a callback may hold that lock and wait for the GIL. */
%feature("nothread");
%define MAY_WAIT(name)
%feature("nothread", "0") name;
%enddef

MAY_WAIT(new_client)
MAY_WAIT(passkey_client::~passkey_client)
MAY_WAIT(passkey_client::set_option)
MAY_WAIT(passkey_client::check_link)
MAY_WAIT(passkey_client::start_bind)
MAY_WAIT(passkey_client::read_passkeys)
MAY_WAIT(passkey_client::make_job)
MAY_WAIT(passkey_operation::~passkey_operation)
MAY_WAIT(passkey_operation::wait)
MAY_WAIT(passkey_operation::cancel)
MAY_WAIT(passkey_operation::when_done)
MAY_WAIT(passkey_operation::take_result)
MAY_WAIT(passkey_drain)

%newobject passkey_client::check_link;
%newobject passkey_client::start_bind;
%newobject passkey_client::read_passkeys;
%newobject passkey_client::make_job;
%newobject passkey_operation::take_result;

%rename(NativeClient) passkey_client;
%rename(NativeOperation) passkey_operation;
%rename(NativeResult) passkey_bind_result;
%rename(NativePasskey) passkey_credential;
%rename(NativePasskeyList) passkey_credential_list;
%rename(NativeLink) passkey_link;
%rename(NativeJob) passkey_job;
%rename(NativeError) passkey_error;

#if defined(SWIGPYTHON)
%include "python/passkey_python.i"
#elif defined(SWIGJAVA)
%include "java/passkey_java.i"
#else
%include "node/passkey_node.i"
#endif

/* passkey_status is said by throwing; the number itself is of no use there. */
typedef int passkey_status;
typedef unsigned long size_t;

%nodefaultctor;
%nodefaultdtor;
typedef struct {} passkey_client;
typedef struct {} passkey_operation;
typedef struct {} passkey_bind_result;
#if defined(SWIGJAVA) /* the others read JSON, which Java cannot by itself */
typedef struct {} passkey_credential;
#endif
typedef struct {} passkey_credential_list;
typedef struct {} passkey_link;
#if !defined(SWIGJAVASCRIPT)
typedef struct {} passkey_job;
#endif
typedef struct {} passkey_error;

%extend passkey_error {
    ~passkey_error() { passkey_error_free($self); }
    const char *code();
    const char *message();
    const char *hint();
    const char *cause();
    const char *correlation_id();
    int http_status();
    bool retryable();
}

%extend passkey_client {
    ~passkey_client() { passkey_client_free($self); }

    passkey_status set_option(const char *name, const char *value, passkey_error **out_error);

    passkey_link *check_link(const char *link, passkey_error **out_error)
    {
        passkey_link *description = NULL;

        passkey_client_check($self, link, &description, out_error);
        return description;
    }

    passkey_operation *start_bind(const char *link, passkey_error **out_error)
    {
        passkey_operation *operation = NULL;

        passkey_client_bind_start($self, link, &operation, out_error);
        return operation;
    }

    passkey_credential_list *read_passkeys(passkey_error **out_error)
    {
        passkey_credential_list *list = NULL;

        passkey_client_list($self, &list, out_error);
        return list;
    }

#if !defined(SWIGJAVASCRIPT) /* it blocks, which nothing may in Node.js */
    passkey_job *make_job(const char *identity_id, const char *delivery_method,
                          const char *post_binding_redirect_uri, passkey_error **out_error)
    {
        passkey_job *job = NULL;

        passkey_client_create_job($self, identity_id, delivery_method, post_binding_redirect_uri,
                                  &job, out_error);
        return job;
    }
#endif
}

%extend passkey_operation {
    ~passkey_operation() { passkey_operation_free($self); }
    bool wait(int timeout_ms);
    void cancel();

    /* The core takes the callback over only when it accepts it. */
    void when_done(passkey_callback callback, passkey_error **out_error)
    {
        if (callback.operation)
            *callback.operation = $self;
        if (passkey_operation_on_done($self, callback.call, callback.user, callback.release,
                                      out_error) != PASSKEY_OK)
            callback.release(callback.user);
    }

    passkey_bind_result *take_result(passkey_error **out_error)
    {
        passkey_bind_result *result = NULL;

        passkey_operation_bind_result($self, &result, out_error);
        return result;
    }
}

%extend passkey_bind_result {
    ~passkey_bind_result() { passkey_bind_result_free($self); }
#if defined(SWIGJAVA)
    const passkey_credential *passkey();
    const char *post_binding_redirect_uri();
#else
    const char *json();
#endif
}

%extend passkey_credential_list {
    ~passkey_credential_list() { passkey_credential_list_free($self); }
    size_t num_damaged();
    const char *damaged(size_t index);
#if defined(SWIGJAVA)
    size_t count();
    const passkey_credential *at(size_t index);
#else
    const char *json();
#endif
}

#if defined(SWIGJAVA)
%extend passkey_credential {
    const char *id();
    const char *passkey_id();
    const char *local_created();
    const char *local_updated();
    const char *created();
    const char *updated();
    const char *api_base_url();
    const char *key_handle();
    const char *key_type();
    const char *protection();
    const char *thumbprint();
    const char *state();
    const char *tenant_id();
    const char *tenant_display_name();
    const char *realm_id();
    const char *realm_display_name();
    const char *identity_id();
    const char *identity_display_name();
    const char *identity_username();
    const char *identity_email_address();
    const char *theme_logo_url_light();
    const char *theme_logo_url_dark();
    const char *theme_support_url();
}
#endif

%extend passkey_link {
    ~passkey_link() { passkey_link_free($self); }
    const char *kind();
    const char *origin();
    const char *tenant_id();
    const char *realm_id();
    const char *identity_id();
    const char *job_id();
}

#if !defined(SWIGJAVASCRIPT)
%extend passkey_job {
    ~passkey_job() { passkey_job_free($self); }
    const char *id();
    const char *state();
    const char *link();
}
#endif

/* No constructor of passkey_client: SWIG's for Node.js cannot fail. */
%newobject new_client;
%inline %{
static passkey_client *new_client(passkey_error **out_error)
{
    passkey_client *client = NULL;

    passkey_client_new(&client, out_error);
    return client;
}
%}

bool passkey_is_bind_passkey_url(const char *url);
bool passkey_is_authenticate_url(const char *url);
bool passkey_drain(int timeout_ms);
const char *passkey_version(void);
