// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.System.Logger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.ResourceBundle;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Progress and log: they come in order, on threads that may be used, hold no
 * secret, and their failures are not the call's. */
class ListenerTest {
    private static final List<String> STEPS =
            List.of("link", "instruction", "info", "key", "register", "store");

    @TempDir Path folder;

    private PasskeyClientBuilder builder() {
        return MockCloud.client(folder.resolve("home"));
    }

    @Test
    void theStepsOfABlockingBindComeOnItsThread() throws Exception {
        List<String> steps = new ArrayList<>();
        try (PasskeyClient client = builder().build()) {
            Thread caller = Thread.currentThread();
            client.bindPasskey(MockCloud.link("ok"), step -> {
                assertSame(caller, Thread.currentThread());
                steps.add(step);
            });
        }
        assertEquals(STEPS, steps);
    }

    @Test
    void infoTellsItsStepsAsBindDoes() throws Exception {
        List<String> steps = Collections.synchronizedList(new ArrayList<>());
        try (PasskeyClient client = builder().build()) {
            Thread caller = Thread.currentThread();
            client.info(MockCloud.link("ok"), step -> {
                assertSame(caller, Thread.currentThread());
                steps.add(step);
            });
            client.infoAsync(MockCloud.link("ok"), steps::add).thenRun(() -> steps.add("end")).get();
            assertThrows(NullPointerException.class, () -> client.info(MockCloud.link("ok"), null));
        }
        assertEquals(List.of("link", "instruction", "info", "link", "instruction", "info", "end"),
                steps);
    }

    @Test
    void theStepsOfAFutureComeBeforeItsEndAndNotOnThreadsOfTheCore() throws Exception {
        List<String> steps = Collections.synchronizedList(new ArrayList<>());
        List<String> threads = Collections.synchronizedList(new ArrayList<>());
        try (PasskeyClient client = builder().build()) {
            client.bindPasskeyAsync(MockCloud.link("ok"), step -> {
                threads.add(Thread.currentThread().getName());
                steps.add(step);
            }).thenRun(() -> {
                threads.add(Thread.currentThread().getName());
                steps.add("end");
            }).get();
        }
        assertEquals("end", steps.get(6));
        assertEquals(STEPS, steps.subList(0, 6));
        assertFalse(threads.contains("libpasskey"), threads::toString);
    }

    @Test
    void theStepsEndWithTheOneThatFailed() throws Exception {
        List<String> steps = new ArrayList<>();
        try (PasskeyClient client = builder().build()) {
            assertThrows(PasskeyException.class,
                    () -> client.bindPasskey(MockCloud.link("info-403"), steps::add));
        }
        assertEquals(List.of("link", "instruction", "info"), steps);
    }

    @Test
    void aListenerThatThrowsDisturbsNothing() throws Exception {
        List<Throwable> uncaught = new ArrayList<>();
        Thread.currentThread().setUncaughtExceptionHandler((thread, error) -> uncaught.add(error));
        try (PasskeyClient client = builder().build()) {
            client.bindPasskey(MockCloud.link("ok"), step -> {
                throw new IllegalStateException(step);
            });
        } finally {
            Thread.currentThread().setUncaughtExceptionHandler(null);
        }
        assertEquals(STEPS, uncaught.stream().map(Throwable::getMessage).toList());
    }

    @Test
    void aListenerMayCallTheClient() throws Exception {
        try (PasskeyClient client = builder().build()) {
            List<Integer> counts = new ArrayList<>();
            client.bindPasskey(MockCloud.link("ok"), step -> {
                try {
                    counts.add(client.listPasskeysAsync().get().size());
                } catch (Exception error) {
                    throw new AssertionError(error);
                }
            });
            assertEquals(6, counts.size());
        }
    }

    /** A line of the log. */
    record Line(Logger.Level level, String text) {}

    /** Keeps what it is told. */
    static class Lines implements Logger {
        final ConcurrentLinkedQueue<Line> all = new ConcurrentLinkedQueue<>();
        private final Level least;

        Lines(Level least) {
            this.least = least;
        }

        @Override
        public String getName() {
            return "lines";
        }

        @Override
        public boolean isLoggable(Level level) {
            return level.getSeverity() >= least.getSeverity();
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String text, Throwable thrown) {
            all.add(new Line(level, text));
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String format, Object... values) {
            all.add(new Line(level, format));
        }
    }

