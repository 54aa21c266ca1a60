// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

/** What became of a passkey creation link.
 *
 * @param passkey the passkey
 * @param postBindingRedirectUri where the application may send the user next, or null */
public record BindResult(Passkey passkey, String postBindingRedirectUri) {

    /** The passkey's local id.
     *
     * @return 64 hex digits */
    public String id() {
        return passkey.id();
    }

    /** The result, read while the native one is open. */
    static BindResult of(NativeResult from) {
        return new BindResult(Passkey.of(from.passkey()), from.postBindingRedirectUri());
    }
}
