/* SPDX-License-Identifier: Apache-2.0
 * What Python does its own way. Included by ../passkey.i. */

%rename(is_bind_passkey_url) passkey_is_bind_passkey_url;
%rename(is_authenticate_url) passkey_is_authenticate_url;
%rename(drain) passkey_drain;
%rename(version) passkey_version;

%{
#include <stdatomic.h>

/* Raises passkey.PasskeyError with what the error says. Takes the error over;
 * the GIL is held. */
static void raise_passkey_error(passkey_error *error)
{
    PyObject *native = SWIG_NewPointerObj(error, SWIGTYPE_p_passkey_error, SWIG_POINTER_OWN);
    PyObject *module = PyImport_ImportModule("passkey._errors");
    PyObject *exception = module ? PyObject_CallMethod(module, "from_native", "O", native) : NULL;

    if (exception)
        PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
    Py_XDECREF(exception);
    Py_XDECREF(module);
    Py_XDECREF(native);
}

/* Set when the interpreter ends: from then on nothing of the core enters it. */
static atomic_bool callbacks_are_over;

/* Takes the arguments over. What a callback raises has no one to go to. */
static void call_function_with(PyObject *function, PyObject *arguments)
{
    PyObject *answer = arguments ? PyObject_Call(function, arguments, NULL) : NULL;

    if (!answer)
        PyErr_WriteUnraisable(function);
    Py_XDECREF(answer);
    Py_XDECREF(arguments);
}

/* These four run on a thread of the core, or on the caller's, which has given
 * up the GIL. */
static void call_function(void *function)
{
    PyGILState_STATE state;

    if (atomic_load(&callbacks_are_over))
        return;
    state = PyGILState_Ensure();
    call_function_with(function, PyTuple_New(0));
    PyGILState_Release(state);
}

static void call_function_with_step(void *function, const char *step)
{
    PyGILState_STATE state;

    if (atomic_load(&callbacks_are_over))
        return;
    state = PyGILState_Ensure();
    call_function_with(function, Py_BuildValue("(s)", step));
    PyGILState_Release(state);
}

/* The line may end within a character. */
static void call_function_with_line(void *function, passkey_log_level level, const char *line)
{
    PyGILState_STATE state;

    if (atomic_load(&callbacks_are_over))
        return;
    state = PyGILState_Ensure();
    call_function_with(function,
                       Py_BuildValue("(iN)", (int)level,
                                     PyUnicode_DecodeUTF8(line, (Py_ssize_t)strlen(line),
                                                          "replace")));
    PyGILState_Release(state);
}

static void release_function(void *function)
{
    PyGILState_STATE state;

    if (atomic_load(&callbacks_are_over))
        return;
    state = PyGILState_Ensure();
    Py_DECREF((PyObject *)function);
    PyGILState_Release(state);
}

/* A link holds a token: SWIG's copy of it does not outlive the call. */
static void forget_text(char *text, int alloc)
{
    if (!text || alloc != SWIG_NEWOBJ)
        return;
    explicit_bzero(text, strlen(text));
    free(text);
}
%}

%typemap(in, numinputs=0) passkey_error **out_error (passkey_error *error = NULL) "$1 = &error;"
%typemap(argout) passkey_error **out_error {
    if (*$1) {
        raise_passkey_error(*$1);
        SWIG_fail;
    }
}

/* A deleted or missing object reaches no C function. */
%typemap(check) SWIGTYPE *self {
    if (!$1) {
        SWIG_exception_fail(SWIG_ValueError, "$symname needs an object, not None");
    }
}

%typemap(freearg) const char * "forget_text(buf$argnum, alloc$argnum);"

%define TAKES_FUNCTION(type, function)
%typemap(in) type {
    if (!PyCallable_Check($input)) {
        SWIG_exception_fail(SWIG_TypeError, "$symname needs a callable");
    }
    Py_INCREF($input);
    $1.call = function;
    $1.user = $input;
    $1.release = release_function;
}
%enddef

TAKES_FUNCTION(passkey_step_callback, call_function_with_step)
TAKES_FUNCTION(passkey_log_callback, call_function_with_line)
TAKES_FUNCTION(passkey_callback, call_function; $1.operation = NULL)

%inline %{
/* To be called once, when no callback is under way. */
static void end_callbacks(void)
{
    atomic_store(&callbacks_are_over, true);
}
%}