    @Test
    void theLogTellsAsMuchAsTheLoggerWants() throws Exception {
        Lines debug = new Lines(Logger.Level.DEBUG);
        Lines error = new Lines(Logger.Level.ERROR);
        for (Lines lines : List.of(debug, error)) {
            try (PasskeyClient client = builder().logger(lines).build()) {
                client.bindPasskey(MockCloud.link("ok"));
                assertThrows(PasskeyException.class,
                        () -> client.bindPasskey(MockCloud.link("info-403")));
            }
            assertTrue(lines.all.stream().allMatch(line -> lines.isLoggable(line.level())));
        }
        assertTrue(debug.all.stream().anyMatch(line -> line.level() == Logger.Level.DEBUG));
        assertTrue(debug.all.stream().anyMatch(line -> line.level() == Logger.Level.INFO));
        assertTrue(error.all.stream().anyMatch(line -> line.text().contains("forbidden")),
                error.all::toString);
    }

    @Test
    void theOptionLogBeatsTheLogger() throws Exception {
        Lines lines = new Lines(Logger.Level.ALL);
        try (PasskeyClient client = builder().logger(lines).log("off").build()) {
            client.bindPasskey(MockCloud.link("ok"));
        }
        assertTrue(lines.all.isEmpty());
    }

    @Test
    void theLogHoldsNoToken() throws Exception {
        Lines lines = new Lines(Logger.Level.ALL);
        String link = MockCloud.link("ok");
        try (PasskeyClient client = builder().logger(lines).build()) {
            client.bindPasskey(link);
        }
        String token = link.substring(link.indexOf("token=") + 6);
        assertTrue(lines.all.size() > 6);
        assertFalse(lines.all.toString().contains(token));
    }

    /** Java's own logger of that name, when none is given. */
    @Test
    void withoutALoggerTheLogGoesToTheOneOfTheModule() throws Exception {
        java.util.logging.Logger logger = java.util.logging.Logger.getLogger("dev.libpasskey");
        List<String> lines = Collections.synchronizedList(new ArrayList<>());
        var handler = new java.util.logging.Handler() {
            @Override
            public void publish(java.util.logging.LogRecord line) {
                lines.add(line.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        logger.addHandler(handler);
        logger.setUseParentHandlers(false);
        try (PasskeyClient client = builder().log("info").build()) {
            client.bindPasskey(MockCloud.link("ok"));
        } finally {
            logger.removeHandler(handler);
        }
        assertFalse(lines.isEmpty());
    }

    @Test
    void aLoggerThatThrowsDisturbsNothing() throws Exception {
        ConcurrentLinkedQueue<Throwable> uncaught = new ConcurrentLinkedQueue<>();
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, error) -> uncaught.add(error));
        try (PasskeyClient client = builder().logger(new Lines(Logger.Level.ALL) {
            @Override
            public void log(Level level, String text) {
                throw new IllegalStateException("thrown by a logger");
            }
        }).build()) {
            assertNotNull(client.bindPasskey(MockCloud.link("ok")).id());
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
        assertFalse(uncaught.isEmpty());
    }

    @Test
    void aLoggerMayCloseTheClient() throws Exception {
        CompletableFuture<PasskeyClient> known = new CompletableFuture<>();
        try (PasskeyClient client = builder().logger(new Lines(Logger.Level.ALL) {
            @Override
            public void log(Level level, String text) {
                known.join().close();
            }
        }).build()) {
            known.complete(client);
            assertNotNull(client.bindPasskey(MockCloud.link("ok")).id());
            assertThrows(IllegalStateException.class, client::listPasskeys);
        }
    }

    /** Local references pile up on a thread that never returns to Java, unless they
     * are let go: -Xcheck:jni would tell. */
    @Test
    void manyLinesOnOneThreadPileNothingUp() throws Exception {
        Lines lines = new Lines(Logger.Level.ALL);
        try (PasskeyClient client = builder().logger(lines).build()) {
            List<CompletableFuture<BindResult>> binds = new ArrayList<>();
            for (int number = 0; number < 100; number++) {
                binds.add(client.bindPasskeyAsync(MockCloud.link("info-403"), step -> {}));
            }
            binds.forEach(bind -> assertThrows(Exception.class, bind::get));
        }
        assertTrue(lines.all.size() > 300);
    }
}
