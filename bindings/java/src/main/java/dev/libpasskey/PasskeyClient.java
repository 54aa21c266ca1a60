// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import java.lang.ref.Cleaner;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinPool;

/** Turns passkey creation links into passkeys in this machine's TPM 2.0.
 *
 * <pre>{@code
 * try (PasskeyClient client = PasskeyClient.builder().tpm("swtpm").build()) {
 *     BindResult result = client.bindPasskey(link);
 *     System.out.println(result.id());
 * }
 * }</pre>
 *
 * <p>A client may be used by several threads at once. After {@link #close()}
 * every call is an {@link IllegalStateException}; calls under way go on. */
public final class PasskeyClient implements AutoCloseable {
    /** How soon a blocking call sees that its thread was interrupted. */
    private static final int SLICE_MS = 100;

    private static final Cleaner CLEANER = Cleaner.create();

    private final ClientHandle handle;
    private final Cleaner.Cleanable cleanable;

    /** A client with the options of the environment (PASSKEY_HOME, PASSKEY_TPM, …).
     *
     * @throws PasskeyException invalid_option, if a variable holds what is not allowed */
    public PasskeyClient() throws PasskeyException {
        this(Map.of());
    }

    private PasskeyClient(Map<String, String> options) throws PasskeyException {
        NativeClient client = Native.newClient();
        handle = new ClientHandle(client);
        cleanable = CLEANER.register(this, handle::close);
        try {
            for (Map.Entry<String, String> option : options.entrySet()) {
                client.setOption(option.getKey(), option.getValue());
            }
        } catch (PasskeyException | RuntimeException refused) {
            close();
            throw refused;
        }
    }

    /** A client with options of its own.
     *
     * @return a builder that starts with the options of the environment */
    public static Builder builder() {
        return new Builder();
    }

