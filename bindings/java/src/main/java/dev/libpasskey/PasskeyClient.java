// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import java.lang.System.Logger;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

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
 * every call is an {@link IllegalStateException}; calls under way go on.
 *
 * <p>Each call exists twice. The plain one blocks; if its thread is interrupted the
 * call is canceled, and an {@link InterruptedException} thrown unless it had come to
 * its end already: then it ends as it would have and the thread stays interrupted.
 * The one whose name ends in Async blocks nobody; its future completes on the default
 * executor of CompletableFuture, as a rule the common pool, exceptionally with a
 * {@link PasskeyException}, and canceling the future cancels the call. */
public final class PasskeyClient implements AutoCloseable {
    private static final Cleaner CLEANER = Cleaner.create();

    private final ClientHandle handle;
    private final Cleaner.Cleanable cleanable;

    /** A client with the options of the environment (PASSKEY_HOME, PASSKEY_TPM, …).
     *
     * @throws PasskeyException invalid_option, if a variable holds what is not allowed
     * @throws UnsatisfiedLinkError if the native library cannot be loaded; says why */
    public PasskeyClient() throws PasskeyException {
        this(Map.of(), null);
    }

    PasskeyClient(Map<String, String> options, Logger logger) throws PasskeyException {
        NativeLibrary.require();
        NativeClient client = Native.newClient();
        handle = new ClientHandle(client);
        cleanable = CLEANER.register(this, handle::close);
        try {
            for (Map.Entry<String, String> option : options.entrySet()) {
                client.setOption(option.getKey(), option.getValue());
            }
            client.setLog(new ClientLog(logger));
        } catch (PasskeyException | RuntimeException refused) {
            close();
            throw refused;
        }
    }

    /** A client with options of its own.
     *
     * @return a builder that starts with the options of the environment */
    public static PasskeyClientBuilder builder() {
        return new PasskeyClientBuilder();
    }

    // ------------------------------------------------------------------- links

    /** Turns a passkey creation link into a passkey in the TPM, registered with
     * the cloud and stored.
     *
     * @param link the link as it was received
     * @return the passkey, and where the user may be sent next
     * @throws PasskeyException why there is none
     * @throws InterruptedException if the thread was interrupted; there is no passkey */
    public BindResult bindPasskey(String link) throws PasskeyException, InterruptedException {
        return await(Call.bind(link), null);
    }

    /** {@link #bindPasskey(String)} that tells its steps: "link", "instruction", "info",
     * "key", "register", "store".
     *
     * @param link the link as it was received
     * @param onStep is told each step as it begins, on the calling thread
     * @return the passkey, and where the user may be sent next
     * @throws PasskeyException why there is none
     * @throws InterruptedException if the thread was interrupted; there is no passkey */
    public BindResult bindPasskey(String link, Consumer<String> onStep)
            throws PasskeyException, InterruptedException {
        return await(Call.bind(link), Objects.requireNonNull(onStep, "onStep"));
    }

    /** {@link #bindPasskey(String)} without blocking.
     *
     * @param link the link as it was received
     * @return the passkey, and where the user may be sent next */
    public CompletableFuture<BindResult> bindPasskeyAsync(String link) {
        return future(Call.bind(link), null);
    }

    /** {@link #bindPasskey(String, Consumer)} without blocking.
     *
     * @param link the link as it was received
     * @param onStep is told each step, in order, where the future will complete, and
     *     before it does
     * @return the passkey, and where the user may be sent next */
    public CompletableFuture<BindResult> bindPasskeyAsync(String link, Consumer<String> onStep) {
        return future(Call.bind(link), Objects.requireNonNull(onStep, "onStep"));
    }

    /** Asks the cloud what a bind of this link would bind. The link stays usable, and
     * neither TPM nor store are touched.
     *
     * @param link the link as it was received
     * @return the tenant, the realm and the identity
     * @throws PasskeyException why the cloud does not say it
     * @throws InterruptedException if the thread was interrupted */
    public PasskeyInfo info(String link) throws PasskeyException, InterruptedException {
        return await(Call.info(link), null);
    }

    /** {@link #info(String)} that tells its steps: "link", "instruction", "info".
     *
     * @param link the link as it was received
     * @param onStep is told each step as it begins, on the calling thread
     * @return the tenant, the realm and the identity
     * @throws PasskeyException why the cloud does not say it
     * @throws InterruptedException if the thread was interrupted */
    public PasskeyInfo info(String link, Consumer<String> onStep)
            throws PasskeyException, InterruptedException {
        return await(Call.info(link), Objects.requireNonNull(onStep, "onStep"));
    }

    /** {@link #info(String)} without blocking.
     *
     * @param link the link as it was received
     * @return the tenant, the realm and the identity */
    public CompletableFuture<PasskeyInfo> infoAsync(String link) {
        return future(Call.info(link), null);
    }

    /** {@link #info(String, Consumer)} without blocking.
     *
     * @param link the link as it was received
     * @param onStep is told each step, in order, where the future will complete, and
     *     before it does
     * @return the tenant, the realm and the identity */
    public CompletableFuture<PasskeyInfo> infoAsync(String link, Consumer<String> onStep) {
        return future(Call.info(link), Objects.requireNonNull(onStep, "onStep"));
    }

