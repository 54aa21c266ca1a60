// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Loads the native half: from the path in the system property
 * {@value #PROPERTY}, else from the jar, else from java.library.path. */
final class NativeLibrary {
    static final String PROPERTY = "dev.libpasskey.native";

    private static final UnsatisfiedLinkError FAILURE = tryToLoad();

    private NativeLibrary() {}

    /** To be called before the first native call. Throws as often as it is called. */
    static void require() {
        if (FAILURE != null) {
            throw linkError(FAILURE.getMessage(), FAILURE);
        }
    }

    private static UnsatisfiedLinkError tryToLoad() {
        try {
            requireVersion(load());
            return null;
        } catch (UnsatisfiedLinkError error) {
            return error;
        } catch (IOException error) {
            return linkError("libpasskey cannot unpack its native library: " + error, error);
        } catch (IllegalCallerException error) {
            return linkError("libpasskey may not load its native library: start java with"
                    + " --enable-native-access=dev.libpasskey (on the class path: ALL-UNNAMED)",
                    error);
        }
    }

    /** Answers which one was loaded, for messages. */
    private static String load() throws IOException {
        String path = System.getProperty(PROPERTY);
        if (path != null) {
            loadNamed(path);
            return path;
        }
        String resource = "native/" + platform() + "/passkey_java.so";
        try (InputStream library = NativeLibrary.class.getResourceAsStream(resource)) {
            if (library != null) {
                loadCopy(library);
                return resource;
            }
        }
        loadInstalled();
        return "passkey_java in java.library.path";
    }

    private static String platform() {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String processor = System.getProperty("os.arch");
        return system + "-" + (processor.equals("amd64") ? "x86_64" : processor);
    }

    private static void loadNamed(String path) {
        try {
            System.load(Path.of(path).toAbsolutePath().toString());
        } catch (LinkageError error) {
            throw linkError("libpasskey cannot load the native library that -D" + PROPERTY
                    + " names (" + error.getMessage() + ")", error);
        }
    }

    private static void loadInstalled() {
        try {
            System.loadLibrary("passkey_java");
        } catch (LinkageError error) {
            throw linkError("libpasskey has no native library for " + platform() + " in its jar,"
                    + " nor is there another (" + error.getMessage() + "). Build one for this"
                    + " machine and name it with -D" + PROPERTY + "=FILE", error);
        }
    }

    /** The temporary folder is 0700, so nobody can put another library in its
     * place, and is gone again before this returns. */
    private static void loadCopy(InputStream library) throws IOException {
        Path folder = Files.createTempDirectory("libpasskey-");
        Path copy = folder.resolve("passkey_java.so");
        try {
            Files.copy(library, copy);
            System.load(copy.toString());
        } catch (LinkageError error) {
            throw linkError("libpasskey cannot load its native library from " + folder.getParent()
                    + " (" + error.getMessage() + "). " + advice(error.getMessage()), error);
        } finally {
            Files.deleteIfExists(copy);
            Files.deleteIfExists(folder);
        }
    }

    private static String advice(String reason) {
        if (reason.contains("cannot open shared object file")) {
            return "Install the libraries that it uses: libcurl, OpenSSL, cJSON and tpm2-tss;"
                    + " docs/java.md names the packages";
        }
        return "If that file system is mounted noexec, choose another with"
                + " -Djava.io.tmpdir=FOLDER, or unpack the library and name it with -D" + PROPERTY
                + "=FILE";
    }

    /** A library of another version has other functions, or the same with another meaning. */
    private static void requireVersion(String library) throws IOException {
        String ours = versionOfJar();
        String version;
        try {
            version = Native.version();
        } catch (UnsatisfiedLinkError error) {
            throw linkError("libpasskey cannot use " + library + ": it is another library", error);
        }
        if (!version.equals(ours)) {
            throw linkError("libpasskey " + ours + " cannot use " + library + ": it is of version "
                    + version + ". Take both from the same jar", null);
        }
    }

    private static String versionOfJar() throws IOException {
        try (InputStream text = NativeLibrary.class.getResourceAsStream("version.txt")) {
            if (text == null) {
                throw new IOException("version.txt is missing in the jar");
            }
            return new String(text.readAllBytes(), StandardCharsets.UTF_8).strip();
        }
    }

    private static UnsatisfiedLinkError linkError(String message, Throwable cause) {
        UnsatisfiedLinkError error = new UnsatisfiedLinkError(message);
        error.initCause(cause);
        return error;
    }
}
