// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Binds that ended in doubt are gone on with. */
class ResumeTest {
    @TempDir Path folder;
    private Path home;
    private PasskeyClient client;

    @BeforeEach
    void open() throws PasskeyException {
        home = folder.resolve("home");
        client = MockCloud.client(home).build();
    }

    @AfterEach
    void close() {
        client.close();
    }

    /** The cloud's first answer leaves it pending. */
    private void bindInDoubt(String job) {
        PasskeyException refused = assertThrows(PasskeyException.class,
                () -> client.bindPasskey(MockCloud.link(job)));
        assertTrue(refused.hint().contains("passkey resume"), refused::toString);
    }

    private static List<String> outcomes(List<Resumed> report) {
        return report.stream().map(Resumed::outcome).sorted().toList();
    }

    @Test
    void nothingToResumeIsAnEmptyListAndMakesNothing() throws Exception {
        assertEquals(List.of(), client.resume());
        assertEquals(List.of(), client.resumeAsync().get());
        assertFalse(Files.exists(home));
    }

    @Test
    void aBindInDoubtIsFinished() throws Exception {
        bindInDoubt("binds-429");
        assertTrue(client.listPasskeys().isEmpty());

        Resumed resumed = client.resume().get(0);

        assertEquals("finished", resumed.outcome());
        assertEquals("identity1", resumed.identityId());
        assertTrue(resumed.jobId().startsWith("binds-429-"));
        assertEquals("https://app.example.com/done?x=1", resumed.result().postBindingRedirectUri());
        assertEquals(List.of(resumed.result().passkey()), client.listPasskeys());
        assertNull(resumed.error());
        assertEquals(List.of(), client.resume());
    }

    @Test
    void eachHasAnAnswerOfItsOwn() throws Exception {
        for (String job : List.of("binds-429", "binds-429-409", "bind-429")) {
            bindInDoubt(job);
        }

        List<Resumed> report = client.resumeAsync().get();

        assertEquals(List.of("finished", "pending", "refused"), outcomes(report));
        Map<String, Resumed> by = report.stream()
                .collect(Collectors.toMap(Resumed::outcome, each -> each));
        assertNotNull(by.get("finished").result());
        assertNull(by.get("pending").result());
        assertEquals("rate_limited", by.get("pending").error().code());
        assertNull(by.get("refused").result());
        assertEquals(409, by.get("refused").error().httpStatus().getAsInt());
        assertFalse(report.toString().contains("tok-"));
        assertThrows(UnsupportedOperationException.class, report::clear);
        assertEquals(List.of("pending"), outcomes(client.resume()));
    }

    @Test
    void aStoreThatOthersCanUseIsRefused() throws Exception {
        bindInDoubt("binds-429");
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));

        assertEquals("store_unsafe",
                assertThrows(PasskeyException.class, client::resume).code());

        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx------"));
        assertEquals(List.of("finished"), outcomes(client.resume()));
    }

    @Test
    void whatIsCanceledStaysPending() throws Exception {
        bindInDoubt("binds-429-slow");
        CompletableFuture<List<Resumed>> resume = client.resumeAsync();

        assertTrue(resume.cancel(true));

        assertThrows(CancellationException.class, resume::join);
        assertTrue(Native.drain(60_000));
        assertTrue(client.listPasskeys().isEmpty());
        try (Stream<Path> pending = Files.list(home.resolve("pending"))) {
            assertEquals(1, pending.count());
        }
    }

    @Test
    void aClosedClientResumesNothing() {
        client.close();

        assertThrows(IllegalStateException.class, client::resume);
        assertThrows(IllegalStateException.class, client::resumeAsync);
    }
}
