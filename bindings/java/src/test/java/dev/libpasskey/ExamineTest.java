// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether a bind can work here; docs/doctor.md lists the checks. */
class ExamineTest {
    private static final List<String> STEPS = List.of("machine", "tpm", "store", "cloud");

    @TempDir Path folder;

    private PasskeyClientBuilder builder() {
        return MockCloud.client(folder.resolve("home"));
    }

    private static Finding.Level levelOf(List<Finding> findings, String check) {
        return findings.stream().filter(each -> each.check().equals(check))
                .map(Finding::level).max(Finding.Level::compareTo).orElse(null);
    }

    @Test
    void aMachineThatIsReady() throws Exception {
        List<String> steps = new ArrayList<>();
        Thread caller = Thread.currentThread();
        try (PasskeyClient client = builder().option("api_base_url", MockCloud.baseUrl())
                .option("api_token", "sesame-123").build()) {
            List<Finding> found = client.examine(step -> {
                assertSame(caller, Thread.currentThread());
                steps.add(step);
            });

            for (String check : List.of("clock", "swtpm", "store_folder", "cloud_url",
                    "cloud_answer")) {
                assertEquals(Finding.Level.OK, levelOf(found, check), check);
            }
            assertFalse(found.toString().contains("sesame-123"));
            assertThrows(UnsupportedOperationException.class, found::clear);
        }
        assertEquals(STEPS, steps);
        assertFalse(Files.exists(folder.resolve("home")));
    }

    @Test
    void aFutureTellsItsStepsToo() throws Exception {
        List<String> steps = Collections.synchronizedList(new ArrayList<>());
        try (PasskeyClient client = builder().build()) {
            assertEquals(client.examine().size(), client.examineAsync(steps::add).get().size());
        }
        assertEquals(STEPS, steps);
    }

    @Test
    void whatIsWrongIsAFindingWithARemedy() throws Exception {
        try (PasskeyClient client = builder().tpm("device:/dev/no-such-tpm").build()) {
            List<Finding> found = client.examineAsync().get();
            Finding finding = found.stream()
                    .filter(each -> each.check().equals("tpm_device")).findAny().orElseThrow();

            assertEquals(Finding.Level.PROBLEM, finding.level());
            assertTrue(finding.message().contains("/dev/no-such-tpm"));
            assertNotNull(finding.remedy());
            assertTrue(found.stream().anyMatch(each -> each.remedy() == null));
        }
    }

    @Test
    void aClosedClientExaminesNothing() throws Exception {
        PasskeyClient client = builder().build();
        client.close();

        assertThrows(IllegalStateException.class, client::examine);
        assertThrows(IllegalStateException.class, client::examineAsync);
    }
}
