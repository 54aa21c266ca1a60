// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;

/** Hands the core's lines to a logger, on the thread that they come from. It
 * must not hold the client: the client is freed when nobody else does. */
final class ClientLog implements ObjIntConsumer<byte[]> {
    /** In the order of passkey_log_level. */
    private static final Level[] LEVELS =
            {Level.OFF, Level.ERROR, Level.WARNING, Level.INFO, Level.DEBUG};
    private static final String[] OPTION = {"off", "error", "warning", "info", "debug"};

    private final Logger logger;

    /** A null logger stands for the one named dev.libpasskey, which is looked for
     * when the first line comes: loading a logging framework takes its time. */
    ClientLog(Logger logger) {
        this.logger = logger;
    }

    private static final class Default {
        static final Logger LOGGER = System.getLogger("dev.libpasskey");
    }

    /** The value of the option log that lets through what a logger wants. */
    static String optionFor(Logger logger) {
        int most = IntStream.rangeClosed(1, 4).filter(level -> logger.isLoggable(LEVELS[level]))
                .max().orElse(0);
        return OPTION[most];
    }

    @Override
    public void accept(byte[] line, int level) {
        Listener.tell(() -> (logger == null ? Default.LOGGER : logger)
                .log(LEVELS[level], Utf8.decode(line)));
    }
}
