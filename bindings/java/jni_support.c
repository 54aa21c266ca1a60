/* SPDX-License-Identifier: Apache-2.0 */
#include "jni_support.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Found once, while a class loader that knows them is at work: on a thread of
 * the core FindClass sees the system's classes only. */
static JavaVM *vm;
static jclass exception_class;
static jmethodID exception_from_native, runnable_run, consumer_accept, log_accept;
static pthread_key_t attached;

static void detach(void *machine)
{
    (*(JavaVM *)machine)->DetachCurrentThread(machine);
}

static jmethodID find_method(JNIEnv *env, const char *class_name, const char *name,
                             const char *signature)
{
    jclass found = (*env)->FindClass(env, class_name);

    return found ? (*env)->GetMethodID(env, found, name, signature) : NULL;
}

static bool find_exception(JNIEnv *env)
{
    jclass exception = (*env)->FindClass(env, "dev/libpasskey/PasskeyException");

    if (!exception || !(exception_class = (*env)->NewGlobalRef(env, exception)))
        return false;
    exception_from_native = (*env)->GetStaticMethodID(env, exception_class, "fromNative",
                                                      "(J)Ldev/libpasskey/PasskeyException;");
    return exception_from_native != NULL;
}

static bool find_callbacks(JNIEnv *env)
{
    runnable_run = find_method(env, "java/lang/Runnable", "run", "()V");
    if (!runnable_run)
        return false;
    consumer_accept =
        find_method(env, "java/util/function/Consumer", "accept", "(Ljava/lang/Object;)V");
    if (!consumer_accept)
        return false;
    log_accept =
        find_method(env, "java/util/function/ObjIntConsumer", "accept", "(Ljava/lang/Object;I)V");
    return log_accept != NULL;
}

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *machine, void *reserved)
{
    JNIEnv *env = NULL;

    (void)reserved;
    vm = machine;
    if ((*vm)->GetEnv(vm, (void **)&env, JNI_VERSION_10) != JNI_OK || !find_exception(env) ||
        !find_callbacks(env) || pthread_key_create(&attached, detach) != 0)
        return JNI_ERR;
    return JNI_VERSION_10;
}

/* The environment of this thread. A thread of the core joins the machine once,
 * as a daemon so that it delays no exit, and leaves it when the thread ends. */
static JNIEnv *current_env(void)
{
    JavaVMAttachArgs as = {JNI_VERSION_10, (char *)"libpasskey", NULL};
    JNIEnv *env = NULL;

    if ((*vm)->GetEnv(vm, (void **)&env, JNI_VERSION_10) == JNI_OK)
        return env;
    if ((*vm)->AttachCurrentThreadAsDaemon(vm, (void **)&env, &as) != JNI_OK)
        return NULL;
    pthread_setspecific(attached, vm);
    return env;
}

bool jni_text_read(JNIEnv *env, jbyteArray bytes, char **out_text)
{
    jsize length = bytes ? (*env)->GetArrayLength(env, bytes) : 0;
    char *text;

    *out_text = NULL;
    if (!bytes)
        return true;
    text = calloc((size_t)length + 1, 1);
    if (!text) {
        jclass no_memory = (*env)->FindClass(env, "java/lang/OutOfMemoryError");

        if (no_memory)
            (*env)->ThrowNew(env, no_memory, "no memory for a text");
        return false;
    }
    (*env)->GetByteArrayRegion(env, bytes, 0, length, (jbyte *)text);
    *out_text = text;
    return true;
}

void jni_text_free(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

jbyteArray jni_text_new(JNIEnv *env, const char *text)
{
    jsize length = text ? (jsize)strlen(text) : 0;
    jbyteArray bytes = text ? (*env)->NewByteArray(env, length) : NULL;

    if (bytes)
        (*env)->SetByteArrayRegion(env, bytes, 0, length, (const jbyte *)text);
    return bytes;
}

void jni_throw_error(JNIEnv *env, passkey_error *error)
{
    jobject exception = (*env)->CallStaticObjectMethod(
        env, exception_class, exception_from_native, (jlong)(intptr_t)error);

    /* What fromNative threw itself, for want of memory, is on its way already. */
    if (!(*env)->ExceptionCheck(env) && exception)
        (*env)->Throw(env, exception);
}

/* Between these two, references are collected: on a thread of the core nothing
 * else does it. Ours never throw; what the machine throws for want of memory
 * must not stay on such a thread. */
static JNIEnv *enter(void)
{
    JNIEnv *env = current_env();

    if (!env || (*env)->PushLocalFrame(env, 4) == 0)
        return env;
    (*env)->ExceptionClear(env);
    return NULL;
}

static void leave(JNIEnv *env)
{
    if ((*env)->ExceptionCheck(env))
        (*env)->ExceptionClear(env);
    (*env)->PopLocalFrame(env, NULL);
}

void jni_call_runnable(void *user)
{
    JNIEnv *env = enter();

    if (!env)
        return;
    (*env)->CallVoidMethod(env, user, runnable_run);
    leave(env);
}

void jni_call_consumer(void *user, const char *step)
{
    JNIEnv *env = enter();
    jbyteArray text;

    if (!env)
        return;
    text = jni_text_new(env, step);
    if (text)
        (*env)->CallVoidMethod(env, user, consumer_accept, text);
    leave(env);
}

void jni_call_log(void *user, passkey_log_level level, const char *message)
{
    JNIEnv *env = enter();
    jbyteArray text;

    if (!env)
        return;
    text = jni_text_new(env, message);
    if (text)
        (*env)->CallVoidMethod(env, user, log_accept, text, (jint)level);
    leave(env);
}

void jni_release(void *user)
{
    JNIEnv *env = current_env();

    if (env)
        (*env)->DeleteGlobalRef(env, user);
}
