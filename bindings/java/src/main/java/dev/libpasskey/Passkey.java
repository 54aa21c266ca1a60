// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

/** A passkey of this machine. Times are RFC 3339 in UTC.
 *
 * @param id the local id, 64 hex digits
 * @param passkeyId the credential's id in the cloud
 * @param localCreated when it was made here
 * @param localUpdated when its record last changed here
 * @param created when the cloud created the credential
 * @param updated when the cloud last changed the credential
 * @param apiBaseUrl the cloud
 * @param keyHandle "km:" and 16 hex digits
 * @param keyType "tpm"
 * @param protection "hardware", "swtpm" or "unknown": what the TPM said of itself
 * @param thumbprint RFC 7638 SHA-256 thumbprint of the public key
 * @param state "active", "revoked" or "unknown"
 * @param tenant the tenant
 * @param realm the realm
 * @param identity whose passkey it is
 * @param theme how the realm wants it shown */
public record Passkey(String id, String passkeyId, String localCreated, String localUpdated,
        String created, String updated, String apiBaseUrl, String keyHandle, String keyType,
        String protection, String thumbprint, String state, Tenant tenant, Realm realm,
        Identity identity, Theme theme) {

    /** A tenant.
     *
     * @param id its id
     * @param displayName its name */
    public record Tenant(String id, String displayName) {}

    /** A realm of a tenant.
     *
     * @param id its id
     * @param displayName its name */
    public record Realm(String id, String displayName) {}

    /** An identity of a realm.
     *
     * @param id its id
     * @param displayName its name
     * @param username its user name
     * @param emailAddress its e-mail address, or null */
    public record Identity(String id, String displayName, String username, String emailAddress) {}

    /** Where a realm's pictures and help are.
     *
     * @param logoUrlLight the logo on light ground
     * @param logoUrlDark the logo on dark ground
     * @param supportUrl where users find help */
    public record Theme(String logoUrlLight, String logoUrlDark, String supportUrl) {}

    static Passkey of(NativePasskey from) {
        return new Passkey(from.id(), from.passkeyId(), from.localCreated(), from.localUpdated(),
                from.created(), from.updated(), from.apiBaseUrl(), from.keyHandle(), from.keyType(),
                from.protection(), from.thumbprint(), from.state(),
                new Tenant(from.tenantId(), from.tenantDisplayName()),
                new Realm(from.realmId(), from.realmDisplayName()),
                new Identity(from.identityId(), from.identityDisplayName(),
                        from.identityUsername(), from.identityEmailAddress()),
                new Theme(from.themeLogoUrlLight(), from.themeLogoUrlDark(),
                        from.themeSupportUrl()));
    }
}
