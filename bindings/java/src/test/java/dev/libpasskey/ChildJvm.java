// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs a main class of the tests in a Java virtual machine of its own. */
final class ChildJvm {
    static final String JAVA = ProcessHandle.current().info().command().orElseThrow();

    record Ended(int status, String output) {}

    private ChildJvm() {}

    /** The flags that newer machines want for native code. */
    static List<String> nativeAccess() {
        return Runtime.version().feature() < 24 ? List.of()
                : List.of("--enable-native-access=ALL-UNNAMED");
    }

    static List<String> command(Class<?> main, List<String> flags, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(JAVA, "-Xcheck:jni"));
        command.addAll(nativeAccess());
        command.addAll(flags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"),
                "-Dpasskey.source=" + MockCloud.SOURCE, "-Dpasskey.build=" + MockCloud.BUILD,
                main.getName()));
        command.addAll(arguments);
        return command;
    }

    /** Its status, and all that it wrote: warnings of -Xcheck:jni, too. */
    static Ended run(List<String> command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        return new Ended(process.waitFor(), output);
    }

    static Ended run(Class<?> main, List<String> flags, String... arguments) throws Exception {
        return run(command(main, flags, List.of(arguments)));
    }

    /** A class path whose first entry may hide files of the jar. */
    static String classPathAfter(Path folder) {
        return folder + File.pathSeparator + System.getProperty("java.class.path");
    }
}
