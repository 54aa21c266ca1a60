// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Threads, interruption, closing, and the end of the machine. */
class RuntimeTest {
    private static final int EXITS = 10;

    @TempDir Path folder;
    private PasskeyClient client;
    private ExecutorService pool;

    @BeforeEach
    void open() throws PasskeyException {
        client = MockCloud.client(folder.resolve("home")).build();
        pool = Executors.newCachedThreadPool();
    }

    @AfterEach
    void close() {
        pool.shutdownNow();
        client.close();
    }

    private static Duration since(long start) {
        return Duration.ofNanos(System.nanoTime() - start);
    }

    @Test
    void oneClientServesManyThreads() throws Exception {
        List<Future<BindResult>> binds = new ArrayList<>();
        for (int number = 0; number < 8; number++) {
            binds.add(pool.submit(() -> client.bindPasskey(MockCloud.link("ok"))));
        }

        assertEquals(8, binds.stream().map(RuntimeTest::thumbprint).distinct().count());
    }

    private static String thumbprint(Future<BindResult> bind) {
        try {
            return bind.get().passkey().thumbprint();
        } catch (InterruptedException | ExecutionException error) {
            throw new AssertionError(error);
        }
    }

    @Test
    void anInterruptedThreadLeavesABlockingBind() throws Exception {
        Thread caller = Thread.currentThread();
        pool.submit(() -> {
            TimeUnit.MILLISECONDS.sleep(300);
            caller.interrupt();
            return null;
        });
        long start = System.nanoTime();

        PasskeyException error = assertThrows(PasskeyException.class,
                () -> client.bindPasskey(MockCloud.link("slow-15000")));

        assertTrue(Thread.interrupted());
        assertEquals("canceled", error.code());
        assertTrue(since(start).toMillis() < 2000);
    }

    @Test
    void cancelingTheFutureCancelsTheBind() throws Exception {
        CompletableFuture<BindResult> bind =
                client.bindPasskeyAsync(MockCloud.link("slow-15000"));

        assertTrue(bind.cancel(true));

        assertThrows(CancellationException.class, bind::join);
        assertTrue(Native.drain(5000));
        assertTrue(client.listPasskeys().isEmpty());
    }

    @Test
    void cancelingTooLateIsHarmless() {
        CompletableFuture<BindResult> bind = client.bindPasskeyAsync("no link");

        assertThrows(Exception.class, bind::get);
        assertFalse(bind.cancel(true));
    }

    @Test
    void aClosedClientRefusesCalls() {
        client.close();
        client.close();

        assertThrows(IllegalStateException.class, () -> client.bindPasskey("x"));
        assertThrows(IllegalStateException.class, () -> client.bindPasskeyAsync("x"));
        assertThrows(IllegalStateException.class, () -> client.listPasskeys());
        assertThrows(IllegalStateException.class, () -> client.check("x"));
    }

    @Test
    void aClientClosedDuringABindLetsItEnd() throws Exception {
        Future<BindResult> bind = pool.submit(() -> client.bindPasskey(MockCloud.link("slow-300")));
        TimeUnit.MILLISECONDS.sleep(100);

        client.close();

        assertEquals("active", bind.get().passkey().state());
    }

    /** Each call either works or says that the client is closed. */
    @Test
    void closeMayRaceCalls() throws Exception {
        for (int round = 0; round < 200; round++) {
            PasskeyClient raced = MockCloud.client(folder.resolve("raced")).build();
            List<Future<?>> calls = new ArrayList<>();
            for (int thread = 0; thread < 3; thread++) {
                calls.add(pool.submit(() -> callUntilClosed(raced)));
            }
            raced.close();
            for (Future<?> call : calls) {
                call.get();
            }
        }
    }

    private static Void callUntilClosed(PasskeyClient raced) throws Exception {
        try {
            for (int call = 0; call < 1000; call++) {
                raced.listPasskeys();
                assertThrows(ExecutionException.class, raced.bindPasskeyAsync("no link")::get);
            }
        } catch (IllegalStateException closed) {
            assertEquals("this PasskeyClient is closed", closed.getMessage());
        }
        return null;
    }

    @Test
    void aForgottenClientIsFreed() throws Exception {
        for (int number = 0; number < 1000; number++) {
            MockCloud.client(folder.resolve("forgotten")).build();
        }
        System.gc();

        assertTrue(client.listPasskeys().isEmpty());
    }

    /** Ends a machine of its own with binds under way, in the way named. */
    static final class EndWithBindsPending {
        public static void main(String[] arguments) throws Exception {
            PasskeyClient client = MockCloud.client(Path.of(arguments[0])).build();
            for (int link = 3; link < arguments.length; link++) {
                client.bindPasskeyAsync(arguments[link]);
            }
            Thread.sleep(Integer.parseInt(arguments[1]));
            if (arguments[2].equals("exit")) {
                System.exit(3);
            }
        }
    }

    @Test
    void theMachineEndsWithBindsPending() throws Exception {
        for (int number = 0; number < EXITS; number++) {
            boolean exit = number % 2 == 1;
            List<String> command = new ArrayList<>(List.of(
                    ProcessHandle.current().info().command().orElseThrow(), "-Xcheck:jni",
                    "-cp", System.getProperty("java.class.path"),
                    "-Dpasskey.source=" + MockCloud.SOURCE, "-Dpasskey.build=" + MockCloud.BUILD,
                    EndWithBindsPending.class.getName(), folder.resolve("end").toString(),
                    Integer.toString(number * 5), exit ? "exit" : "end"));
            for (int delay : new int[] {0, 10, 20, 40, 80, 15000}) {
                command.add(MockCloud.link("slow-" + (delay + number) + "-invoke"));
            }
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes());

            assertEquals(exit ? 3 : 0, process.waitFor(), output);
            assertEquals("", output);
        }
    }
}
