// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

/** A native client that is freed when it is closed and the last call that uses
 * it is through, so that close() never pulls it from under another thread. */
final class ClientHandle {
    private final NativeClient client;
    private int numHolders = 1;
    private boolean closed;

    ClientHandle(NativeClient client) {
        this.client = client;
    }

    NativeOperation start(Call.Start start) throws PasskeyException {
        NativeClient held = acquire();
        try {
            return start.on(held);
        } finally {
            release();
        }
    }

    Link check(String link) throws PasskeyException {
        NativeClient held = acquire();
        try (NativeLink description = held.checkLink(link)) {
            return Link.of(description);
        } finally {
            release();
        }
    }

    private synchronized NativeClient acquire() {
        if (closed) {
            throw new IllegalStateException("this PasskeyClient is closed");
        }
        numHolders++;
        return client;
    }

    private synchronized void release() {
        if (--numHolders == 0) {
            client.close();
        }
    }

    synchronized void close() {
        if (!closed) {
            closed = true;
            release();
        }
    }
}
