// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Threads, interruption, closing, and the end of the machine. */
class RuntimeTest {
    private static final int EXITS = 9;

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
    @Tag("java21")
    void aVirtualThreadMayBlock() throws Exception {
        ExecutorService virtual = (ExecutorService) Executors.class
                .getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        List<Future<BindResult>> binds = new ArrayList<>();
        for (int number = 0; number < 50; number++) {
            binds.add(virtual.submit(() -> client.bindPasskey(MockCloud.link("info-403"))));
        }
        for (Future<BindResult> bind : binds) {
            assertInstanceOf(PasskeyException.class,
                    assertThrows(ExecutionException.class, bind::get).getCause());
        }
        virtual.shutdown();
    }

    /** The cloud does not answer in this hour: who comes back was canceled. */
    private static String linkNotAnswered() {
        return MockCloud.link("slow-3600000-info");
    }

    @Test
    void anInterruptEndsABlockingBind() throws Exception {
        Thread caller = Thread.currentThread();
        InterruptedException interrupt = assertThrows(InterruptedException.class,
                () -> client.bindPasskey(linkNotAnswered(), step -> {
                    if (step.equals("info")) {
                        pool.execute(caller::interrupt);
                    }
                }));

        assertFalse(Thread.interrupted());
        assertEquals("canceled",
                assertInstanceOf(PasskeyException.class, interrupt.getCause()).code());
        assertTrue(client.listPasskeys().isEmpty());
    }

    @Test
    void anInterruptThatCameBeforeStartsNothing() throws Exception {
        Thread.currentThread().interrupt();

        assertThrows(InterruptedException.class, () -> client.bindPasskey(MockCloud.link("ok")));

        assertFalse(Thread.interrupted());
        assertTrue(client.listPasskeys().isEmpty());
    }

    /** What is there is not lost, and the interrupt not either. */
    @Test
    void anInterruptThatCameTooLateIsKept() throws Exception {
        BindResult result = client.bindPasskey(MockCloud.link("ok"), step -> {
            if (step.equals("store")) {
                Thread.currentThread().interrupt();
            }
        });

        assertTrue(Thread.interrupted());
        assertEquals(List.of(result.passkey()), client.listPasskeys());
    }

    @Test
    void cancelingTheFutureCancelsTheBind() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CompletableFuture<BindResult> bind = client.bindPasskeyAsync(linkNotAnswered(), step -> {
            if (step.equals("info")) {
                asked.countDown();
            }
        });
        asked.await();

        assertTrue(bind.cancel(true));

