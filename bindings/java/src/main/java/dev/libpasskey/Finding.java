// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import java.util.List;
import java.util.stream.LongStream;

/** What an examination has found. May name paths of this machine, but holds no link and
 * no token.
 *
 * @param check the name of the check, such as "tpm_permission"; docs/doctor.md lists them
 * @param level how much it matters
 * @param message what was found, in one or two sentences
 * @param remedy what to do about it; null where there is nothing to do */
public record Finding(String check, Level level, String message, String remedy) {

    /** How much a finding matters; in the order of the core's numbers. */
    public enum Level {
        /** It is as it should be. */
        OK,
        /** It may become a trouble, or is for you to judge. */
        WARNING,
        /** It stops a bind or the use of a passkey. */
        PROBLEM
    }

    private static Finding at(NativeExamination from, long index) {
        return new Finding(from.check(index), Level.values()[from.level(index)],
                from.message(index), from.remedy(index));
    }

    static List<Finding> listOf(NativeExamination from) {
        return LongStream.range(0, from.count()).mapToObj(index -> at(from, index)).toList();
    }
}
