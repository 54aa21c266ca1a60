// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

/** Code of the user's that only listens. */
final class Listener {
    private Listener() {}

    /** What it throws does not disturb the call: the handler of the thread for
     * uncaught exceptions hears of it. */
    static void tell(Runnable listener) {
        try {
            listener.run();
        } catch (Throwable thrown) {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, thrown);
        }
    }
}