    /** Goes on with the binds that a crash, a lost connection or a full disk ended after
     * their key was made: registers each with the key it has, and stores it. Succeeds
     * whatever becomes of them.
     *
     * @return what became of each
     * @throws PasskeyException if the store cannot be used
     * @throws InterruptedException if the thread was interrupted; what was not finished
     *     stays pending */
    public List<Resumed> resume() throws PasskeyException, InterruptedException {
        return await(Call.resume(), null);
    }

    /** {@link #resume()} without blocking.
     *
     * @return what became of each */
    public CompletableFuture<List<Resumed>> resumeAsync() {
        return future(Call.resume(), null);
    }

    /** Says what a link is, without contacting anything.
     *
     * @param link the link as it was received
     * @return what it says, without its token
     * @throws PasskeyException what {@link #bindPasskey(String)} would throw for a link
     *     that it does not take */
    public Link check(String link) throws PasskeyException {
        try {
            return handle.check(Objects.requireNonNull(link, "link"));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Is this text a passkey creation link? Host, scheme and expiry do not matter
     * and nothing is contacted.
     *
     * @param url any text
     * @return true if it is */
    public static boolean isBindPasskeyUrl(String url) {
        NativeLibrary.require();
        return Native.isBindPasskeyUrl(Objects.requireNonNull(url, "url"));
    }

    /** Is this text an authentication link?
     *
     * @param url any text
     * @return true if it is */
    public static boolean isAuthenticateUrl(String url) {
        NativeLibrary.require();
        return Native.isAuthenticateUrl(Objects.requireNonNull(url, "url"));
    }

    // ---------------------------------------------------------------- passkeys

    /** The passkeys in the store.
     *
     * @return the passkeys, oldest first
     * @throws PasskeyException if the store cannot be read
     * @throws InterruptedException if the thread was interrupted */
    public PasskeyList listPasskeys() throws PasskeyException, InterruptedException {
        return await(Call.list(), null);
    }

    /** {@link #listPasskeys()} without blocking.
     *
     * @return the passkeys, oldest first */
    public CompletableFuture<PasskeyList> listPasskeysAsync() {
        return future(Call.list(), null);
    }

    /** The passkey with this local id.
     *
     * @param id its local id
     * @return the passkey
     * @throws PasskeyException no_such_passkey, or why the store cannot be read
     * @throws InterruptedException if the thread was interrupted */
    public Passkey getPasskey(String id) throws PasskeyException, InterruptedException {
        return await(Call.get(id), null);
    }

    /** {@link #getPasskey(String)} without blocking.
     *
     * @param id its local id
     * @return the passkey */
    public CompletableFuture<Passkey> getPasskeyAsync(String id) {
        return future(Call.get(id), null);
    }

    /** Deletes a passkey and its private key from this machine. The cloud is not told:
     * there the credential stays until it is revoked. An id that the store does not
     * have is fine.
     *
     * @param id its local id
     * @throws PasskeyException why it could not be deleted
     * @throws InterruptedException if the thread was interrupted */
    public void deletePasskey(String id) throws PasskeyException, InterruptedException {
        await(Call.delete(id), null);
    }

    /** {@link #deletePasskey(String)} without blocking.
     *
     * @param id its local id
     * @return completes with null */
    public CompletableFuture<Void> deletePasskeyAsync(String id) {
        return future(Call.delete(id), null);
    }

    // -------------------------------------------------------------------- jobs

    /** Creates a credential binding job with the options api_base_url, tenant,
     * realm, authenticator_config and api_token.
     *
     * @param identityId the identity
     * @param deliveryMethod "RETURN": the answer holds the link; "EMAIL": the user gets it
     * @param postBindingRedirectUri where the user goes afterwards, or null
     * @return the job
     * @throws PasskeyException why there is none
     * @throws InterruptedException if the thread was interrupted */
    public Job createJob(String identityId, String deliveryMethod, String postBindingRedirectUri)
            throws PasskeyException, InterruptedException {
        return await(Call.createJob(identityId, deliveryMethod, postBindingRedirectUri), null);
    }

    /** {@link #createJob(String, String, String)} without blocking.
     *
     * @param identityId the identity
     * @param deliveryMethod "RETURN" or "EMAIL"
     * @param postBindingRedirectUri where the user goes afterwards, or null
     * @return the job */
    public CompletableFuture<Job> createJobAsync(String identityId, String deliveryMethod,
            String postBindingRedirectUri) {
        return future(Call.createJob(identityId, deliveryMethod, postBindingRedirectUri), null);
    }

    /** A job as it is now.
     *
     * @param identityId the identity, or "-" for any of the realm
     * @param jobId the job
     * @return the job, without its link
     * @throws PasskeyException not_found, or why the cloud does not say it
     * @throws InterruptedException if the thread was interrupted */
    public Job getJob(String identityId, String jobId)
            throws PasskeyException, InterruptedException {
        return await(Call.getJob(identityId, jobId), null);
    }

    /** {@link #getJob(String, String)} without blocking.
     *
     * @param identityId the identity, or "-" for any of the realm
     * @param jobId the job
     * @return the job, without its link */
    public CompletableFuture<Job> getJobAsync(String identityId, String jobId) {
        return future(Call.getJob(identityId, jobId), null);
    }

    /** All jobs of an identity or of the realm.
     *
     * @param identityId the identity, or "-" for all of the realm
     * @return the jobs in the cloud's order, without their links
     * @throws PasskeyException why the cloud does not say it
     * @throws InterruptedException if the thread was interrupted */
    public List<Job> listJobs(String identityId) throws PasskeyException, InterruptedException {
        return await(Call.listJobs(identityId), null);
    }

    /** {@link #listJobs(String)} without blocking.
     *
     * @param identityId the identity, or "-" for all of the realm
     * @return the jobs in the cloud's order, without their links */
    public CompletableFuture<List<Job>> listJobsAsync(String identityId) {
        return future(Call.listJobs(identityId), null);
    }

    /** Revokes a job: its link can no longer be used.
     *
     * @param identityId the identity, or "-" for any of the realm
     * @param jobId the job
     * @return the job
     * @throws PasskeyException conflict, if the link has been used already
     * @throws InterruptedException if the thread was interrupted */
    public Job revokeJob(String identityId, String jobId)
            throws PasskeyException, InterruptedException {
        return await(Call.revokeJob(identityId, jobId), null);
    }

    /** {@link #revokeJob(String, String)} without blocking.
     *
     * @param identityId the identity, or "-" for any of the realm
     * @param jobId the job
     * @return the job */
    public CompletableFuture<Job> revokeJobAsync(String identityId, String jobId) {
        return future(Call.revokeJob(identityId, jobId), null);
    }

    /** Waits until a job has come to an end: its state is then "COMPLETE", "EXPIRED",
     * "REVOKED" or "FAILED_TO_SEND".
     *
     * @param identityId the identity, or "-" for any of the realm
     * @param jobId the job
     * @param timeout how long at most; ChronoUnit.FOREVER.getDuration() for no limit
     * @return the job
     * @throws PasskeyException timeout, or why the cloud does not say it
     * @throws InterruptedException if the thread was interrupted */
    public Job waitJob(String identityId, String jobId, Duration timeout)
            throws PasskeyException, InterruptedException {
        return await(Call.waitJob(identityId, jobId, timeout), null);
    }

    /** {@link #waitJob(String, String, Duration)} without blocking.
     *
     * @param identityId the identity, or "-" for any of the realm
     * @param jobId the job
     * @param timeout how long at most; ChronoUnit.FOREVER.getDuration() for no limit
     * @return the job */
    public CompletableFuture<Job> waitJobAsync(String identityId, String jobId, Duration timeout) {
        return future(Call.waitJob(identityId, jobId, timeout), null);
    }

    // ----------------------------------------------------------------- examine

    /** Looks whether a bind can work here, and what would stop it: this machine, the TPM,
     * the store, and the cloud if the option api_base_url names one. Changes nothing. What
     * is wrong is a finding, not an exception.
     *
     * @return what was found, check by check
     * @throws PasskeyException out_of_memory
     * @throws InterruptedException if the thread was interrupted */
    public List<Finding> examine() throws PasskeyException, InterruptedException {
        return await(Call.examine(), null);
    }

    /** {@link #examine()} that tells its steps: "machine", "tpm", "store", "cloud".
     *
     * @param onStep is told each step as it begins, on the calling thread
     * @return what was found, check by check
     * @throws PasskeyException out_of_memory
     * @throws InterruptedException if the thread was interrupted */
    public List<Finding> examine(Consumer<String> onStep)
            throws PasskeyException, InterruptedException {
        return await(Call.examine(), Objects.requireNonNull(onStep, "onStep"));
    }

    /** {@link #examine()} without blocking.
     *
     * @return what was found, check by check */
    public CompletableFuture<List<Finding>> examineAsync() {
        return future(Call.examine(), null);
    }

    /** {@link #examine(Consumer)} without blocking.
     *
     * @param onStep is told each step, in order, where the future will complete, and
     *     before it does
     * @return what was found, check by check */
    public CompletableFuture<List<Finding>> examineAsync(Consumer<String> onStep) {
        return future(Call.examine(), Objects.requireNonNull(onStep, "onStep"));
    }

    // ------------------------------------------------------------------ client

    /* The fences: a client nobody else holds is not to be freed before its last call
     * has begun. */

    private <T> T await(Call<T> call, Consumer<String> onStep)
            throws PasskeyException, InterruptedException {
        try {
            return Operation.await(handle, call, onStep);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    private <T> CompletableFuture<T> future(Call<T> call, Consumer<String> onStep) {
        try {
            return Operation.future(handle, call, onStep);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Gives the client back. May be called again, and from any thread. */
    @Override
    public void close() {
        cleanable.clean();
    }
}
