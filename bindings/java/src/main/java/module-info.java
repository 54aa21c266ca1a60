// SPDX-License-Identifier: Apache-2.0
/** A passkey creation link becomes a private key in this machine's TPM 2.0,
 * registered with the cloud. */
module dev.libpasskey {
    exports dev.libpasskey;
}
