// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import java.util.ArrayList;
import java.util.List;

/** An object of the core. Once it is closed its pointer is 0, and the wrappers
 * throw. What it lent ends with it.
 *
 * <p>The wrappers read the pointer without a lock: whoever shares one between
 * threads sees to it that close() comes last (ClientHandle, Operation). */
abstract class NativeObject implements AutoCloseable {
    long swigCPtr;

    private final boolean isOwned;
    private final List<NativeObject> lent = new ArrayList<>(0);

    NativeObject(long cPtr, boolean isOwned) {
        swigCPtr = cPtr;
        this.isOwned = isOwned;
    }

    /** Gives the object back to the core. */
    abstract void free();

    <N extends NativeObject> N lend(N part) {
        lent.add(part);
        return part;
    }

    @Override
    public final void close() {
        lent.forEach(NativeObject::close);
        lent.clear();
        if (isOwned && swigCPtr != 0) {
            free();
        }
        swigCPtr = 0;
    }
}
