// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Wrong use is an exception of Java's own kind, never a crash. */
class MisuseTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @TempDir Path folder;
    private PasskeyClient client;

    @BeforeEach
    void open() throws PasskeyException {
        client = MockCloud.client(folder.resolve("home")).build();
    }

    @AfterEach
    void close() {
        client.close();
    }

    /** Every call with this for each of its texts. */
    private Stream<Executable> callsWith(String text) {
        return Stream.of(
                () -> client.bindPasskey(text), () -> client.bindPasskeyAsync(text),
                () -> client.info(text), () -> client.infoAsync(text),
                () -> client.check(text),
                () -> client.getPasskey(text), () -> client.getPasskeyAsync(text),
                () -> client.deletePasskey(text), () -> client.deletePasskeyAsync(text),
                () -> client.createJob(text, "RETURN", null),
                () -> client.createJob("i", text, null),
                () -> client.createJobAsync(text, "RETURN", null),
                () -> client.getJob(text, "j"), () -> client.getJob("i", text),
                () -> client.getJobAsync(text, "j"),
                () -> client.listJobs(text), () -> client.listJobsAsync(text),
                () -> client.revokeJob(text, "j"), () -> client.revokeJob("i", text),
                () -> client.revokeJobAsync(text, "j"),
                () -> client.waitJob(text, "j", MINUTE), () -> client.waitJob("i", text, MINUTE),
                () -> client.waitJobAsync("i", text, MINUTE),
                () -> PasskeyClient.isBindPasskeyUrl(text),
                () -> PasskeyClient.isAuthenticateUrl(text));
    }

    @Test
    void nullIsNoText() {
        callsWith(null).forEach(call -> assertThrows(NullPointerException.class, call));
    }

    @Test
    void nullIsNoListenerOptionOrTime() {
        Consumer<String> nobody = null;
        Stream.<Executable>of(
                () -> client.bindPasskey("x", nobody), () -> client.bindPasskeyAsync("x", nobody),
                () -> client.waitJob("i", "j", null),
                () -> PasskeyClient.builder().option(null, "x"),
                () -> PasskeyClient.builder().option("proxy", null),
                () -> PasskeyClient.builder().options(null),
                () -> PasskeyClient.builder().home(null),
                () -> PasskeyClient.builder().allowedDomains(null),
                () -> PasskeyClient.builder().logger(null))
                .forEach(call -> assertThrows(NullPointerException.class, call));
    }

    @Test
    void aTextThatCannotBeUtf8() {
        for (String text : List.of("secret\0", "secret\ud83d", "\udc00secret")) {
            callsWith(text).forEach(call -> assertFalse(
                    assertThrows(IllegalArgumentException.class, call).toString()
                            .contains("secret")));
        }
    }

    @Test
    void anEmptyTextIsNoId() {
        Stream.<Executable>of(() -> client.getPasskey(""), () -> client.deletePasskey(".."))
                .forEach(call -> assertEquals("invalid_argument",
                        assertThrows(PasskeyException.class, call).code()));
    }

    @Test
    void aHugeTextIsNoLink() {
        PasskeyException error = assertThrows(PasskeyException.class,
                () -> client.bindPasskey("https://localhost/" + "x".repeat(10_000_000)));

        assertEquals("invalid_link", error.code());
        assertTrue(error.toString().length() < 1000);
    }

    @Test
    void aTimeThatIsOverAlready() {
        for (Duration timeout : List.of(Duration.ZERO, Duration.ofSeconds(-1))) {
            assertThrows(IllegalArgumentException.class, () -> client.waitJob("i", "j", timeout));
        }
    }

    @Test
    void optionsThatAreNotAllowed() {
        Map<String, String> wrong = Map.of("colour", "red", "timeout_ms", "0", "log", "loud",
                "allow_loopback_http", "maybe");
        wrong.forEach((name, value) -> assertEquals("invalid_option",
                assertThrows(PasskeyException.class,
                        () -> PasskeyClient.builder().option(name, value).build()).code(), name));
    }

    @Test
    void aClosedClientRefusesEveryCall() {
        client.close();
        client.close();

        callsWith("x").limit(23).forEach(call -> assertEquals("this PasskeyClient is closed",
                assertThrows(IllegalStateException.class, call).getMessage()));
        assertThrows(IllegalStateException.class, () -> client.listPasskeys());
        assertThrows(IllegalStateException.class, () -> client.listPasskeysAsync());
    }
}
