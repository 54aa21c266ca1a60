// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How the native library is found, and what is said when it cannot be. */
class LoaderTest {
    private static final Path LIBRARY = MockCloud.BUILD.resolve(
            "java/native/dev/libpasskey/native/linux-x86_64/passkey_java.so");

    @TempDir Path folder;

    /** Says twice what comes of a call: the second failure must be as clear. */
    static final class Load {
        public static void main(String[] arguments) {
            for (int time = 0; time < 2; time++) {
                try {
                    System.out.println(PasskeyClient.isAuthenticateUrl("x"));
                } catch (UnsatisfiedLinkError error) {
                    System.out.println(error.getMessage());
                }
            }
        }
    }

    private static String said(List<String> command) throws Exception {
        List<String> lines = ChildJvm.run(command).output().lines()
                .filter(line -> !line.startsWith("WARNING: java.io.tmpdir")).toList();
        assertEquals(2, lines.size(), lines::toString);
        assertEquals(lines.get(0), lines.get(1));
        return lines.get(0);
    }

    private static String load(String... flags) throws Exception {
        return said(ChildJvm.command(Load.class, List.of(flags), List.of()));
    }

    private static void assertContains(String part, String text) {
        assertTrue(text.contains(part), text);
    }

    @Test
    void itComesFromTheJarAndLeavesNothing() throws Exception {
        assertEquals("false", load("-Djava.io.tmpdir=" + folder));
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void itMayBeNamed() throws Exception {
        assertEquals("false", load("-Ddev.libpasskey.native=" + LIBRARY));
    }

    @Test
    void aFileThatIsMissingIsNamed() throws Exception {
        String said = load("-Ddev.libpasskey.native=/no/such/file.so");

        assertContains("-Ddev.libpasskey.native", said);
        assertContains("/no/such/file.so", said);
    }

    @Test
    void anotherLibraryIsRefused() throws Exception {
        Path libc = Stream.of("/lib/x86_64-linux-gnu/libc.so.6", "/lib64/libc.so.6").map(Path::of)
                .filter(Files::exists).findFirst().orElseThrow();

        assertContains("another library", load("-Ddev.libpasskey.native=" + libc));
    }

    @Test
    void anotherVersionIsRefused() throws Exception {
        Files.createDirectories(folder.resolve("dev/libpasskey"));
        Files.writeString(folder.resolve("dev/libpasskey/version.txt"), "9.8.7\n");
        List<String> command = ChildJvm.command(Load.class, List.of(), List.of());
        command.set(command.indexOf("-cp") + 1, ChildJvm.classPathAfter(folder));

        NativeLibrary.require();
        String said = said(command);
        assertContains("libpasskey 9.8.7 cannot use", said);
        assertContains("of version " + Native.version(), said);
    }

    @Test
    void aTemporaryFolderThatIsMissingIsNamed() throws Exception {
        assertContains("libpasskey cannot unpack its native library",
                load("-Djava.io.tmpdir=/no/such/folder"));
    }

    /** In a mount namespace of its own, so that the machine sees nothing of it. Only who is
     * not root needs, and may be refused, a user namespace for that. */
    @Test
    void aTemporaryFolderMountedNoexecIsExplained() throws Exception {
        List<String> unshare = new ArrayList<>(List.of("unshare", "--mount", "--propagation",
                "unchanged", "sh", "-c", "{ mount --make-rprivate / 2>/dev/null || true; } && "
                        + "mount -t tmpfs -o noexec tmpfs \"$0\" || exit 125; "
                        + "\"$@\"; ended=$?; umount \"$0\"; exit $ended", folder.toString()));
        if (!System.getProperty("user.name").equals("root")) {
            unshare.add(1, "--map-root-user");
        }
        List<String> allowed = new ArrayList<>(unshare);
        allowed.add("true");
        assumeTrue(ChildJvm.run(allowed).status() == 0, "needs mount namespaces");
        List<String> command = new ArrayList<>(unshare);
        command.addAll(ChildJvm.command(Load.class, List.of("-Djava.io.tmpdir=" + folder), List.of()));

        String said = said(command);
        assertContains("noexec", said);
        assertContains("-Ddev.libpasskey.native=FILE", said);

        command.add(command.indexOf("-cp"), "-Ddev.libpasskey.native=" + LIBRARY);
        assertEquals("false", said(command));
    }

    @Test
    void libraryPathIsTheLastResort() throws Exception {
        String said = load("-Dos.arch=riscv9");

        assertContains("no native library for linux-riscv9", said);
        assertEquals("false", load("-Dos.arch=riscv9", "-Djava.library.path=" + libraryFolder()));
    }

    private Path libraryFolder() throws Exception {
        Files.copy(LIBRARY, folder.resolve("libpasskey_java.so"));
        return folder;
    }

    @Test
    @Tag("java24")
    void nativeAccessThatIsDeniedIsExplained() throws Exception {
        List<String> command = ChildJvm.command(Load.class,
                List.of("--illegal-native-access=deny"), List.of());
        command.removeAll(ChildJvm.nativeAccess());

        assertContains("--enable-native-access=dev.libpasskey", said(command));
    }

    /** Two class loaders, as in a web server: each has the whole library. */
    @Test
    void twoClassLoadersMayHaveIt() throws Exception {
        java.net.URL[] jar = {MockCloud.BUILD.resolve("java/maven/classes").toUri().toURL()};
        for (int loader = 0; loader < 2; loader++) {
            try (var loads = new java.net.URLClassLoader(jar, null)) {
                Class<?> client = loads.loadClass("dev.libpasskey.PasskeyClient");
                assertEquals(false,
                        client.getMethod("isAuthenticateUrl", String.class).invoke(null, "x"));
            }
        }
    }
}
