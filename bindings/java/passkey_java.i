/* SPDX-License-Identifier: Apache-2.0
 * What Java does its own way. Included by ../passkey.i. */

%rename("%(lowercamelcase)s", %$isfunction) "";
%rename(isBindPasskeyUrl) passkey_is_bind_passkey_url;
%rename(isAuthenticateUrl) passkey_is_authenticate_url;
%rename(newClient) new_client;
%rename(drain) passkey_drain;
%rename(version) passkey_version;
/* Object.wait is final. */
%rename(await) passkey_operation::wait;

%{
#include "jni_support.h"
%}

/* ---- The generated classes: for this package's own eyes, closed by hand. */

%pragma(java) moduleclassmodifiers="final class"
%pragma(java) jniclassclassmodifiers="final class"
%pragma(java) jniclasscode=%{
  static {
    NativeLibrary.load();
  }
%}
%typemap(javaclassmodifiers) SWIGTYPE "final class"
%typemap(javainterfaces) SWIGTYPE "AutoCloseable"
%typemap(javafinalize) SWIGTYPE ""
%typemap(javadestruct, methodname="close", methodmodifiers="public synchronized") SWIGTYPE {
    if (swigCPtr != 0 && swigCMemOwn) {
      swigCMemOwn = false;
      $jnicall;
    }
    swigCPtr = 0;
  }
%typemap(javabody) SWIGTYPE %{
  private long swigCPtr;
  private boolean swigCMemOwn;

  $javaclassname(long cPtr, boolean cMemoryOwn) {
    swigCMemOwn = cMemoryOwn;
    swigCPtr = cPtr;
  }

  static long getCPtr($javaclassname object) {
    return object == null ? 0 : object.swigCPtr;
  }
%}
/* Borrowed from a result or a list: there is nothing to close. */
%typemap(javainterfaces) passkey_credential ""
%typemap(javadestruct, methodname="close", methodmodifiers="private") passkey_credential ""

/* Use after close is an exception, never a crash. */
%typemap(check) SWIGTYPE *self {
    if (!$1) {
        SWIG_JavaThrowException(jenv, SWIG_JavaIllegalStateException, "$symname on a closed object");
        return $null;
    }
}

/* ---- Strings are UTF-8 bytes: JNI's own are "modified UTF-8", which breaks
 * every character beyond U+FFFF. */

%typemap(jni) const char * "jbyteArray"
%typemap(jtype) const char * "byte[]"
%typemap(jstype) const char * "String"
%typemap(javain) const char * "Utf8.encode($javainput)"
%typemap(javaout) const char * {
    return Utf8.decode($jnicall);
  }
%typemap(in) const char * {
    if (!jni_text_read(jenv, $input, (char **)&$1))
        return $null;
}
%typemap(freearg) const char * "jni_text_free((char *)$1);"
%typemap(out) const char * "$result = jni_text_new(jenv, $1);"
%apply const char * { const char *const };

/* ---- Errors: the exception takes the native error over. */

%typemap(in, numinputs=0) passkey_error **out_error (passkey_error *error = NULL) "$1 = &error;"
%typemap(argout, throws="PasskeyException") passkey_error **out_error {
    if (*$1)
        jni_throw_error(jenv, *$1);
}

/* ---- Callbacks are Runnables. */

%typemap(jni) passkey_callback "jobject"
%typemap(jtype) passkey_callback "Runnable"
%typemap(jstype) passkey_callback "Runnable"
%typemap(javain) passkey_callback "java.util.Objects.requireNonNull($javainput)"
%typemap(in) passkey_callback {
    $1.user = (*jenv)->NewGlobalRef(jenv, $input);
    if (!$1.user)
        return $null;
    $1.call = jni_call_runnable;
    $1.release = jni_release_runnable;
    $1.operation = NULL;
}
