// SPDX-License-Identifier: Apache-2.0
package dev.libpasskey;

import java.util.List;
import java.util.stream.LongStream;

/** A credential binding job. Times are RFC 3339 in UTC, as the cloud wrote them.
 * What the cloud left out is null.
 *
 * @param id its id
 * @param state "LINK_SENT", "LINK_OPENED", "REQUEST_DELIVERED", "COMPLETE", "EXPIRED",
 *     "FAILED_TO_SEND", "REVOKED", or what a newer cloud says
 * @param link the passkey creation link, a secret that toString() leaves out; null but
 *     for a job just created with RETURN
 * @param identityId whom it is for
 * @param credentialId the credential that was bound
 * @param deliveryMethod "RETURN" or "EMAIL"
 * @param postBindingRedirectUri where the user goes afterwards
 * @param expireTime when its link expires
 * @param createTime when it was created
 * @param updateTime when it last changed */
public record Job(String id, String state, String link, String identityId, String credentialId,
        String deliveryMethod, String postBindingRedirectUri, String expireTime, String createTime,
        String updateTime) {

    static Job of(NativeJob from) {
        return new Job(from.id(), from.state(), from.link(), from.identityId(),
                from.credentialId(), from.deliveryMethod(), from.postBindingRedirectUri(),
                from.expireTime(), from.createTime(), from.updateTime());
    }

    static List<Job> listOf(NativeJobList from) {
        return LongStream.range(0, from.count()).mapToObj(from::at).map(Job::of).toList();
    }

    /** Leaves the link out. */
    @Override
    public String toString() {
        return "Job[id=" + id + ", state=" + state + ", identityId=" + identityId
                + ", credentialId=" + credentialId + ", deliveryMethod=" + deliveryMethod
                + ", expireTime=" + expireTime + "]";
    }
}
