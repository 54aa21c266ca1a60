/* SPDX-License-Identifier: Apache-2.0
 * What Python does its own way. Included by ../passkey.i. */

%rename(is_bind_passkey_url) passkey_is_bind_passkey_url;
%rename(is_authenticate_url) passkey_is_authenticate_url;
%rename(drain) passkey_drain;
%rename(version) passkey_version;

%{
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

/* On a thread of the core, or on the caller's, which has given up the GIL. */
static void call_function(void *function)
{
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *answer = PyObject_CallFunctionObjArgs(function, NULL);

    if (!answer)
        PyErr_WriteUnraisable(function);
    Py_XDECREF(answer);
    PyGILState_Release(state);
}

static void release_function(void *function)
{
    PyGILState_STATE state = PyGILState_Ensure();

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

%typemap(in) passkey_callback {
    if (!PyCallable_Check($input)) {
        SWIG_exception_fail(SWIG_TypeError, "$symname needs a callable");
    }
    Py_INCREF($input);
    $1.call = call_function;
    $1.user = $input;
    $1.release = release_function;
    $1.operation = NULL;
}
