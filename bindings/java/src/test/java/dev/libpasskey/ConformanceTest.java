// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The scenarios that all languages share, tests/conformance/README.md. */
class ConformanceTest {
    private static final Set<String> KEYS = Set.of("name", "call", "link", "id", "identity", "job",
            "delivery_method", "post_binding_redirect_uri", "wait_ms", "options", "home", "needs",
            "cancel_at", "at_once", "expect");
    private static final Set<String> EXPECTATIONS =
            Set.of("code", "http_status", "value", "passkey", "info", "job", "count", "resumed",
                    "findings");
    private static final String RUN = UUID.randomUUID().toString().replace("-", "");

    @TempDir static Path homes;
    private static String lastBound = "";

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
        assertFalse(expected.entrySet().isEmpty(), "nothing is expected");
        if (scenario.has("needs")) {
            assertEquals("no /dev/tpmrm0", scenario.get("needs").getAsString());
            assumeTrue(!Files.exists(Path.of("/dev/tpmrm0")), "needs no /dev/tpmrm0");
        }
        JsonObject options = common.deepCopy();
        if (scenario.has("options")) {
            scenario.getAsJsonObject("options").entrySet().forEach(
                    option -> options.add(option.getKey(), option.getValue()));
        }
        for (JsonObject came : outcomes(scenario, options, index)) {
            compare(expected, came);
        }
    }

    // -------------------------------------------------------------------- calls

    /** What came of each call, in the words of "expect". */
    private static List<JsonObject> outcomes(JsonObject scenario, JsonObject options, int index)
            throws Exception {
        int atOnce = scenario.has("at_once") ? scenario.get("at_once").getAsInt() : 1;
        PasskeyClientBuilder builder = PasskeyClient.builder();
        Words words = new Words(scenario, index, 0);
        for (Map.Entry<String, JsonElement> option : options.entrySet()) {
            if (!option.getValue().isJsonNull()) {
                builder.option(option.getKey(), words.fill(option.getValue().getAsString()));
            }
        }
        List<JsonObject> outcomes = new ArrayList<>();
        try (PasskeyClient client = builder.build()) {
            if (atOnce == 1 && !scenario.has("cancel_at")) {
                outcomes.add(outcome(() -> ConformanceCalls.call(client, words)));
                return outcomes;
            }
            List<CompletableFuture<?>> calls = IntStream.range(0, atOnce)
                    .<CompletableFuture<?>>mapToObj(number -> start(client,
                            new Words(scenario, index, number)))
                    .toList();
            calls.forEach(call -> outcomes.add(outcome(call::get)));
        } catch (PasskeyException refused) {
            outcomes.add(outcome(() -> {
                throw refused;
            }));
        }
        return outcomes;
    }

    /** It does not matter when it is canceled: it would not end by itself. */
    private static CompletableFuture<?> start(PasskeyClient client, Words words) {
        CompletableFuture<?> call = ConformanceCalls.start(client, words);
        if (words.has("cancel_at")) {
            call.cancel(true);
        }
        return call;
    }

    private interface Outcome {
        Object get() throws Exception;
    }

    private static JsonObject outcome(Outcome call) {
        JsonObject came;
        try {
            Object result = call.get();
            came = ConformanceCalls.describe(result);
            came.addProperty("code", "ok");
            if (result instanceof BindResult bound) {
                lastBound = bound.id();
            }
        } catch (Exception thrown) {
            came = new JsonObject();
            describe(thrown instanceof ExecutionException ? thrown.getCause() : thrown, came);
        }
        return came;
    }

    private static void describe(Throwable thrown, JsonObject came) {
        if (thrown instanceof PasskeyException error) {
            came.addProperty("code", error.code());
            error.httpStatus().ifPresent(status -> came.addProperty("http_status", status));
            assertFalse((error + error.hint() + error.technicalCause()).contains("tok-" + RUN));
        } else {
            came.addProperty("code", thrown instanceof CancellationException ? "canceled"
                    : thrown.toString());
        }
    }

    /** What a call is made with.
     *
     * @param number which of the calls at once it is */
    record Words(JsonObject scenario, int index, int number) {
        boolean has(String name) {
            return scenario.has(name);
        }

        String get(String name) {
            return has(name) ? fill(scenario.get(name).getAsString()) : null;
        }

        String fill(String text) {
            String home = has("home") ? scenario.get("home").getAsString() : "scenario-" + index;
            return text.replace("{cloud}", MockCloud.baseUrl()).replace("{id}", RUN + index)
                    .replace("{home}", homes.resolve(home).toString())
                    .replace("{passkey}", lastBound).replace("{n}", Integer.toString(number));
        }
    }

    // --------------------------------------------------------------- comparison

    private static void compare(JsonObject expected, JsonObject came) {
        for (Map.Entry<String, JsonElement> each : expected.entrySet()) {
            if (each.getValue().isJsonObject()) {
                each.getValue().getAsJsonObject().entrySet().forEach(field -> assertEquals(
                        field.getValue(), at(came.get(each.getKey()), field.getKey()),
                        () -> field.getKey() + " of " + came));
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
            value = value == null ? null : value.getAsJsonObject().get(name);
        }
        return value == null ? JsonNull.INSTANCE : value;
    }
}
