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

/* Functions of the host language, as the core takes them: "when it has ended",
 * "a step begins", "a line for the log". */
typedef struct passkey_callback {
    void (*call)(void *user);
    void *user;
    void (*release)(void *user);
    passkey_operation **operation; /* is told whose end it waits for; may be NULL */
} passkey_callback;

typedef struct passkey_step_callback {
    void (*call)(void *user, const char *step);
    void *user;
    void (*release)(void *user);
} passkey_step_callback;

typedef struct passkey_log_callback {
    void (*call)(void *user, passkey_log_level level, const char *message);
    void *user;
    void (*release)(void *user);
} passkey_log_callback;

/* The body of a wrapper that returns what the call puts into out. */
#define RETURN_OUT(type, call)                                                                     \
    type *out = NULL;                                                                              \
                                                                                                   \
    call;                                                                                          \
    return out
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
MAY_WAIT(passkey_client::when_logged)
MAY_WAIT(passkey_client::check_link)
MAY_WAIT(passkey_operation::~passkey_operation)
MAY_WAIT(passkey_operation::wait)
MAY_WAIT(passkey_operation::cancel)
MAY_WAIT(passkey_operation::when_done)
MAY_WAIT(passkey_operation::when_step)
MAY_WAIT(passkey_drain)

/* What gives back an object of its own, and may wait for a lock. */
%define GIVES(name)
%newobject name;
MAY_WAIT(name)
%enddef

GIVES(passkey_client::start_bind)
GIVES(passkey_client::start_info)
GIVES(passkey_client::start_resume)
GIVES(passkey_client::start_list)
GIVES(passkey_client::start_get)
GIVES(passkey_client::start_delete)
GIVES(passkey_client::start_create_job)
GIVES(passkey_client::start_get_job)
GIVES(passkey_client::start_list_jobs)
GIVES(passkey_client::start_revoke_job)
GIVES(passkey_client::start_wait_job)
GIVES(passkey_client::start_examine)
GIVES(passkey_operation::take_result)
GIVES(passkey_operation::take_info)
GIVES(passkey_operation::take_resumption)
GIVES(passkey_operation::take_list)
GIVES(passkey_operation::take_passkey)
GIVES(passkey_operation::take_job)
GIVES(passkey_operation::take_job_list)
GIVES(passkey_operation::take_examination)
MAY_WAIT(passkey_operation::take_deleted)
%newobject passkey_client::check_link;

/* The core has a passkey_client_set_log of its own. */
#if defined(SWIGPYTHON)
%rename(set_log) passkey_client::when_logged;
#else
%rename(setLog) passkey_client::when_logged;
#endif

%rename(NativeClient) passkey_client;
%rename(NativeOperation) passkey_operation;
%rename(NativeResult) passkey_bind_result;
%rename(NativePasskey) passkey_credential;
%rename(NativePasskeyList) passkey_credential_list;
%rename(NativeLink) passkey_link;
%rename(NativeInfo) passkey_info;
%rename(NativeResumption) passkey_resumption;
%rename(NativeJob) passkey_job;
%rename(NativeJobList) passkey_job_list;
%rename(NativeExamination) passkey_examination;
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
typedef int passkey_level;
typedef unsigned long size_t;

%nodefaultctor;
%nodefaultdtor;
typedef struct {} passkey_client;
typedef struct {} passkey_operation;
typedef struct {} passkey_bind_result;
typedef struct {} passkey_credential;
typedef struct {} passkey_credential_list;
typedef struct {} passkey_link;
typedef struct {} passkey_info;
typedef struct {} passkey_resumption;
typedef struct {} passkey_job;
typedef struct {} passkey_job_list;
typedef struct {} passkey_examination;
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
#if defined(SWIGPYTHON)
    int status();
#endif
}

%extend passkey_client {
    ~passkey_client() { passkey_client_free($self); }

    passkey_status set_option(const char *name, const char *value, passkey_error **out_error);

    /* The core takes a callback over only when it accepts it. */
    void when_logged(passkey_log_callback callback, passkey_error **out_error)
    {
        if (passkey_client_set_log($self, callback.call, callback.user, callback.release,
                                   out_error) != PASSKEY_OK)
            callback.release(callback.user);
    }

    passkey_link *check_link(const char *link, passkey_error **out_error)
    {
        RETURN_OUT(passkey_link, passkey_client_check($self, link, &out, out_error));
    }

    passkey_operation *start_bind(const char *link, passkey_error **out_error)
    {
        RETURN_OUT(passkey_operation, passkey_client_bind_start($self, link, &out, out_error));
    }

    passkey_operation *start_info(const char *link, passkey_error **out_error)
    {
        RETURN_OUT(passkey_operation, passkey_client_info_start($self, link, &out, out_error));
    }

    passkey_operation *start_resume(passkey_error **out_error)
    {
        RETURN_OUT(passkey_operation, passkey_client_resume_start($self, &out, out_error));
    }

    passkey_operation *start_list(passkey_error **out_error)
    {
        RETURN_OUT(passkey_operation, passkey_client_list_start($self, &out, out_error));
    }

    passkey_operation *start_get(const char *id, passkey_error **out_error)
    {
        RETURN_OUT(passkey_operation, passkey_client_get_start($self, id, &out, out_error));
    }

    passkey_operation *start_delete(const char *id, passkey_error **out_error)
    {
        RETURN_OUT(passkey_operation, passkey_client_delete_start($self, id, &out, out_error));
    }

    passkey_operation *start_create_job(const char *identity_id, const char *delivery_method,
                                        const char *post_binding_redirect_uri,
                                        passkey_error **out_error)
    {
        RETURN_OUT(passkey_operation,
                   passkey_client_create_job_start($self, identity_id, delivery_method,
                                                   post_binding_redirect_uri, &out, out_error));
    }

    passkey_operation *start_get_job(const char *identity_id, const char *job_id,
                                     passkey_error **out_error)
    {
        RETURN_OUT(passkey_operation,
                   passkey_client_get_job_start($self, identity_id, job_id, &out, out_error));
    }

    passkey_operation *start_list_jobs(const char *identity_id, passkey_error **out_error)
    {
        RETURN_OUT(passkey_operation,
                   passkey_client_list_jobs_start($self, identity_id, &out, out_error));
    }

    passkey_operation *start_revoke_job(const char *identity_id, const char *job_id,
                                        passkey_error **out_error)
    {
        RETURN_OUT(passkey_operation,
                   passkey_client_revoke_job_start($self, identity_id, job_id, &out, out_error));
    }

    passkey_operation *start_wait_job(const char *identity_id, const char *job_id,
                                      unsigned wait_ms, passkey_error **out_error)
    {
        RETURN_OUT(passkey_operation,
                   passkey_client_wait_job_start($self, identity_id, job_id, wait_ms, &out,
                                                 out_error));
    }

    passkey_operation *start_examine(passkey_error **out_error)
    {
        RETURN_OUT(passkey_operation, passkey_client_examine_start($self, &out, out_error));
    }
}

