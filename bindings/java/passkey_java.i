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

/* ---- The generated classes: for this package's own eyes, closed by hand.
 * NativeLibrary.require() comes before the first call. */

%pragma(java) moduleclassmodifiers="final class"
%pragma(java) jniclassclassmodifiers="final class"
%typemap(javaclassmodifiers) SWIGTYPE "final class"
%typemap(javabase) SWIGTYPE "NativeObject"
%typemap(javafinalize) SWIGTYPE ""
%typemap(javadestruct, methodname="free", methodmodifiers="@Override") SWIGTYPE {
    $jnicall;
  }
%typemap(javabody) SWIGTYPE %{
  $javaclassname(long cPtr, boolean isOwned) {
    super(cPtr, isOwned);
  }

  static long getCPtr($javaclassname object) {
    return object == null ? 0 : object.swigCPtr;
  }
%}
/* Part of a result, a list or a report: it ends with that. */
%typemap(javaout) const passkey_credential *, const passkey_job *, const passkey_bind_result *,
                  const passkey_error * {
    long cPtr = $jnicall;
    return cPtr == 0 ? null : lend(new $javaclassname(cPtr, false));
  }

/* Use after close is an exception, never a crash; looked at before the other
 * arguments are made. */
%typemap(in) SWIGTYPE *self {
    $1 = *($&1_ltype)&$input;
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
%typemap(javain, pre="    byte[] $javainputUtf8 = Utf8.encode($javainput);",
         post="      Utf8.wipe($javainputUtf8);") const char * "$javainputUtf8"
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

/* ---- Callbacks: a Runnable, a consumer of UTF-8, and one of UTF-8 and a level. */

%define CALLBACK(TYPE, JAVA_TYPE, CALL_IT)
%typemap(jni) TYPE "jobject"
%typemap(jtype) TYPE "JAVA_TYPE"
%typemap(jstype) TYPE "JAVA_TYPE"
%typemap(javain) TYPE "java.util.Objects.requireNonNull($javainput)"
%typemap(in) TYPE {
    memset(&$1, 0, sizeof $1);
    $1.user = (*jenv)->NewGlobalRef(jenv, $input);
    if (!$1.user) {
        SWIG_JavaThrowException(jenv, SWIG_JavaOutOfMemoryError, "no memory for a callback");
        return $null;
    }
    $1.call = CALL_IT;
    $1.release = jni_release;
}
%enddef
CALLBACK(passkey_callback, Runnable, jni_call_runnable)
CALLBACK(passkey_step_callback, java.util.function.Consumer<byte[]>, jni_call_consumer)
CALLBACK(passkey_log_callback, java.util.function.ObjIntConsumer<byte[]>, jni_call_log)
