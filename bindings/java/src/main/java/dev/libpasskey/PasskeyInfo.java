// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

/** What the cloud says a link would bind. Names and pictures may be null.
 *
 * @param apiBaseUrl the cloud
 * @param jobId the credential binding job
 * @param tenant the tenant
 * @param realm the realm
 * @param identity whose passkey it would be
 * @param theme how the realm wants it shown
 * @param postBindingRedirectUri where the application may send the user next, or null */
public record PasskeyInfo(String apiBaseUrl, String jobId, Passkey.Tenant tenant,
        Passkey.Realm realm, Passkey.Identity identity, Passkey.Theme theme,
        String postBindingRedirectUri) {

    static PasskeyInfo of(NativeInfo from) {
        return new PasskeyInfo(from.apiBaseUrl(), from.jobId(),
                new Passkey.Tenant(from.tenantId(), from.tenantDisplayName()),
                new Passkey.Realm(from.realmId(), from.realmDisplayName()),
                new Passkey.Identity(from.identityId(), from.identityDisplayName(),
                        from.identityUsername(), from.identityEmailAddress()),
                new Passkey.Theme(from.themeLogoUrlLight(), from.themeLogoUrlDark(),
                        from.themeSupportUrl()),
                from.postBindingRedirectUri());
    }
}
