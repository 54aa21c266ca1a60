// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

/** What a link says, without its token. The ids are null where it does not say.
 *
 * @param kind "invokeAuthenticator" or "bind"
 * @param origin scheme, host and port that bind would contact first
 * @param tenantId the tenant
 * @param realmId the realm
 * @param identityId the identity
 * @param jobId the credential binding job */
public record Link(String kind, String origin, String tenantId, String realmId, String identityId,
        String jobId) {

    static Link of(NativeLink from) {
        return new Link(from.kind(), from.origin(), from.tenantId(), from.realmId(),
                from.identityId(), from.jobId());
    }
}
