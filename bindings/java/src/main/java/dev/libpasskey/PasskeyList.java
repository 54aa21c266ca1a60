// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import java.util.AbstractList;
import java.util.List;
import java.util.stream.LongStream;

/** The passkeys of a store, oldest first; it never changes. */
public final class PasskeyList extends AbstractList<Passkey> {
    private final List<Passkey> passkeys;
    private final List<String> damaged;

    private PasskeyList(NativePasskeyList from) {
        passkeys = LongStream.range(0, from.count()).mapToObj(from::at).map(Passkey::of).toList();
        damaged = LongStream.range(0, from.numDamaged()).mapToObj(from::damaged).toList();
    }

    /** The list, read while the native one is open. */
    static PasskeyList of(NativePasskeyList from) {
        return new PasskeyList(from);
    }

    /** Records that could not be understood: file names, and why.
     *
     * @return one text for each */
    public List<String> damaged() {
        return damaged;
    }

    @Override
    public Passkey get(int index) {
        return passkeys.get(index);
    }

    @Override
    public int size() {
        return passkeys.size();
    }
}
