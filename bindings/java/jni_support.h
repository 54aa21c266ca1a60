/* SPDX-License-Identifier: Apache-2.0
 * What the wrappers made by SWIG need of JNI. */
#ifndef PASSKEY_JNI_SUPPORT_H
#define PASSKEY_JNI_SUPPORT_H

#include <jni.h>
#include <passkey/passkey.h>
#include <stdbool.h>

/* Makes *out_text of UTF-8 bytes; NULL of null. False: an exception is on its
 * way. Free it with jni_text_free, which wipes it: it may be a link. */
bool jni_text_read(JNIEnv *env, jbyteArray bytes, char **out_text);
void jni_text_free(char *text);

/* The UTF-8 bytes of text; null of NULL. */
jbyteArray jni_text_new(JNIEnv *env, const char *text);

/* Throws a PasskeyException that takes the error over. */
void jni_throw_error(JNIEnv *env, passkey_error *error);

/* user is a global reference to a Runnable, a Consumer of the step's UTF-8, or
 * an ObjIntConsumer of a line's UTF-8 and its level. From any thread. */
void jni_call_runnable(void *user);
void jni_call_consumer(void *user, const char *step);
void jni_call_log(void *user, passkey_log_level level, const char *message);
void jni_release(void *user);

#endif
