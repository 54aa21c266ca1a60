// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/** Why a call failed and what to do next. Holds no link and no token. */
public final class PasskeyException extends Exception {
    private static final long serialVersionUID = 1L;

    /** The kind of failure. */
    private final String code;
    /** What to do about it, or "". */
    private final String hint;
    /** 0: there was no answer. */
    private final int httpStatus;
    /** Whether the same call may succeed later. */
    private final boolean retryable;
    /** The technical cause, or null. */
    private final String nativeCause;
    /** Of the cloud's answer, or null. */
    private final String correlationId;

    private PasskeyException(NativeError error) {
        super(error.message());
        code = error.code();
        hint = Objects.requireNonNullElse(error.hint(), "");
        httpStatus = error.httpStatus();
        retryable = error.retryable();
        nativeCause = error.cause();
        correlationId = error.correlationId();
    }

    /** Called by the native library to make what it throws; takes the error over. */
    static PasskeyException fromNative(long pointer) {
        try (NativeError error = new NativeError(pointer, true)) {
            return of(error);
        }
    }

    /** The exception that says what the error says, which stays its owner's. */
    static PasskeyException of(NativeError error) {
        return new PasskeyException(error);
    }

    /** The kind of failure, such as "link_expired"; docs/errors.md lists them.
     *
     * @return the code, the same in all languages */
    public String code() {
        return code;
    }

    /** What to do about it.
     *
     * @return one or two sentences, or "" */
    public String hint() {
        return hint;
    }

    /** The HTTP status of the cloud's answer.
     *
     * @return the status, if there was an answer */
    public OptionalInt httpStatus() {
        return httpStatus == 0 ? OptionalInt.empty() : OptionalInt.of(httpStatus);
    }

    /** Whether the same call may succeed later with nothing changed.
     *
     * @return true if it may */
    public boolean retryable() {
        return retryable;
    }

    /** The technical cause, such as "CURLE_COULDNT_CONNECT".
     *
     * @return the cause, if there is one */
    public Optional<String> technicalCause() {
        return Optional.ofNullable(nativeCause);
    }

    /** The x-correlation-id of the cloud's answer.
     *
     * @return the id, if there was one */
    public Optional<String> correlationId() {
        return Optional.ofNullable(correlationId);
    }

    /** Reads "code: message (hint)". */
    @Override
    public String toString() {
        return code + ": " + getMessage() + (hint.isEmpty() ? "" : " (" + hint + ")");
    }
}
