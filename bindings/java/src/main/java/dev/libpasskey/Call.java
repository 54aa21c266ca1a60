// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/** A call of the core: how it is started, and how its outcome is taken once it
 * has ended. All that is particular to one call stands here.
 *
 * @param <T> what it answers */
record Call<T>(Start start, Take<T> take) {
    /** As long as the core can count. */
    private static final Duration MAX_WAIT = Duration.ofMillis(0xffff_ffffL);

    interface Start {
        NativeOperation on(NativeClient client) throws PasskeyException;
    }

    interface Take<T> {
        T from(NativeOperation operation) throws PasskeyException;
    }

    static Call<BindResult> bind(String link) {
        Objects.requireNonNull(link, "link");
        return of(client -> client.startBind(link), NativeOperation::takeResult, BindResult::of);
    }

    static Call<PasskeyInfo> info(String link) {
        Objects.requireNonNull(link, "link");
        return of(client -> client.startInfo(link), NativeOperation::takeInfo, PasskeyInfo::of);
    }

    static Call<List<Resumed>> resume() {
        return of(NativeClient::startResume, NativeOperation::takeResumption, Resumed::listOf);
    }

    static Call<PasskeyList> list() {
        return of(NativeClient::startList, NativeOperation::takeList, PasskeyList::of);
    }

    static Call<Passkey> get(String id) {
        Objects.requireNonNull(id, "id");
        return of(client -> client.startGet(id), NativeOperation::takePasskey, Passkey::of);
    }

    static Call<Void> delete(String id) {
        Objects.requireNonNull(id, "id");
        return new Call<>(client -> client.startDelete(id), operation -> {
            operation.takeDeleted();
            return null;
        });
    }

    static Call<Job> createJob(String identityId, String deliveryMethod, String redirectUri) {
        Objects.requireNonNull(identityId, "identityId");
        Objects.requireNonNull(deliveryMethod, "deliveryMethod");
        return job(client -> client.startCreateJob(identityId, deliveryMethod, redirectUri));
    }

    static Call<Job> getJob(String identityId, String jobId) {
        requireIds(identityId, jobId);
        return job(client -> client.startGetJob(identityId, jobId));
    }

    static Call<List<Job>> listJobs(String identityId) {
        Objects.requireNonNull(identityId, "identityId");
        return of(client -> client.startListJobs(identityId), NativeOperation::takeJobList,
                Job::listOf);
    }

    static Call<Job> revokeJob(String identityId, String jobId) {
        requireIds(identityId, jobId);
        return job(client -> client.startRevokeJob(identityId, jobId));
    }

    static Call<Job> waitJob(String identityId, String jobId, Duration timeout) {
        requireIds(identityId, jobId);
        long waitMs = milliseconds(timeout);
        return job(client -> client.startWaitJob(identityId, jobId, waitMs));
    }

    static Call<List<Finding>> examine() {
        return of(NativeClient::startExamine, NativeOperation::takeExamination, Finding::listOf);
    }

    /** For the core, 0 is no limit. */
    private static long milliseconds(Duration timeout) {
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("the timeout is not positive");
        }
        return timeout.compareTo(MAX_WAIT) > 0 ? 0 : timeout.plusNanos(999_999).toMillis();
    }

    private static void requireIds(String identityId, String jobId) {
        Objects.requireNonNull(identityId, "identityId");
        Objects.requireNonNull(jobId, "jobId");
    }

    private static Call<Job> job(Start start) {
        return of(start, NativeOperation::takeJob, Job::of);
    }

    /** What is taken is read and closed at once. */
    private static <N extends NativeObject, T> Call<T> of(Start start, Take<N> take,
            Function<N, T> read) {
        return new Call<>(start, operation -> {
            try (N taken = take.from(operation)) {
                return read.apply(taken);
            }
        });
    }
}
