// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/** The calls that the scenarios name: blocking, as futures, and what they answer. */
final class ConformanceCalls {
    private ConformanceCalls() {}

    static Object call(PasskeyClient client, ConformanceTest.Words words) throws Exception {
        String identity = words.get("identity");
        String job = words.get("job");
        switch (words.get("call")) {
            case "is_bind_passkey_url":
                return PasskeyClient.isBindPasskeyUrl(words.get("link"));
            case "is_authenticate_url":
                return PasskeyClient.isAuthenticateUrl(words.get("link"));
            case "check":
                return client.check(words.get("link"));
            case "bind":
                return client.bindPasskey(words.get("link"));
            case "info":
                return client.info(words.get("link"));
            case "list":
                return client.listPasskeys();
            case "get":
                return client.getPasskey(words.get("id"));
            case "delete":
                client.deletePasskey(words.get("id"));
                return "deleted";
            case "create_job":
                return client.createJob(identity, words.get("delivery_method"),
                        words.get("post_binding_redirect_uri"));
            case "get_job":
                return client.getJob(identity, job);
            case "revoke_job":
                return client.revokeJob(identity, job);
            case "wait_job":
                return client.waitJob(identity, job, timeout(words));
            case "list_jobs":
                return client.listJobs(identity);
            case "resume":
                return client.resume();
            case "examine":
                return client.examine();
            default:
                throw new IllegalArgumentException("unknown call " + words.get("call"));
        }
    }

    static CompletableFuture<?> start(PasskeyClient client, ConformanceTest.Words words) {
        String identity = words.get("identity");
        String job = words.get("job");
        switch (words.get("call")) {
            case "bind":
                return client.bindPasskeyAsync(words.get("link"));
            case "info":
                return client.infoAsync(words.get("link"));
            case "list":
                return client.listPasskeysAsync();
            case "get":
                return client.getPasskeyAsync(words.get("id"));
            case "delete":
                return client.deletePasskeyAsync(words.get("id"));
            case "create_job":
                return client.createJobAsync(identity, words.get("delivery_method"),
                        words.get("post_binding_redirect_uri"));
            case "get_job":
                return client.getJobAsync(identity, job);
            case "revoke_job":
                return client.revokeJobAsync(identity, job);
            case "wait_job":
                return client.waitJobAsync(identity, job, timeout(words));
            case "list_jobs":
                return client.listJobsAsync(identity);
            case "resume":
                return client.resumeAsync();
            case "examine":
                return client.examineAsync();
            default:
                throw new IllegalArgumentException("unknown call " + words.get("call"));
        }
    }

    private static Duration timeout(ConformanceTest.Words words) {
        return words.has("wait_ms") ? Duration.ofMillis(Long.parseLong(words.get("wait_ms")))
                : ChronoUnit.FOREVER.getDuration();
    }

    /** Of a list of findings, the worst level of each check. */
    private static void describeFirst(List<?> list, JsonObject came) {
        Object first = list.isEmpty() ? null : list.get(0);
        if (first instanceof Resumed resumed) {
            came.add("resumed", describe(resumed));
        } else if (first instanceof Finding) {
            JsonObject levels = new JsonObject();
            list.stream().map(Finding.class::cast).sorted(Comparator.comparing(Finding::level))
                    .forEach(each -> levels.addProperty(each.check(),
                            each.level().name().toLowerCase(Locale.ROOT)));
            came.add("findings", levels);
        }
    }

    private static JsonObject describe(Resumed resumed) {
        JsonObject came = new JsonObject();
        came.addProperty("outcome", resumed.outcome());
        came.addProperty("identityId", resumed.identityId());
        came.addProperty("jobId", resumed.jobId());
        if (resumed.result() != null) {
            came.add("passkey", new Gson().toJsonTree(resumed.result().passkey()));
        }
        if (resumed.error() != null) {
            JsonObject error = new JsonObject();
            error.addProperty("code", resumed.error().code());
            came.add("error", error);
        }
        return came;
    }

    /** An answer in the words of "expect". */
    static JsonObject describe(Object answer) {
        Gson gson = new Gson();
        JsonObject came = new JsonObject();
        if (answer instanceof BindResult result) {
            came.add("passkey", gson.toJsonTree(result.passkey()));
        } else if (answer instanceof Passkey passkey) {
            came.add("passkey", gson.toJsonTree(passkey));
        } else if (answer instanceof PasskeyInfo info) {
            came.add("info", gson.toJsonTree(info));
        } else if (answer instanceof Job job) {
            came.add("job", gson.toJsonTree(job));
        } else if (answer instanceof List<?> list) {
            came.addProperty("count", list.size());
            describeFirst(list, came);
        } else if (answer instanceof Boolean value) {
            came.addProperty("value", value);
        }
        return came;
    }
}
