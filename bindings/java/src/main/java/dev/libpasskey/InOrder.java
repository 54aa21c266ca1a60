// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Runs on a pool what it is given, one after the other. It must not throw. */
final class InOrder implements Executor {
    private final Executor pool;
    private final Queue<Runnable> events = new ArrayDeque<>();
    private boolean running;

    InOrder(Executor pool) {
        this.pool = pool;
    }

    @Override
    public void execute(Runnable event) {
        if (isRunning(event)) {
            return;
        }
        try {
            pool.execute(this::runAll);
        } catch (RejectedExecutionException | OutOfMemoryError noThread) {
            runAll(); // here: a future must not hang
        }
    }

    private synchronized boolean isRunning(Runnable event) {
        boolean before = running;
        events.add(event);
        running = true;
        return before;
    }

    private void runAll() {
        for (Runnable event = next(); event != null; event = next()) {
            event.run();
        }
    }

    private synchronized Runnable next() {
        Runnable event = events.poll();
        running = event != null;
        return event;
    }
}