        assertThrows(CancellationException.class, bind::join);
        assertTrue(Native.drain(60_000));
        assertTrue(client.listPasskeys().isEmpty());
    }

    @Test
    void aFutureThatTimesOutCancelsTheBind() {
        CompletableFuture<BindResult> bind =
                client.bindPasskeyAsync(linkNotAnswered()).orTimeout(100, TimeUnit.MILLISECONDS);

        assertInstanceOf(TimeoutException.class,
                assertThrows(ExecutionException.class, bind::get).getCause());
        assertTrue(Native.drain(60_000));
    }

    @Test
    void cancelingTooLateIsHarmless() {
        CompletableFuture<BindResult> bind = client.bindPasskeyAsync("no link");

        assertThrows(Exception.class, bind::get);
        assertFalse(bind.cancel(true));
    }

    @Test
    void aClientClosedDuringABindLetsItEnd() throws Exception {
        BindResult result = client.bindPasskey(MockCloud.link("ok"), step -> client.close());

        assertEquals("active", result.passkey().state());
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
                raced.check(MockCloud.link("ok"));
                assertThrows(ExecutionException.class, raced.bindPasskeyAsync("no link")::get);
            }
        } catch (IllegalStateException closed) {
            assertEquals("this PasskeyClient is closed", closed.getMessage());
        }
        return null;
    }

    /** The core holds the logger until the native client is freed. */
    @Test
    void aForgottenClientIsFreed() throws Exception {
        WeakReference<Object> logger = loggerOfAForgottenClient();
        for (int round = 0; round < 1000 && logger.get() != null; round++) {
            System.gc();
            TimeUnit.MILLISECONDS.sleep(10);
        }
        assertNull(logger.get());
    }

    private WeakReference<Object> loggerOfAForgottenClient() throws PasskeyException {
        System.Logger logger = new ListenerTest.Lines(System.Logger.Level.ERROR);
        MockCloud.client(folder.resolve("forgotten")).logger(logger).build();
        return new WeakReference<>(logger);
    }

    /** Ends a machine of its own with binds under way, in the way named. */
    static final class EndWithBindsPending {
        public static void main(String[] arguments) throws Exception {
            int delay = Integer.parseInt(arguments[1]);
            PasskeyClient client = MockCloud.client(Path.of(arguments[0])).log("debug")
                    .logger(new ListenerTest.Lines(System.Logger.Level.ALL)).build();
            for (int link = 3; link < arguments.length; link++) {
                client.bindPasskeyAsync(arguments[link], step -> {});
            }
            Thread.sleep(delay);
            switch (arguments[2]) {
                case "exit" -> System.exit(3);
                case "throw" -> throw new IllegalStateException("uncaught");
                default -> { }
            }
        }
    }

    @Test
    void theMachineEndsWithBindsPending() throws Exception {
        List<String> ways = List.of("end", "exit", "throw");
        for (int number = 0; number < EXITS; number++) {
            String way = ways.get(number % 3);
            List<String> arguments = new ArrayList<>(List.of(folder.resolve("end").toString(),
                    Integer.toString(number * 5), way));
            for (int delay : new int[] {0, 10, 20, 40, 80, 3_600_000}) {
                arguments.add(MockCloud.link("slow-" + (delay + number) + "-invoke"));
            }
            ChildJvm.Ended ended = ChildJvm.run(ChildJvm.command(
                    EndWithBindsPending.class, List.of(), arguments));

            assertEquals(Map.of("end", 0, "exit", 3, "throw", 1).get(way), ended.status(),
                    ended.output());
            assertEquals(way.equals("throw"), ended.output().contains("uncaught"), ended.output());
            assertFalse(ended.output().contains("WARNING"), ended.output());
        }
    }

    /** Ends with the code of a failure that a future brought. */
    static final class FailAsynchronously {
        public static void main(String[] arguments) throws Exception {
            try (PasskeyClient client = new PasskeyClient()) {
                client.bindPasskeyAsync("no link").get();
            } catch (ExecutionException error) {
                System.out.println(((PasskeyException) error.getCause()).code());
            }
        }
    }

    @Test
    void aMachineWithoutACommonPoolCompletesFutures() throws Exception {
        ChildJvm.Ended ended = ChildJvm.run(FailAsynchronously.class,
                List.of("-Djava.util.concurrent.ForkJoinPool.common.parallelism=0"));

        assertEquals("invalid_link\n", ended.output());
    }

    /** While the machine ends, a shutdown hook of the user's may still call. */
    static final class CallWhileEnding {
        public static void main(String[] arguments) throws Exception {
            PasskeyClient client = MockCloud.client(Path.of(arguments[0])).build();
            client.listPasskeys();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                try {
                    for (;;) {
                        callOnce(client);
                    }
                } catch (Exception refused) {
                    System.out.println(refused.getMessage());
                }
            }));
        }
    }

    /** One that the end found under way was canceled. */
    private static void callOnce(PasskeyClient client) throws InterruptedException {
        try {
            client.listPasskeys();
        } catch (PasskeyException canceled) {
            assertEquals("canceled", canceled.code());
        }
    }

    @Test
    void whatIsStartedWhileTheMachineEndsIsRefused() throws Exception {
        ChildJvm.Ended ended = ChildJvm.run(CallWhileEnding.class, List.of(), folder.toString());

        assertEquals(0, ended.status());
        assertEquals("the Java virtual machine is ending\n", ended.output());
    }
}
