// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import java.util.List;
import java.util.stream.LongStream;

/** What became of a pending bind.
 *
 * @param outcome "finished"; "refused": the cloud does not take it, and it was given up;
 *     "pending": it still is, and can be resumed again
 * @param identityId whose passkey it is
 * @param jobId its job
 * @param result what bindPasskey would have returned; null unless finished
 * @param error why not; null when finished */
public record Resumed(String outcome, String identityId, String jobId, BindResult result,
        PasskeyException error) {

    private static Resumed at(NativeResumption from, long index) {
        NativeResult result = from.result(index);
        NativeError error = from.error(index);
        return new Resumed(from.outcome(index), from.identityId(index), from.jobId(index),
                result == null ? null : BindResult.of(result),
                error == null ? null : PasskeyException.of(error));
    }

    static List<Resumed> listOf(NativeResumption from) {
        return LongStream.range(0, from.count()).mapToObj(index -> at(from, index)).toList();
    }
}