    /** Turns a passkey creation link into a passkey in the TPM, registered with
     * the cloud and stored. Blocks. If the thread is interrupted the bind is
     * canceled: the exception's code is "canceled" and the thread stays interrupted.
     *
     * @param link the link as it was received
     * @return the passkey, and where the user may be sent next
     * @throws PasskeyException why there is none */
    public BindResult bindPasskey(String link) throws PasskeyException {
        BindOperation operation = start(link);
        boolean interrupted = false;
        while (!operation.await(SLICE_MS)) {
            if (Thread.interrupted()) {
                interrupted = true;
                operation.cancel();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return operation.finish();
    }

    /** {@link #bindPasskey(String)} without blocking. Canceling the future cancels the bind.
     *
     * @param link the link as it was received
     * @return completes on a thread of the common pool; exceptionally with a
     *     {@link PasskeyException} */
    public CompletableFuture<BindResult> bindPasskeyAsync(String link) {
        try {
            return futureOf(start(link));
        } catch (PasskeyException error) {
            return CompletableFuture.failedFuture(error);
        }
    }

    private BindOperation start(String link) throws PasskeyException {
        Objects.requireNonNull(link, "link");
        return with(client -> BindOperation.start(client, link));
    }

    private static CompletableFuture<BindResult> futureOf(BindOperation operation)
            throws PasskeyException {
        CompletableFuture<BindResult> future = new CompletableFuture<>();
        // A thread of the core runs this: it hands over and goes back to its work.
        operation.whenDone(
                () -> ForkJoinPool.commonPool().execute(() -> settle(future, operation)));
        future.whenComplete((result, error) -> {
            if (future.isCancelled()) {
                operation.cancel();
            }
        });
        return future;
    }

    private static void settle(CompletableFuture<BindResult> future, BindOperation operation) {
        try {
            future.complete(operation.finish());
        } catch (PasskeyException | RuntimeException | Error error) {
            future.completeExceptionally(error);
        }
    }

    /** The passkeys in the store.
     *
     * @return the passkeys, oldest first
     * @throws PasskeyException if the store cannot be read */
    public PasskeyList listPasskeys() throws PasskeyException {
        return with(client -> {
            try (NativePasskeyList list = client.readPasskeys()) {
                return PasskeyList.of(list);
            }
        });
    }

    /** Says what a link is, without contacting anything.
     *
     * @param link the link as it was received
     * @return what it says, without its token
     * @throws PasskeyException what {@link #bindPasskey(String)} would throw for a link
     *     that it does not take */
    public Link check(String link) throws PasskeyException {
        Objects.requireNonNull(link, "link");
        return with(client -> {
            try (NativeLink description = client.checkLink(link)) {
                return Link.of(description);
            }
        });
    }

    /** Creates a credential binding job with the options api_base_url, tenant,
     * realm, authenticator_config and api_token. Blocks.
     *
     * @param identityId the identity
     * @param deliveryMethod "RETURN": the answer holds the link; "EMAIL": the user gets it
     * @param postBindingRedirectUri where the user goes afterwards, or null
     * @return the job
     * @throws PasskeyException why there is none */
    public Job createJob(String identityId, String deliveryMethod, String postBindingRedirectUri)
            throws PasskeyException {
        Objects.requireNonNull(identityId, "identityId");
        Objects.requireNonNull(deliveryMethod, "deliveryMethod");
        return with(client -> {
            try (NativeJob job =
                    client.makeJob(identityId, deliveryMethod, postBindingRedirectUri)) {
                return Job.of(job);
            }
        });
    }

    /** Is this text a passkey creation link? Host, scheme and expiry do not matter
     * and nothing is contacted.
     *
     * @param url any text
     * @return true if it is */
    public static boolean isBindPasskeyUrl(String url) {
        return Native.isBindPasskeyUrl(Objects.requireNonNull(url, "url"));
    }

    /** Is this text an authentication link?
     *
     * @param url any text
     * @return true if it is */
    public static boolean isAuthenticateUrl(String url) {
        return Native.isAuthenticateUrl(Objects.requireNonNull(url, "url"));
    }

    /** Gives the client back. May be called again, and from any thread. */
    @Override
    public void close() {
        cleanable.clean();
    }

    private interface Call<T> {
        T on(NativeClient client) throws PasskeyException;
    }

    private <T> T with(Call<T> call) throws PasskeyException {
        NativeClient client = handle.acquire();
        try {
            return call.on(client);
        } finally {
            handle.release();
        }
    }

    /** Gathers options; docs/options.md describes each. What is not set is taken
     * from the environment or has its default. */
    public static final class Builder {
        private final Map<String, String> options = new LinkedHashMap<>();

        private Builder() {}

        /** Any option by its name.
         *
         * @param name such as "proxy"
         * @param value its value
         * @return this */
        public Builder option(String name, String value) {
            options.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(value, name));
            return this;
        }

        /** Many options at once.
         *
         * @param values by the options' names
         * @return this */
        public Builder options(Map<String, String> values) {
            values.forEach(this::option);
            return this;
        }

        /** The store.
         *
         * @param folder its folder
         * @return this */
        public Builder home(Path folder) {
            return option("home", folder.toString());
        }

        /** The TPM.
         *
         * @param route "hardware", "swtpm" (for development), "auto", or a TCTI
         * @return this */
        public Builder tpm(String route) {
            return option("tpm", route);
        }

        /** The hosts that may be contacted.
         *
         * @param domains each allows itself and its subdomains; none allows nothing
         * @return this */
        public Builder allowedDomains(List<String> domains) {
            return option("allowed_domains", String.join(",", domains));
        }

        /** Whether plain http to this machine itself is allowed.
         *
         * @param allowed true to allow it
         * @return this */
        public Builder allowLoopbackHttp(boolean allowed) {
            return option("allow_loopback_http", Boolean.toString(allowed));
        }

        /** Certificate authorities instead of the system's.
         *
         * @param file a PEM file
         * @return this */
        public Builder caFile(Path file) {
            return option("ca_file", file.toString());
        }

        /** The time allowed for the network.
         *
         * @param milliseconds 1 to 3600000
         * @return this */
        public Builder timeoutMs(int milliseconds) {
            return option("timeout_ms", Integer.toString(milliseconds));
        }

        /** Makes the client.
         *
         * @return a client; close it
         * @throws PasskeyException invalid_option, if an option is unknown or its value
         *     not allowed */
        public PasskeyClient build() throws PasskeyException {
            return new PasskeyClient(options);
        }
    }
}
