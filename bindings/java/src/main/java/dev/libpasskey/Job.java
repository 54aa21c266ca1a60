// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

/** A credential binding job just created.
 *
 * @param id its id
 * @param state its state
 * @param link the passkey creation link, a secret that toString() leaves out; null for EMAIL */
public record Job(String id, String state, String link) {

    static Job of(NativeJob from) {
        return new Job(from.id(), from.state(), from.link());
    }

    @Override
    public String toString() {
        return "Job[id=" + id + ", state=" + state + "]";
    }
}
