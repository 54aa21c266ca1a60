// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Wrong use is an exception of Java's own kind, never a crash. */
class MisuseTest {
    @TempDir Path folder;

    private PasskeyClient client() throws PasskeyException {
        return MockCloud.client(folder.resolve("home")).build();
    }

    @Test
    void nullIsNoLink() throws PasskeyException {
        try (PasskeyClient client = client()) {
            assertThrows(NullPointerException.class, () -> client.bindPasskey(null));
            assertThrows(NullPointerException.class, () -> client.bindPasskeyAsync(null));
            assertThrows(NullPointerException.class, () -> client.check(null));
        }
        assertThrows(NullPointerException.class, () -> PasskeyClient.isBindPasskeyUrl(null));
    }

    @Test
    void aTextThatCannotBeUtf8() throws PasskeyException {
        try (PasskeyClient client = client()) {
            for (String text : List.of("secret\0", "secret\ud83d")) {
                Exception error = assertThrows(IllegalArgumentException.class,
                        () -> client.bindPasskey(text));
                assertFalse(error.toString().contains("secret"));
            }
        }
    }

    @Test
    void aHugeTextIsNoLink() throws PasskeyException {
        try (PasskeyClient client = client()) {
            PasskeyException error = assertThrows(PasskeyException.class,
                    () -> client.bindPasskey("https://localhost/" + "x".repeat(10_000_000)));

            assertEquals("invalid_link", error.code());
            assertTrue(error.toString().length() < 1000);
        }
    }

    @Test
    void anUnknownOption() {
        PasskeyClient.Builder builder = PasskeyClient.builder().option("colour", "red");

        assertEquals("invalid_option",
                assertThrows(PasskeyException.class, builder::build).code());
    }

    @Test
    void aClosedNativeObjectReachesNoCFunction() throws PasskeyException {
        NativeClient client = Native.newClient();
        NativeOperation operation = client.startBind("no link");
        operation.close();
        operation.close();
        client.close();

        assertThrows(IllegalStateException.class, () -> operation.await(0));
        assertThrows(IllegalStateException.class, operation::cancel);
        assertThrows(IllegalStateException.class, operation::takeResult);
        assertThrows(IllegalStateException.class, () -> client.startBind("x"));
        assertThrows(IllegalStateException.class, client::readPasskeys);
        assertThrows(IllegalStateException.class, () -> new NativePasskey(0, false).id());
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
            assertEquals("invalid_argument", assertThrows(PasskeyException.class,
                    () -> operation.whenDone(() -> {})).code());
            assertThrows(NullPointerException.class, () -> operation.whenDone(null));
        }
    }

    @Test
    void whatSwigMadeIsNotPublic() {
        Stream.of(Native.class, NativeJni.class, NativeClient.class, NativeOperation.class,
                NativeResult.class, NativePasskey.class, NativePasskeyList.class, NativeLink.class,
                NativeJob.class, NativeError.class).forEach(each ->
                assertFalse(Modifier.isPublic(each.getModifiers()), each::getName));
    }

    /** Loads the library in a machine of its own. */
    static final class Load {
        public static void main(String[] arguments) {
            try {
                System.out.println(PasskeyClient.isAuthenticateUrl("x"));
            } catch (UnsatisfiedLinkError error) {
                System.out.println(error.getMessage());
            }
        }
    }

    private String load(String... flags) throws Exception {
        Stream<String> command = Stream.of(
                Stream.of(ProcessHandle.current().info().command().orElseThrow()), Stream.of(flags),
                Stream.of("-cp", System.getProperty("java.class.path"), Load.class.getName()))
                .flatMap(each -> each);
        Process process = new ProcessBuilder(command.toList()).redirectErrorStream(true).start();
        return new String(process.getInputStream().readAllBytes()).strip();
    }

    @Test
    void theLibraryIsLoadedFromTheJarAndLeavesNothing() throws Exception {
        assertEquals("false", load("-Djava.io.tmpdir=" + folder));
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void theLibraryMayBeNamed() throws Exception {
        String file = MockCloud.BUILD + "/java/native/dev/libpasskey/native/linux-x86_64/passkey_java.so";

        assertEquals("false", load("-Ddev.libpasskey.native=" + file));
    }

    @Test
    void aLibraryThatIsMissingIsNamed() throws Exception {
        assertTrue(load("-Ddev.libpasskey.native=/no/such/file.so").contains("/no/such/file.so"));
        assertTrue(load("-Djava.io.tmpdir=/no/such/folder").startsWith("libpasskey cannot unpack"));
    }
}
