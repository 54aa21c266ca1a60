// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Loads the native half: from the path in the system property
 * {@value #PROPERTY}, else from the jar, else from java.library.path. */
final class NativeLibrary {
    static final String PROPERTY = "dev.libpasskey.native";

    private NativeLibrary() {}

    static void load() {
        String path = System.getProperty(PROPERTY);
        if (path != null) {
            System.load(Path.of(path).toAbsolutePath().toString());
            return;
        }
        String resource = "native/" + platform() + "/passkey_java.so";
        try (InputStream library = NativeLibrary.class.getResourceAsStream(resource)) {
            if (library == null) {
                System.loadLibrary("passkey_java");
            } else {
                loadCopy(library);
            }
        } catch (IOException error) {
            throw linkError("cannot unpack its native library: " + error.getMessage(), error);
        }
    }

    private static String platform() {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String processor = System.getProperty("os.arch");
        return system + "-" + (processor.equals("amd64") ? "x86_64" : processor);
    }

    /** The temporary folder is 0700, so nobody can put another library in its
     * place, and is gone again before this returns. */
    private static void loadCopy(InputStream library) throws IOException {
        Path folder = Files.createTempDirectory("libpasskey-");
        Path copy = folder.resolve("passkey_java.so");
        try {
            Files.copy(library, copy);
            System.load(copy.toString());
        } catch (UnsatisfiedLinkError error) {
            throw linkError("cannot load its native library from " + folder.getParent() + " ("
                    + error.getMessage() + "). If that file system is mounted noexec, choose"
                    + " another with -Djava.io.tmpdir=FOLDER, or unpack the library and name it with -D"
                    + PROPERTY + "=FILE", error);
        } finally {
            Files.deleteIfExists(copy);
            Files.deleteIfExists(folder);
        }
    }

    private static UnsatisfiedLinkError linkError(String message, Throwable cause) {
        UnsatisfiedLinkError error = new UnsatisfiedLinkError("libpasskey " + message);
        error.initCause(cause);
        return error;
    }
}
