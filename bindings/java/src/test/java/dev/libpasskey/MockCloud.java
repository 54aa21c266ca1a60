// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/** The mock cloud of tests/support: the one in the environment
 * (PASSKEY_MOCK_URL), or one that ends with the tests. */
final class MockCloud {
    static final Path SOURCE = Path.of(System.getProperty("passkey.source")).normalize();
    static final Path BUILD = Path.of(System.getProperty("passkey.build")).toAbsolutePath().normalize();

    private static String baseUrl;

    private MockCloud() {}

    static synchronized String baseUrl() {
        if (baseUrl == null) {
            String given = System.getenv("PASSKEY_MOCK_URL");
            baseUrl = given == null ? start() : given;
        }
        return baseUrl;
    }

    private static String start() {
        Path inVenv = BUILD.resolve("venv/bin/python");
        String python = System.getenv().getOrDefault("PASSKEY_PYTHON",
                Files.exists(inVenv) ? inVenv.toString() : "python3");
        String script = SOURCE.resolve("tests/support/mock_cloud.py").toString();
        try {
            Process process = new ProcessBuilder(python, script, "--port", "0")
                    .redirectError(ProcessBuilder.Redirect.INHERIT).start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
            BufferedReader output = new BufferedReader(
                    new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            return JsonParser.parseString(output.readLine()).getAsJsonObject()
                    .get("base_url").getAsString();
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    /** A new link; mock_plan.py says what the job's name does. */
    static String link(String job) {
        String id = UUID.randomUUID().toString().replace("-", "");
        return baseUrl() + "/v1/tenants/mocktenant/realms/mockrealm/identities/identity1"
                + "/credential-binding-jobs/" + job + "-" + id + ":invokeAuthenticator?token=tok-" + id;
    }

    static PasskeyClientBuilder client(Path home) {
        return PasskeyClient.builder().home(home).tpm("swtpm").allowedDomains(List.of("localhost"))
                .allowLoopbackHttp(true).timeoutMs(20000);
    }
}