%extend passkey_operation {
    ~passkey_operation() { passkey_operation_free($self); }
    bool wait(int timeout_ms);
    void cancel();

    void when_done(passkey_callback callback, passkey_error **out_error)
    {
        if (callback.operation)
            *callback.operation = $self;
        if (passkey_operation_on_done($self, callback.call, callback.user, callback.release,
                                      out_error) != PASSKEY_OK)
            callback.release(callback.user);
    }

    void when_step(passkey_step_callback callback, passkey_error **out_error)
    {
        if (passkey_operation_on_progress($self, callback.call, callback.user, callback.release,
                                          out_error) != PASSKEY_OK)
            callback.release(callback.user);
    }

    passkey_bind_result *take_result(passkey_error **out_error)
    {
        RETURN_OUT(passkey_bind_result, passkey_operation_bind_result($self, &out, out_error));
    }

    passkey_info *take_info(passkey_error **out_error)
    {
        RETURN_OUT(passkey_info, passkey_operation_info_result($self, &out, out_error));
    }

    passkey_resumption *take_resumption(passkey_error **out_error)
    {
        RETURN_OUT(passkey_resumption, passkey_operation_resume_result($self, &out, out_error));
    }

    passkey_credential_list *take_list(passkey_error **out_error)
    {
        RETURN_OUT(passkey_credential_list, passkey_operation_list_result($self, &out, out_error));
    }

    passkey_credential *take_passkey(passkey_error **out_error)
    {
        RETURN_OUT(passkey_credential, passkey_operation_get_result($self, &out, out_error));
    }

    void take_deleted(passkey_error **out_error)
    {
        passkey_operation_delete_result($self, out_error);
    }

    passkey_job *take_job(passkey_error **out_error)
    {
        RETURN_OUT(passkey_job, passkey_operation_job_result($self, &out, out_error));
    }

    passkey_job_list *take_job_list(passkey_error **out_error)
    {
        RETURN_OUT(passkey_job_list, passkey_operation_job_list_result($self, &out, out_error));
    }

    passkey_examination *take_examination(passkey_error **out_error)
    {
        RETURN_OUT(passkey_examination,
                   passkey_operation_examination_result($self, &out, out_error));
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

%extend passkey_credential {
    ~passkey_credential() { passkey_credential_free($self); }
#if !defined(SWIGJAVA)
    const char *json();
#else
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
#endif
}

%extend passkey_info {
    ~passkey_info() { passkey_info_free($self); }
#if !defined(SWIGJAVA)
    const char *json();
#else
    const char *api_base_url();
    const char *job_id();
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
    const char *post_binding_redirect_uri();
#endif
}

/* What result() and error() give is part of the report. */
%extend passkey_resumption {
    ~passkey_resumption() { passkey_resumption_free($self); }
    size_t count();
    const char *outcome(size_t index);
    const passkey_bind_result *result(size_t index);
    const passkey_error *error(size_t index);
    const char *identity_id(size_t index);
    const char *job_id(size_t index);
}

%extend passkey_link {
    ~passkey_link() { passkey_link_free($self); }
    const char *kind();
    const char *origin();
    const char *tenant_id();
    const char *realm_id();
    const char *identity_id();
    const char *job_id();
}

%extend passkey_job {
    ~passkey_job() { passkey_job_free($self); }
#if !defined(SWIGJAVA)
    const char *json();
#else
    const char *id();
    const char *state();
    const char *link();
    const char *identity_id();
    const char *credential_id();
    const char *delivery_method();
    const char *post_binding_redirect_uri();
    const char *expire_time();
    const char *create_time();
    const char *update_time();
#endif
}

%extend passkey_job_list {
    ~passkey_job_list() { passkey_job_list_free($self); }
#if !defined(SWIGJAVA)
    const char *json();
#else
    size_t count();
    const passkey_job *at(size_t index);
#endif
}

%extend passkey_examination {
    ~passkey_examination() { passkey_examination_free($self); }
#if !defined(SWIGJAVA)
    const char *json();
#else
    size_t count();
    const char *check(size_t index);
    passkey_level level(size_t index);
    const char *message(size_t index);
    const char *remedy(size_t index);
#endif
}

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
