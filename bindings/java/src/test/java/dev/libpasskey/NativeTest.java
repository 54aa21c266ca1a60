// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What SWIG made, which nobody but this package sees: the pitfalls of such wrappers. */
class NativeTest {
    @TempDir Path folder;

    @BeforeAll
    static void load() {
        NativeLibrary.require();
    }

    private static Stream<Method> natives() {
        return Stream.of(NativeJni.class.getDeclaredMethods())
                .filter(method -> Modifier.isNative(method.getModifiers()));
    }

    @Test
    void nothingOfItIsPublic() {
        Stream.of(Native.class, NativeJni.class, NativeClient.class, NativeOperation.class,
                NativeResult.class, NativePasskey.class, NativePasskeyList.class, NativeLink.class,
                NativeInfo.class, NativeJob.class, NativeJobList.class, NativeError.class,
                NativeObject.class).forEach(each ->
                assertFalse(Modifier.isPublic(each.getModifiers()), each::getName));
    }

    /** JNI's strings are modified UTF-8: an emoji does not survive them. */
    @Test
    void noTextCrossesAsAJniString() {
        assertTrue(natives().count() > 80);
        natives().forEach(method -> {
            assertFalse(method.getReturnType() == String.class, method::toString);
            assertFalse(List.of(method.getParameterTypes()).contains(String.class),
                    method::toString);
        });
    }

    /** Every function that has a self is called with none. */
    @TestFactory
    Stream<DynamicTest> aClosedObjectReachesNoCFunction() {
        return natives().filter(NativeTest::hasSelf).map(method ->
                DynamicTest.dynamicTest(method.getName(), () -> {
                    method.setAccessible(true);
                    Throwable thrown = assertThrows(InvocationTargetException.class,
                            () -> method.invoke(null, nothingFor(method))).getCause();
                    assertInstanceOf(IllegalStateException.class, thrown);
                }));
    }

    private static boolean hasSelf(Method method) {
        return method.getParameterCount() > 0 && method.getParameterTypes()[0] == long.class;
    }

    private static Object[] nothingFor(Method method) {
        return Stream.of(method.getParameterTypes()).map(type -> type == long.class ? (Object) 0L
                : type == int.class ? (Object) 0 : null).toArray();
    }

    @Test
    void whatIsClosedTwiceIsFreedOnce() throws PasskeyException {
        NativeClient client = Native.newClient();
        NativeOperation operation = client.startBind("no link");
        operation.close();
        operation.close();
        client.close();
        client.close();

        assertThrows(IllegalStateException.class, operation::cancel);
        assertThrows(IllegalStateException.class, () -> client.startBind("x"));
    }

    @Test
    void whatAListLentEndsWithIt() throws Exception {
        String id;
        try (PasskeyClient client = MockCloud.client(folder).build()) {
            id = client.bindPasskey(MockCloud.link("ok")).id();
        }
        try (NativeClient client = Native.newClient()) {
            client.setOption("home", folder.toString());
            NativePasskey lent;
            try (NativeOperation operation = client.startList()) {
                operation.await(-1);
                try (NativePasskeyList list = operation.takeList()) {
                    lent = list.at(0);
                    lent.close();
                    lent = list.at(0);
                    assertEquals(id, lent.id());
                    assertEquals(null, list.at(1));
                }
            }
            assertThrows(IllegalStateException.class, lent::id);
        }
    }

    @Test
    void aResultIsTakenOnce() throws PasskeyException {
        try (NativeClient client = Native.newClient();
                NativeOperation operation = client.startBind("no link")) {
            operation.await(-1);
            for (String code : List.of("invalid_link", "invalid_argument")) {
                assertEquals(code,
                        assertThrows(PasskeyException.class, operation::takeResult).code());
            }
        }
    }

    @Test
    void aCallbackThatThrowsIsNotFatal() throws PasskeyException {
        try (NativeClient client = Native.newClient();
                NativeOperation operation = client.startBind("no link")) {
            operation.await(-1);
            operation.whenDone(() -> {
                throw new IllegalStateException("thrown by a callback");
            });
            operation.whenStep(step -> {
                throw new IllegalStateException("thrown by a callback");
            });
            assertEquals("invalid_argument", assertThrows(PasskeyException.class,
                    () -> operation.whenDone(() -> {})).code());
            assertThrows(NullPointerException.class, () -> operation.whenDone(null));
        }
    }

    @Test
    void libraryAndJarAreOfOneVersion() {
        assertEquals(System.getProperty("passkey.version"), Native.version());
    }
}
