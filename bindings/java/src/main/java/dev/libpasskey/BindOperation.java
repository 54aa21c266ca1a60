// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A bind under way. */
final class BindOperation {
    /** How long the end of the machine may be delayed by a TPM that hangs. */
    private static final int DRAIN_MS = 10_000;

    private static final Set<BindOperation> UNDER_WAY = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(BindOperation::end, "libpasskey-end"));
    }

    private final NativeOperation operation;
    private boolean finished;

    private BindOperation(NativeOperation operation) {
        this.operation = operation;
    }

    static BindOperation start(NativeClient client, String link) throws PasskeyException {
        BindOperation started = new BindOperation(client.startBind(link));
        UNDER_WAY.add(started);
        return started;
    }

    /** The core's threads must not outlive the libraries that they use. */
    private static void end() {
        if (!UNDER_WAY.isEmpty()) {
            UNDER_WAY.forEach(BindOperation::cancel);
            Native.drain(DRAIN_MS);
        }
    }

    boolean await(int timeoutMs) {
        return operation.await(timeoutMs);
    }

    void whenDone(Runnable callback) throws PasskeyException {
        operation.whenDone(callback);
    }

    synchronized void cancel() {
        if (!finished) {
            operation.cancel();
        }
    }

    /** The outcome, once, after the end. */
    synchronized BindResult finish() throws PasskeyException {
        finished = true;
        UNDER_WAY.remove(this);
        try (operation; NativeResult result = operation.takeResult()) {
            return BindResult.of(result);
        }
    }
}
