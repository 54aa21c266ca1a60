// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Credential binding jobs; tests/support/mock_jobs.py says what the ids do. */
class JobsTest {
    private static final Duration FOREVER = ChronoUnit.FOREVER.getDuration();

    @TempDir Path folder;
    private PasskeyClient client;

    @BeforeEach
    void open() throws PasskeyException {
        client = MockCloud.client(folder.resolve("home")).option("api_base_url", MockCloud.baseUrl())
                .option("tenant", "mocktenant").option("realm", "mockrealm")
                .option("authenticator_config", "config").option("api_token", "mock-api-token")
                .build();
    }

    @AfterEach
    void close() {
        client.close();
    }

    private static String id(String plan) {
        return plan + "-n" + UUID.randomUUID().toString().replace("-", "");
    }

    @Test
    void aCreatedJobHasALinkThatToStringLeavesOut() throws Exception {
        for (Job job : List.of(client.createJob("identity1", "RETURN", null),
                client.createJobAsync("identity1", "RETURN", "https://app.example.com/").get())) {
            assertTrue(PasskeyClient.isBindPasskeyUrl(job.link()));
            assertEquals("LINK_SENT", job.state());
            assertEquals("identity1", job.identityId());
            assertFalse(job.toString().contains(job.link()));
        }
        assertNull(client.createJob("identity1", "EMAIL", null).link());
    }

    @Test
    void aJobIsShownAsTheCloudWroteIt() throws Exception {
        String id = id("plain");
        Job job = client.getJob("identity1", id);

        assertEquals(new Job(id, "LINK_SENT", null, "identity1", null, "RETURN", null,
                "2022-03-21T03:42:52.905657Z", "2022-03-14T03:42:52.905657Z",
                "2022-03-15T05:55:23.823187Z"), job);
        assertEquals(job, client.getJobAsync("identity1", id).get());
    }

    @Test
    void allPagesAreListed() throws Exception {
        List<Job> jobs = client.listJobs("pages-3-4");

        assertEquals(12, jobs.size());
        assertEquals(jobs, client.listJobsAsync("pages-3-4").get());
        assertThrows(UnsupportedOperationException.class, () -> jobs.remove(0));
    }

    @Test
    void aRevokedJobSaysSo() throws Exception {
        String id = id("plain");

        assertEquals("REVOKED", client.revokeJob("identity1", id).state());
        assertEquals("REVOKED", client.revokeJobAsync("identity1", id).get().state());
        assertEquals("REVOKED", client.waitJob("identity1", id, FOREVER).state());
    }

    @Test
    void waitingEndsWithTheJob() throws Exception {
        assertEquals("COMPLETE",
                client.waitJob("identity1", id("states-LINK_SENT-COMPLETE"), FOREVER).state());
        assertEquals("EXPIRED", client.waitJobAsync("identity1", id("states-EXPIRED"),
                Duration.ofMinutes(10)).get().state());
    }

    @Test
    void waitingEndsWithItsTime() {
        assertEquals("timeout", assertThrows(PasskeyException.class, () ->
                client.waitJob("identity1", id("plain"), Duration.ofNanos(1))).code());
    }

    @Test
    void anInterruptEndsWaiting() {
        Thread caller = Thread.currentThread();
        CompletableFuture.runAsync(caller::interrupt);

        assertThrows(InterruptedException.class,
                () -> client.waitJob("identity1", id("plain"), FOREVER));
    }

    @Test
    void cancelingTheFutureEndsWaiting() {
        CompletableFuture<Job> job = client.waitJobAsync("identity1", id("plain"), FOREVER);

        job.cancel(true);

        assertThrows(CancellationException.class, job::join);
        assertTrue(Native.drain(60_000));
    }

    @Test
    void whatTheCloudRefuses() {
        assertEquals("not_found", assertThrows(PasskeyException.class,
                () -> client.getJob("identity1", id("get-404"))).code());
        assertEquals("conflict", assertThrows(PasskeyException.class,
                () -> client.revokeJob("identity1", id("revoke-409"))).code());
        assertEquals("forbidden", assertInstanceOf(PasskeyException.class,
                assertThrows(ExecutionException.class,
                        () -> client.listJobsAsync("list-403").get()).getCause()).code());
    }

    @Test
    void anOptionThatIsMissing() throws Exception {
        try (PasskeyClient without = MockCloud.client(folder.resolve("home")).build()) {
            assertEquals("invalid_option", assertThrows(PasskeyException.class,
                    () -> without.getJob("identity1", "x")).code());
        }
    }
}
