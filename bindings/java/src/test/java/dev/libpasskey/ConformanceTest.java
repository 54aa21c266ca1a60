// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The scenarios that all languages share, tests/conformance/README.md. */
class ConformanceTest {
    private static final Set<String> KEYS =
            Set.of("name", "call", "link", "options", "home", "needs", "expect");
    private static final Set<String> EXPECTATIONS =
            Set.of("code", "http_status", "value", "passkey", "count");
    private static final String RUN = UUID.randomUUID().toString().replace("-", "");

    @TempDir static Path homes;

    @TestFactory
    Stream<DynamicTest> scenarios() throws IOException {
        Path file = MockCloud.SOURCE.resolve("tests/conformance/scenarios.json");
        JsonObject list = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        var scenarios = list.getAsJsonArray("scenarios");
        return IntStream.range(0, scenarios.size()).mapToObj(index -> {
            JsonObject scenario = scenarios.get(index).getAsJsonObject();
            return DynamicTest.dynamicTest(scenario.get("name").getAsString(),
                    () -> run(list.getAsJsonObject("options"), scenario, index));
        });
    }

    private static void run(JsonObject common, JsonObject scenario, int index) throws Exception {
        JsonObject expected = scenario.getAsJsonObject("expect");
        assertTrue(KEYS.containsAll(scenario.keySet()), "a key of the scenario is unknown");
        assertTrue(EXPECTATIONS.containsAll(expected.keySet()), "an expectation is unknown");
        if (scenario.has("needs")) {
            assertEquals("no /dev/tpmrm0", scenario.get("needs").getAsString());
            assumeTrue(!Files.exists(Path.of("/dev/tpmrm0")), "needs no /dev/tpmrm0");
        }
        JsonObject options = common.deepCopy();
        if (scenario.has("options")) {
            scenario.getAsJsonObject("options").entrySet().forEach(
                    option -> options.add(option.getKey(), option.getValue()));
        }
        compare(expected, outcome(scenario, options, index));
    }

    /** What came of it, in the words of "expect". */
    private static JsonObject outcome(JsonObject scenario, JsonObject options, int index) {
        JsonObject came = new JsonObject();
        try {
            call(scenario, options, index, came);
            came.addProperty("code", "ok");
        } catch (PasskeyException error) {
            came.addProperty("code", error.code());
            error.httpStatus().ifPresent(status -> came.addProperty("http_status", status));
            assertFalse((error + error.hint() + error.technicalCause()).contains("tok-" + RUN));
        }
        return came;
    }

    private static void call(JsonObject scenario, JsonObject options, int index, JsonObject came)
            throws PasskeyException {
        String link = scenario.has("link") ? fill(scenario, scenario.get("link"), index) : "";
        String call = scenario.get("call").getAsString();
        if (call.equals("is_bind_passkey_url")) {
            came.addProperty("value", PasskeyClient.isBindPasskeyUrl(link));
            return;
        }
        if (call.equals("is_authenticate_url")) {
            came.addProperty("value", PasskeyClient.isAuthenticateUrl(link));
            return;
        }
        PasskeyClient.Builder builder = PasskeyClient.builder();
        for (Map.Entry<String, JsonElement> option : options.entrySet()) {
            if (!option.getValue().isJsonNull()) {
                builder.option(option.getKey(), fill(scenario, option.getValue(), index));
            }
        }
        try (PasskeyClient client = builder.build()) {
            switch (call) {
                case "list" -> came.addProperty("count", client.listPasskeys().size());
                case "check" -> client.check(link);
                case "bind" -> came.add("passkey",
                        new Gson().toJsonTree(client.bindPasskey(link).passkey()));
                default -> throw new IllegalArgumentException("unknown call " + call);
            }
        }
    }

    private static String fill(JsonObject scenario, JsonElement text, int index) {
        String home = scenario.has("home") ? scenario.get("home").getAsString() : "scenario-" + index;
        return text.getAsString().replace("{cloud}", MockCloud.baseUrl())
                .replace("{id}", RUN + index).replace("{home}", homes.resolve(home).toString());
    }

    private static void compare(JsonObject expected, JsonObject came) {
        for (Map.Entry<String, JsonElement> each : expected.entrySet()) {
            if (each.getKey().equals("passkey")) {
                each.getValue().getAsJsonObject().entrySet().forEach(field -> assertEquals(
                        field.getValue(), at(came.getAsJsonObject("passkey"), field.getKey()),
                        field.getKey()));
            } else {
                assertEquals(text(each.getValue()), text(came.get(each.getKey())),
                        () -> each.getKey() + " of " + came);
            }
        }
    }

    private static String text(JsonElement value) {
        return value instanceof JsonPrimitive primitive ? primitive.getAsString() : null;
    }

    /** Gson leaves null fields out. */
    private static JsonElement at(JsonElement value, String path) {
        for (String name : path.split("\\.")) {
            value = value.getAsJsonObject().get(name);
        }
        return value == null ? com.google.gson.JsonNull.INSTANCE : value;
    }
}
