// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;

/** A call under way. The core's threads only leave events behind, a step begun
 * and the end, and go back to their work. The events run one after the other:
 * on the thread that waits in {@link #await}, or on the pool that completes the
 * future. No code of the user's runs on a thread of the core.
 *
 * @param <T> what the call answers */
final class Operation<T> {
    /** How long the end of the machine may be delayed by a TPM that hangs. */
    private static final int DRAIN_MS = 10_000;

    private static final Set<Operation<?>> UNDER_WAY = ConcurrentHashMap.newKeySet();
    /** Read: something is being started. Written: nothing is started any more. */
    private static final ReadWriteLock STARTING = new ReentrantReadWriteLock();
    private static boolean ending;

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(Operation::end, "libpasskey-end"));
    }

    private final Call.Take<T> take;
    private final NativeOperation operation;
    /** Seen by the thread that waits, alone. */
    private boolean ended;
    private boolean closed;

    private Operation(NativeOperation operation, Call.Take<T> take) {
        this.operation = operation;
        this.take = take;
    }

    /** The core's threads must not outlive the libraries that they use. */
    private static void end() {
        STARTING.writeLock().lock();
        ending = true;
        STARTING.writeLock().unlock();
        UNDER_WAY.forEach(Operation::cancel);
        Native.drain(DRAIN_MS);
    }

    private static <T> Operation<T> start(ClientHandle handle, Call<T> call)
            throws PasskeyException {
        STARTING.readLock().lock();
        try {
            if (ending) {
                throw new IllegalStateException("the Java virtual machine is ending");
            }
            Operation<T> started = new Operation<>(handle.start(call.start()), call.take());
            UNDER_WAY.add(started);
            return started;
        } finally {
            STARTING.readLock().unlock();
        }
    }

    /** Blocks. An interrupt cancels the call, and is thrown if that ended it. */
    static <T> T await(ClientHandle handle, Call<T> call, Consumer<String> onStep)
            throws PasskeyException, InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        BlockingQueue<Runnable> events = new LinkedBlockingQueue<>();
        Operation<T> operation = start(handle, call);
        operation.tell(events::add, onStep, () -> operation.ended = true);
        InterruptedException interrupt = operation.runUntilEnded(events);
        return interrupt == null ? operation.finish() : operation.finishInterrupted(interrupt);
    }

    private InterruptedException runUntilEnded(BlockingQueue<Runnable> events) {
        InterruptedException interrupt = null;
        while (!ended) {
            try {
                events.take().run();
            } catch (InterruptedException interrupted) {
                interrupt = interrupted;
                cancel();
            }
        }
        return interrupt;
    }

    /** What came in spite of the interrupt is not lost: then the thread stays interrupted. */
    private T finishInterrupted(InterruptedException interrupt)
            throws PasskeyException, InterruptedException {
        try {
            T result = finish();
            Thread.currentThread().interrupt();
            return result;
        } catch (PasskeyException failure) {
            if (failure.code().equals("canceled")) {
                interrupt.initCause(failure);
                throw interrupt;
            }
            Thread.currentThread().interrupt();
            throw failure;
        }
    }

    /** Does not block. A future that ends early, canceled or timed out, cancels the call. */
    static <T> CompletableFuture<T> future(ClientHandle handle, Call<T> call,
            Consumer<String> onStep) {
        CompletableFuture<T> future = new CompletableFuture<>();
        try {
            Operation<T> operation = start(handle, call);
            operation.tell(new InOrder(future.defaultExecutor()), onStep,
                    () -> operation.settle(future));
            future.whenComplete((result, error) -> operation.cancel());
        } catch (PasskeyException error) {
            future.completeExceptionally(error);
        }
        return future;
    }

    private void settle(CompletableFuture<T> future) {
        try {
            future.complete(finish());
        } catch (PasskeyException | RuntimeException | Error error) {
            future.completeExceptionally(error);
        }
    }

    /** Has the events run by an executor that keeps their order. Under the lock, so
     * that nobody closes the operation while the core is still told of it. */
    private synchronized void tell(Executor events, Consumer<String> onStep, Runnable atEnd)
            throws PasskeyException {
        try {
            if (onStep != null) {
                operation.whenStep(step -> events.execute(
                        () -> Listener.tell(() -> onStep.accept(Utf8.decode(step)))));
            }
            operation.whenDone(() -> events.execute(atEnd));
        } catch (PasskeyException | RuntimeException | Error refused) {
            cancel();
            close();
            throw refused;
        }
    }

    private synchronized void cancel() {
        if (!closed) {
            operation.cancel();
        }
    }

    /** The outcome, after the end, once. */
    private synchronized T finish() throws PasskeyException {
        try {
            return take.from(operation);
        } finally {
            close();
        }
    }

    private void close() {
        closed = true;
        UNDER_WAY.remove(this);
        operation.close();
    }
}
